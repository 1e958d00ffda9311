/** The tutorial's three servers, in Python as it has them. */
import { benchmarkFile, SETUP_HINT, versionOf } from './version.mjs';

/** @typedef {import('../harness/contender.mjs').Contender} Contender */

/** Debian's, for which there is a package of gevent. All run on it: the same interpreter. */
export const PYTHON = '/usr/bin/python3';

/** @returns {Contender[]} */
export function python() {
  const cpython = pythonVersion();
  const gevent = versionOf(PYTHON, '-c', 'import gevent; print("gevent", gevent.__version__)');
  return [
    pythonServer('python threads', 'threads_server.py', cpython),
    pythonServer('python gevent', 'coroutines_server.py', cpython && gevent && `${cpython}, ${gevent}`),
    pythonServer('python epoll', 'epoll_server.py', cpython),
  ];
}

export function pythonVersion() {
  return versionOf(PYTHON, '-c', 'import platform; print("CPython", platform.python_version())');
}

/** @param {string} name @param {string} file @param {string | undefined} version @returns {Contender} */
function pythonServer(name, file, version) {
  return {
    name,
    version: version ?? '',
    // -B: without it, a folder of compiled modules appears beside them.
    command: (folder, port) => [PYTHON, '-B', benchmarkFile(`python/${file}`), folder, `${port}`],
    ...(version === undefined ? { missing: SETUP_HINT } : {}),
  };
}
