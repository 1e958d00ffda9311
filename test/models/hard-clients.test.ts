/** Difficult clients: slow, endless, gone. Each model survives them and serves the next one. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { get, type RawClient } from '../client/raw-client.js';
import { openDescriptors, until } from '../support/process-info.js';
import { ok } from './answers.js';
import { ModelProcess } from './model-process.js';
import { MODELS_HERE } from './models-here.js';
import { LARGE, PAGE, Site } from './site.js';

const site = new Site();
afterAll(() => site[Symbol.dispose]());

const LARGE_HEAD = `HTTP/1.1 200 OK\r\nContent-Length: ${LARGE.length}\r\n\r\n`;

describe.each(MODELS_HERE)('%s', (name) => {
  let model: ModelProcess;
  let before: string[];

  beforeAll(async () => {
    model = await ModelProcess.start(name, site.folder);
    before = descriptors();
  });
  afterEach(() => model.closeClients());
  afterAll(() => model[Symbol.asyncDispose]());

  function descriptors(): string[] {
    const open = model.pids.flatMap(openDescriptors);
    // The eight threads of the pool still open descriptors while the first clients are served.
    return name === 'thread-pool' ? open.filter((each) => /^(socket:|\/tmp\/)/.test(each)) : open;
  }

  async function expectServed(): Promise<void> {
    const client = await model.connect();
    await client.send(get('/page.html', 'Connection: close\r\n'));
    expect((await client.untilEnd()).toString('latin1')).toBe(ok(PAGE));
  }

  /** A client that stops reading while the server sends it the large file. */
  async function stoppedReading(): Promise<RawClient> {
    const client = await model.connect();
    await client.send(get('/large.bin'));
    await client.untilBytes(1);
    client.pause();
    return client;
  }

  test('a client that reads slowly gets 5 MiB, byte for byte, and then its next response', async () => {
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

  test('the model sends all of 5 MiB before it closes', async () => {
    const client = await model.connect();
    await client.send('GET /large.bin HTTP/1.0\r\n\r\n');
    client.shutWriting();
    const received = await client.untilEnd();
    expect(received.length).toBe(LARGE_HEAD.length + LARGE.length);
    expect(received.subarray(LARGE_HEAD.length).equals(LARGE)).toBe(true);
  });

  test('a head of 9 KiB without an end closes the connection', async () => {
    const client = await model.connect();
    await client.send(`GET /page.html HTTP/1.1\r\nX: ${'x'.repeat(9 * 1024)}`);
    expect((await client.untilEnd()).length).toBe(0);
    await expectServed();
  });

  test('a head that comes in small pieces without end closes the connection', async () => {
    const client = await model.connect();
    await client.send('GET /page.html HTTP/1.1\r\n');
    for (let i = 0; i < 1_000 && !client.socket.destroyed; i++) await client.send(`X-${i}: ${'x'.repeat(500)}\r\n`);
    expect((await client.untilEnd()).length).toBe(0);
    await expectServed();
  });

  test('20 clients that come at once are all served', async () => {
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

  test('clients that leave before they are accepted do not end the model', async () => {
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

  test('a client that is reset right after it connects does not end the model', async () => {
    const client = await model.connect();
    client.reset();
    await expectServed();
  });

  test('a client that is reset in the middle of a request does not end the model', async () => {
    const client = await model.connect();
    await client.send(get('/page.html') + get('/page.html').slice(0, 10));
    await client.untilBytes(ok(PAGE).length); // so the server also has the half request
    client.reset();
    await expectServed();
  });

  test('a client that leaves in the middle of a request does not end the model', async () => {
    const client = await model.connect();
    await client.send(get('/page.html') + get('/page.html').slice(0, 10));
    await client.untilBytes(ok(PAGE).length);
    await client.close();
    await expectServed();
  });

  test('a client that is reset in the middle of an answer does not end the model', async () => {
    const client = await stoppedReading();
    client.reset();
    await expectServed();
  });

  test('a client that leaves in the middle of an answer does not end the model', async () => {
    const client = await stoppedReading();
    await client.close(); // with unread bytes this is a RST, which the server sees at its next send
    await expectServed();
  });

  test('clients that send requests and are reset at once do not end the model', async () => {
    for (let i = 0; i < 10; i++) {
      const client = await model.connect();
      await client.send(get('/large.bin').repeat(3));
      client.reset();
    }
    await expectServed();
  });

  test('after fifty clients, one after the other, the same descriptors are open as before', async () => {
    for (let i = 0; i < 50; i++) await expectServed();
    await until(`${before.length} descriptors are open again`, () => descriptors().length === before.length);
    expect(descriptors().sort()).toEqual(before.sort());
  });
});
