/** What a model prints at a terminal: that of the tutorial, which is its reader's only feedback. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { afterAll, expect, test } from '@jest/globals';
import { close, pty, read, WOULD_BLOCK } from '../../src/linux/descriptors.js';
import { get, RawClient } from '../client/raw-client.js';
import { CLI } from '../daemon/command.js';
import { until } from '../support/process-info.js';
import { endModels, ModelProcess } from './model-process.js';
import { PAGE, Site } from './site.js';

const site = new Site();
afterAll(async () => {
  await endModels();
  site[Symbol.dispose]();
});

/** A request whose header would clear the terminal. */
const REQUEST = get('/page.html', 'X-Escape: \x1b[2J\r\n');

test('at a terminal epoll prints the request, the path, the header and the address, as the tutorial does', async () => {
  const terminal = pty();
  const end = openSync(terminal.path, constants.O_RDWR | constants.O_NOCTTY);
  const child = spawn(process.execPath, [CLI, 'model', 'epoll', site.folder, '--port', '0'], {
    stdio: ['ignore', end, 'inherit'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  closeSync(end);
  const buffer = Buffer.alloc(4096);
  let printed = '';
  const untilPrinted = (text: string): Promise<void> =>
    until(`the model prints ${text}`, () => {
      const n = read(terminal.fd, buffer);
      if (n !== WOULD_BLOCK) printed += buffer.toString('latin1', 0, n).replaceAll('\r\n', '\n');
      return printed.includes(text);
    });
  try {
    await untilPrinted(' }\n');
    const port = Number(/port: (\d+)/.exec(printed)?.[1]);
    printed = '';
    const client = await RawClient.connect({ address: '127.0.0.1', port });
    await client.send(REQUEST);
    await client.response();
    const address = `{ address: '127.0.0.1', port: ${client.socket.localPort} }\n`;
    await untilPrinted(address);
    const request = REQUEST.trimEnd().replaceAll('\r\n', '\n').replace('\x1b', '?');
    const header = `HTTP/1.1 200 OK\nContent-Length: ${PAGE.length}\n\n`;
    expect(printed).toBe(`>>>>>>>\n${request}\npage.html\n${header}\n${address}`);
    await client.close();
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    close(terminal.fd);
  }
});

test('into a pipe a model prints its address alone', async () => {
  await using model = await ModelProcess.start('epoll', site.folder);
  const client = await model.connect();
  await client.send(get('/page.html'));
  await client.response();
  expect(model.printed).toEqual([expect.stringContaining('waiting for connections at')]);
});

/** One thread, a thread for each client, and processes: each learns of the flag in its own way. */
test.each(['blocking', 'threads', 'epoll-workers'])(
  'with --no-length %s does not say where its answer ends, and the connection stays open',
  async (name) => {
    await using model = await ModelProcess.start(name, site.folder, '--no-length');
    const client = await model.connect();
    const answer = `HTTP/1.1 200 OK\r\n\r\n${PAGE}`;
    await client.send(get('/page.html'));
    await client.untilBytes(answer.length);
    await client.send(get('/page.html')); // its answer follows: to the client it is more of the first
    expect((await client.untilBytes(2 * answer.length)).toString('latin1')).toBe(answer.repeat(2));
  },
);
