/** The folder that all contenders serve, with the same bytes in each run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from './scratch.mjs';

/** @param {Buffer} [body]  of its one file: 1 KiB @returns {import('../types.js').Site} */
export function createSite(body = fileContent(1024)) {
  const folder = scratchFolder();
  const path = '/file.html';
  writeFileSync(join(folder, path), body);
  return { folder, path, body };
}

/**
 * Text without long repetitions, so that the check detects a response that is shifted or joined wrongly.
 * @param {number} bytes
 * @param {number} [seed]  another seed makes another file of the same length
 */
export function fileContent(bytes, seed = 0) {
  const content = Buffer.allocUnsafe(bytes);
  for (let i = 0; i < bytes; i++) content[i] = 33 + ((i * i + (7 + seed) * i + (i >> 10) + seed) % 94);
  return content;
}
