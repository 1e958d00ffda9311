/** The ten models, and the tutorial's three servers in Python as it has them. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { python } from '../contenders/python.mjs';

/** @typedef {import('../harness/contender.mjs').Contender} Contender */

const CLI = fileURLToPath(new URL('../../dist/daemon/cli.js', import.meta.url));
const CATALOG = new URL('../../dist/models/catalog.js', import.meta.url);

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
  return [...models, ...python()];
}
