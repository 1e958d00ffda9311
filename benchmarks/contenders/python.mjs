/** The tutorial's three servers, rewritten in Python, and select.epoll alone. */
import { benchmarkFile, installed, versionOf } from './version.mjs';

/** @import { Contender } from '../types.js' */

/** Debian's Python, because Debian has a package of gevent for it. All run on this interpreter. */
const PYTHON = '/usr/bin/python3';

/** @returns {Contender[]} */
export function python() {
  const cpython = pythonVersion();
  const gevent = versionOf(PYTHON, '-c', 'import gevent; print("gevent", gevent.__version__)');
  return [
    contender('python threads', 'threads_server.py', cpython),
    contender('python gevent', 'coroutines_server.py', cpython && gevent && `${cpython}, ${gevent}`),
    contender('python epoll', 'epoll_server.py', cpython),
  ];
}

export function pythonRing() {
  return contender('Python select.epoll', 'epoll_ring.py', pythonVersion());
}

function pythonVersion() {
  return versionOf(PYTHON, '-c', 'import platform; print("CPython", platform.python_version())');
}

/** @param {string} name @param {string} file @param {string | undefined} version @returns {Contender} */
function contender(name, file, version) {
  // -B: otherwise Python writes a folder of compiled modules beside the programs.
  return {
    name,
    ...installed(version),
    command: (...args) => [PYTHON, '-B', benchmarkFile(`python/${file}`), ...args],
  };
}
