/** Imports a file of src/, for scripts that need more than the package exports. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const CACHE = fileURLToPath(new URL('../node_modules/.cache/epoll-reactor', import.meta.url));

/**
 * @param {string} path  from the folder of the package, such as 'src/daemon/config/options.ts'
 * @returns {Promise<any>}
 */
export async function importSource(path) {
  const bundle = await rolldown({
    input: fileURLToPath(new URL(`../${path}`, import.meta.url)),
    platform: 'node',
    external: /^node:/,
  });
  const { output } = await bundle.write({
    dir: CACHE,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  });
  return import(pathToFileURL(`${CACHE}/${output[0].fileName}`).href);
}
