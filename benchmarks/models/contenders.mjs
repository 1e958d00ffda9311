/** The ten models, and the tutorial's three servers in Python as it has them. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @typedef {import('../harness/contender.mjs').Contender} Contender */

const CLI = fileURLToPath(new URL('../../dist/daemon/cli.js', import.meta.url));
const CATALOG = new URL('../../dist/models/catalog.js', import.meta.url);

/** Debian's, for which there is a package of gevent. All three run on it: the same interpreter. */
const PYTHON = '/usr/bin/python3';
const SETUP_HINT = 'not installed: run benchmarks/setup';

/** A model that is several processes, and is made to use all processors. */
const ON_ALL_CORES = new Set(['epoll-workers']);

/** @returns {Promise<Contender[]>} */
export async function contenders() {
  if (!existsSync(CLI)) throw new Error('there is no dist/: run npm run build first');
  const { MODELS } = await import(CATALOG.href);
  const models = MODELS.map((/** @type {{ name: string }} */ { name }) => ({
    name,
    version: `Node ${process.version}`,
    isOnAllCores: ON_ALL_CORES.has(name),
    command: (/** @type {string} */ folder, /** @type {number} */ port) => [
      process.execPath,
      CLI,
      'model',
      name,
      folder,
      '--port',
      `${port}`,
    ],
  }));
  const python = pythonVersion('import platform; print("CPython", platform.python_version())');
  const gevent = pythonVersion('import gevent; print("gevent", gevent.__version__)');
  return [
    ...models,
    pythonServer('python threads', 'threads_server.py', python),
    pythonServer('python gevent', 'coroutines_server.py', python && gevent && `${python}, ${gevent}`),
    pythonServer('python epoll', 'epoll_server.py', python),
  ];
}

/**
 * @param {string} name @param {string} file @param {string | undefined} version
 * @returns {Contender}
 */
function pythonServer(name, file, version) {
  const path = fileURLToPath(new URL(`../python/${file}`, import.meta.url));
  return {
    name,
    version: version ?? '',
    // -B: without it, a folder of compiled modules appears beside them.
    command: (folder, port) => [PYTHON, '-B', path, folder, `${port}`],
    ...(version === undefined ? { missing: SETUP_HINT } : {}),
  };
}

/** @param {string} program */
function pythonVersion(program) {
  try {
    return execFileSync(PYTHON, ['-c', program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
