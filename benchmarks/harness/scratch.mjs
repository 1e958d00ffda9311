/** Temporary folders. They are removed when the benchmark ends, for whatever reason. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @type {string | undefined} */
let root;

export function scratchFolder() {
  root ??= createRoot();
  return mkdtempSync(join(root, 'x'));
}

function createRoot() {
  const folder = mkdtempSync(join(tmpdir(), 'epoll-reactor-benchmark-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
