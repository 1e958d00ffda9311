/** The folder that all contenders serve: one file of 1 KiB, written anew, the same bytes each time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FILE_BYTES = 1024;
const NAME = 'file.html';

/** It is removed when the benchmark ends, however it does. @returns {import('./contender.mjs').Site} */
export function createSite() {
  const folder = mkdtempSync(join(tmpdir(), 'epoll-reactor-benchmark-'));
  // Not one byte repeated: a response that is shifted, or put together wrongly, shall not look right.
  const body = Buffer.from(Array.from({ length: FILE_BYTES }, (_, i) => 33 + ((i * i + 7 * i) % 94)));
  writeFileSync(join(folder, NAME), body);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return { folder, path: `/${NAME}`, body };
}
