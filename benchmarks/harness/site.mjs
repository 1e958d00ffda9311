/** The folder that all contenders serve: written anew, the same bytes each time. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from './scratch.mjs';

/** @param {number} [bytes]  of its one file @returns {import('./contender.mjs').Site} */
export function createSite(bytes = 1024) {
  const folder = scratchFolder();
  const path = '/file.html';
  const body = fileContent(bytes);
  writeFileSync(join(folder, path), body);
  return { folder, path, body };
}

/**
 * Text, and not one byte repeated: a response that is shifted, or put together wrongly, shall not look right.
 * @param {number} bytes
 * @param {number} [seed]  files of one length that differ
 */
export function fileContent(bytes, seed = 0) {
  const content = Buffer.allocUnsafe(bytes);
  for (let i = 0; i < bytes; i++) content[i] = 33 + ((i * i + (7 + seed) * i + (i >> 10) + seed) % 94);
  return content;
}
