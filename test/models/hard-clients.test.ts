/** Clients as they are: slow, endless, gone. Each model bears them, and serves the next one. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { MODELS } from '../../src/models/catalog.js';
import type { RawClient } from '../client/raw-client.js';
import { get, ok } from './answers.js';
import { ModelProcess } from './model-process.js';
import { openDescriptors, until } from './proc.js';
import { LARGE, PAGE, Site } from './site.js';

const site = new Site();
afterAll(() => site[Symbol.dispose]());

const LARGE_HEAD = `HTTP/1.1 200 OK\r\nContent-Length: ${LARGE.length}\r\n\r\n`;

describe.each(MODELS.map((model) => model.name))('%s', (name) => {
  let model: ModelProcess;
  let before: string[];

  beforeAll(async () => {
    model = await ModelProcess.start(name, site.folder);
    before = descriptors();
  }, 20_000);
  afterEach(() => model.closeClients());
  afterAll(() => model[Symbol.asyncDispose]());

  function descriptors(): string[] {
    const open = model.pids.flatMap(openDescriptors);
    // The eight threads of the pool open what they need while the first clients are served already.
    return name === 'thread-pool' ? open.filter((each) => /^(socket:|\/tmp\/)/.test(each)) : open;
  }

  async function expectServed(): Promise<void> {
    const client = await model.connect();
    await client.send(get('/page.html', 'Connection: close\r\n'));
    expect((await client.untilEnd()).toString('latin1')).toBe(ok(PAGE));
  }

  /** A connection to which the server is sending the large file, and the client reads no further. */
  async function stoppedReading(): Promise<RawClient> {
    const client = await model.connect();
    await client.send(get('/large.bin'));
    await client.untilBytes(1);
    client.pause();
    return client;
  }

  test('sends 5 MiB, byte for byte, to a client that reads slowly', async () => {
    const client = await stoppedReading();
    while (client.received.length < LARGE_HEAD.length + LARGE.length) {
      const read = once(client.socket, 'data');
      client.resume();
      await read;
      client.pause();
    }
    client.resume();
    await client.send(get('/page.html', 'Connection: close\r\n')); // and takes its next request afterwards
    const received = await client.untilEnd();
    expect(received.subarray(0, LARGE_HEAD.length).toString('latin1')).toBe(LARGE_HEAD);
    expect(received.subarray(LARGE_HEAD.length, LARGE_HEAD.length + LARGE.length).equals(LARGE)).toBe(true);
    expect(received.subarray(LARGE_HEAD.length + LARGE.length).toString('latin1')).toBe(ok(PAGE));
  });

  test('sends 5 MiB to its end before it closes', async () => {
    const client = await model.connect();
    await client.send('GET /large.bin HTTP/1.0\r\n\r\n');
    client.shutWriting();
    const received = await client.untilEnd();
    expect(received.length).toBe(LARGE_HEAD.length + LARGE.length);
    expect(received.subarray(LARGE_HEAD.length).equals(LARGE)).toBe(true);
  });

  test('closes on a head of 9 KiB that does not end', async () => {
    const client = await model.connect();
    await client.send(`GET /page.html HTTP/1.1\r\nX: ${'x'.repeat(9 * 1024)}`);
    expect((await client.untilEnd()).length).toBe(0);
    await expectServed();
  });

  test('closes on a head that comes in small pieces without end', async () => {
    const client = await model.connect();
    await client.send('GET /page.html HTTP/1.1\r\n');
    for (let i = 0; i < 1_000 && !client.socket.destroyed; i++) await client.send(`X-${i}: ${'x'.repeat(500)}\r\n`);
    expect((await client.untilEnd()).length).toBe(0);
    await expectServed();
  });

  test('serves all clients that come at once', async () => {
    const clients = await model.whileStopped(async () => {
      const waiting: RawClient[] = [];
      for (let i = 0; i < 20; i++) waiting.push(await model.connect());
      for (const client of waiting) await client.send(get('/page.html', 'Connection: close\r\n'));
      return waiting;
    });
    for (const client of clients) {
      expect((await client.untilEnd()).toString('latin1')).toBe(ok(PAGE));
      await client.close();
    }
  });

  test('bears clients that have gone before it finds them', async () => {
    await model.whileStopped(async () => {
      const clients = [await model.connect(), await model.connect(), await model.connect()];
      await clients[0]?.send(get('/large.bin'));
      await clients[1]?.send(get('/page.html'));
      clients[0]?.reset();
      await clients[1]?.close();
      clients[2]?.reset();
    });
    await expectServed();
  });

  test('bears a client that connects and is reset at once', async () => {
    const client = await model.connect();
    client.reset();
    await expectServed();
  });

  test('bears a client that is reset in the middle of a request', async () => {
    const client = await model.connect();
    await client.send(get('/page.html') + get('/page.html').slice(0, 10));
    await client.untilBytes(ok(PAGE).length); // so the server has the half request, too
    client.reset();
    await expectServed();
  });

  test('bears a client that leaves in the middle of a request', async () => {
    const client = await model.connect();
    await client.send(get('/page.html') + get('/page.html').slice(0, 10));
    await client.untilBytes(ok(PAGE).length);
    await client.close();
    await expectServed();
  });

  test('bears a client that is reset in the middle of an answer', async () => {
    const client = await stoppedReading();
    client.reset();
    await expectServed();
  });

  test('bears a client that leaves in the middle of an answer', async () => {
    const client = await stoppedReading();
    await client.close(); // bytes that were not read make a RST of it; the server finds out when it sends on
    await expectServed();
  });

  test('bears a client that asks and does not wait', async () => {
    for (let i = 0; i < 10; i++) {
      const client = await model.connect();
      await client.send(get('/large.bin').repeat(3));
      client.reset();
    }
    await expectServed();
  });

  test('serves fifty clients one after the other, and has the same descriptors open as before the first', async () => {
    for (let i = 0; i < 50; i++) await expectServed();
    await until(() => descriptors().length === before.length, `${before.length} open descriptors again`);
    expect(descriptors().sort()).toEqual(before.sort());
  }, 20_000); // a thread takes its time to start
});
