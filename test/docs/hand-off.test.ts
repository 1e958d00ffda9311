/** The example of docs/descriptors.md that hands accepted connections to worker threads. It uses dist/. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from '@jest/globals';

const EXAMPLE = new URL('../../examples/hand-off.mjs', import.meta.url).pathname;

let child: ChildProcess | undefined;

afterEach(async () => {
  if (child === undefined) return;
  child.kill('SIGKILL');
  await once(child, 'close');
});

test('hand-off.mjs gives each connection to the thread that has the fewest', async () => {
  child = spawn(process.execPath, [EXAMPLE], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
  const port = Number(/port: (\d+)/.exec(line as string)?.[1]);
  /** A connection, and the thread that answers it. */
  const open = async (): Promise<{ socket: Socket; thread: string }> => {
    const socket = connect(port, '127.0.0.1');
    socket.write('which thread?');
    return { socket, thread: `${(await once(socket, 'data'))[0]}`.trim() };
  };
  const clients: { socket: Socket; thread: string }[] = [];
  for (let i = 0; i < 8; i++) clients.push(await open());
  expect(clients.map(({ thread }) => thread)).toEqual(['0', '1', '2', '3', '0', '1', '2', '3']);
  for (const { socket, thread } of clients) {
    if (thread !== '2') continue;
    socket.end();
    await once(socket, 'close'); // the thread has counted it out before it closed
  }
  for (let i = 0; i < 2; i++) clients.push(await open());
  expect(clients.slice(8).map(({ thread }) => thread)).toEqual(['2', '2']);
  for (const { socket } of clients) socket.destroy();
});
