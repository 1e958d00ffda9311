/**
 * The command with the X-ray's observer in it, which records 40 turns a second: `observed.mjs CLI FOLDER PORT`. Its lines are read
 * and dropped.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [, , cli = '', folder = '', port = ''] = process.argv;
const OBSERVER = fileURLToPath(new URL('../../dist/xray-observer.cjs', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'observed-'));
const path = join(scratch, 'xray.sock');

const xray = createServer((thread) => {
  thread.write('{"do":"free"}\n');
  thread.resume();
  thread.on('error', () => {});
});
xray.listen(path, () => {
  const server = spawn(process.execPath, ['--max-semi-space-size=1', cli, folder, '--port', port], {
    stdio: 'inherit',
    env: { ...process.env, NODE_OPTIONS: `--require "${OBSERVER}"`, EPOLL_REACTOR_XRAY: path },
  });
  server.once('exit', (code) => process.exit(code ?? 1));
  // The observer ends the server when this process is gone, however it ends.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, () => process.exit());
});
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
