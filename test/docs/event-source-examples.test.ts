/** The examples of docs/descriptors.md, run as the page says. They use dist/. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { testWhere } from '../daemon/programs.js';

const EXAMPLES = new URL('../../examples', import.meta.url).pathname;
const ownHostName = testWhere(
  spawnSync('unshare', ['-ru', 'hostname', 'name.example']).status === 0,
  'no namespace with a host name of its own here',
);

test.each([
  ['pipe.mjs', 'line 1\nline 2\nline 3\n'],
  ['pty.mjs', 'Ada\r\nhello, Ada\r\n'],
])('%s prints what its program writes, and ends with it', (name, output) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(EXAMPLES, name)], { encoding: 'utf8' });
  expect([stdout, stderr, status]).toEqual([output, '', 0]);
});

ownHostName('value.mjs prints the value of a file of the kernel, and each new one', async () => {
  // In a namespace of its own, which may have another host name than the machine.
  const script = '"$0" "$1" & read -r name; hostname "$name"; wait';
  const child: ChildProcess = spawn(
    'unshare',
    ['-ru', 'sh', '-c', script, process.execPath, join(EXAMPLES, 'value.mjs')],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    },
  );
  try {
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    await once(lines, 'line');
    child.stdin?.end('changed.example\n');
    expect(await once(lines, 'line')).toEqual(['changed.example']);
  } finally {
    process.kill(-(child.pid as number), 'SIGKILL');
  }
});
