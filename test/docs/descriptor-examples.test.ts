/** The examples of README.md, docs/epoll.md, docs/reactor.md and docs/sockets.md, run as the pages say. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';
import { HttpServer } from '../../src/server/http-server.js';
import { descriptorsOf, until } from '../support/process-info.js';
import { internet, LOOPBACK } from '../support/sockets.js';

const EXAMPLES = new URL('../../examples', import.meta.url).pathname;

let child: ChildProcessByStdio<Writable, Readable, null>;

afterEach(() => {
  child.kill('SIGKILL');
});

function start(name: string, ...args: string[]): void {
  child = spawn(process.execPath, [join(EXAMPLES, name), ...args], {
    env: { ...process.env, PORT: '0' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** A descriptor of the process's epoll set is waited for until it can be written, and not read. */
function waitsToWriteAlone(pid: number): boolean {
  return descriptorsOf(pid)
    .filter(([, target]) => target === 'anon_inode:[eventpoll]')
    .some(([fd]) => /^tfd:.* events: +1c /m.test(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1'))); // EPOLLOUT, ERR, HUP
}

test('echo.mjs reads no more from a client that reads slowly, and sends it everything when it reads', async () => {
  start('echo.mjs');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const client = connect(Number(/port: (\d+)/.exec(line)?.[1]), '127.0.0.1');
  const sent = Buffer.alloc(64 * 1024 * 1024, 'more than the buffers of both sockets hold ');
  client.end(sent);
  await until('the server waits for its client to read', () => waitsToWriteAlone(child.pid as number));
  expect((await buffer(client)).equals(sent)).toBe(true);
});

test.each([
  ['stdin.mjs', 'descriptor 0'],
  ['reactor.mjs', 'stdin'],
])('%s reports what comes on stdin, and ends with it', async (name, source) => {
  start(name);
  const printed = text(child.stdout);
  child.stdin.end('hello\n');
  expect(await printed).toBe(`6 bytes from ${source}\n0 bytes from ${source}\n`);
});

test('hello.mjs answers with the name of its client', async () => {
  start('hello.mjs');
  const [url] = await once(createInterface({ input: child.stdout }), 'line');
  const response = await fetch(url, { headers: { 'user-agent': 'jest' } });
  expect(await response.text()).toBe('hello, jest\n');
});

test('thread.mjs stops a reactor that runs in another thread', async () => {
  start('thread.mjs');
  expect(await text(child.stdout)).toBe('the thread has ended\n');
});

test('client.mjs prints the headers of a page', async () => {
  const server = new HttpServer((_, response) => response.send(200, {}, 'hello'));
  const { port } = server.listen(internet(LOOPBACK));
  start('client.mjs', '127.0.0.1', `${port}`);
  expect(await text(child.stdout)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: 5\r\n[\s\S]*\r\n\r\n$/);
  await server.close();
});
