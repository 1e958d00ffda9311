import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { ask, get, RawClient, type Target } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { CommandProcess } from './command.js';

const LARGE_BYTES = 30_000_000; // more than the kernel takes from one who does not read

/** A client that waits in the middle of a large file. */
async function readHalf(command: CommandProcess): Promise<RawClient> {
  const client = await RawClient.connect(command.address);
  client.pause();
  await client.send(get('/large'));
  client.resume();
  await client.untilBytes(1);
  client.pause();
  return client;
}

/** Resolves when no process listens there any more: the signal has been handled. */
async function untilRefused(address: Target): Promise<void> {
  for (;;) {
    try {
      await (await RawClient.connect(address)).close();
    } catch {
      return;
    }
  }
}

describe.each(['SIGTERM', 'SIGINT'] as const)('%s without workers', (signal) => {
  test('ends the command with 0 and no output', async () => {
    await using command = await CommandProcess.serve();
    command.child.kill(signal);
    const { code, stderr } = await command.ended();
    expect([code, stderr]).toEqual([0, '']);
  });

  test('closes idle connections and ends', async () => {
    await using command = await CommandProcess.serve();
    const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.connect(command.address)));
    await clients[0]?.send(get('/'));
    await clients[0]?.response();
    command.child.kill(signal);
    expect((await command.ended()).code).toBe(0);
    for (const client of clients) expect((await client.untilEnd()).length).toBe(0);
    await Promise.all(clients.map((client) => client.close()));
  });

  test('finishes a response under way', async () => {
    using site = new SiteFolder({ large: Buffer.alloc(LARGE_BYTES, 'a') });
    await using command = await CommandProcess.serve([site.root]);
    await using client = await readHalf(command);
    command.child.kill(signal);
    await untilRefused(command.address);
    expect(command.isRunning).toBe(true);
    client.resume();
    const { status, body } = await client.response();
    expect([status, body.length]).toEqual([200, LARGE_BYTES]);
    expect((await command.ended()).code).toBe(0);
  });

  test('sent twice cuts a response under way', async () => {
    using site = new SiteFolder({ large: Buffer.alloc(LARGE_BYTES, 'a') });
    await using command = await CommandProcess.serve([site.root]);
    await using client = await readHalf(command);
    command.child.kill(signal);
    await untilRefused(command.address);
    command.child.kill(signal);
    expect((await command.ended()).code).toBe(0);
    client.resume();
    expect((await client.untilEnd()).length).toBeLessThan(LARGE_BYTES);
  });
});

test('npm start passes SIGTERM on to the server', async () => {
  const npm = spawn('npm', ['start', '--silent', '--', '--port', '0'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  for await (const text of npm.stdout.setEncoding('utf8')) {
    said += text;
    if (said.includes('Ctrl-C')) break;
  }
  const { hostname: address, port } = new URL(/http:\S+/.exec(said)?.[0] ?? '');
  npm.kill('SIGTERM');
  await once(npm, 'exit');
  await untilRefused({ address, port: Number(port) });
});

test.each([
  ['one process', []],
  ['two workers', ['--workers', '2']],
])('the port of %s is free again at once when it has ended', async (_, flags) => {
  using site = new SiteFolder({ 'index.html': 'again' });
  let port: number;
  {
    await using first = await CommandProcess.serve([site.root, ...flags]);
    port = first.address.port;
    // The server closes first: its side of the connection stays in TIME_WAIT.
    await ask(first.address, get('/', 'Connection: close\r\n'));
    first.child.kill('SIGTERM');
    await first.ended();
  }
  await using second = new CommandProcess([site.root, '--port', `${port}`, ...flags]);
  while (!second.stdout.includes('Ctrl-C')) {
    expect(second.isRunning).toBe(true);
    await new Promise(setImmediate);
  }
  expect((await ask(second.address, get('/'))).body.toString()).toBe('again');
});
