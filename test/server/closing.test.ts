import { describe, expect, test } from '@jest/globals';
import { ask, get, RawClient } from '../client/raw-client.js';
import { deferred, echo, TestServer } from './test-server.js';

const LARGE = Buffer.alloc(5_000_000, 'a');

test('close() in a handler cuts off the responses under way, and none that was sent earlier in the same turn', async () => {
  const order: string[] = [];
  await using target = new TestServer((request, response) => {
    order.push(request.path);
    if (order.length === 3) void target.server.close();
    else response.send(200, {}, request.path);
  });
  const clients = await Promise.all(['/a', '/b', '/c'].map(() => RawClient.connect(target.address)));
  target.turns();
  await Promise.all(clients.map((client, i) => client.send(get(`/${'abc'[i]}`))));
  target.turns();
  expect(order).toHaveLength(3);
  const bodies = await Promise.all(
    clients.map(async (client) => (await client.untilEnd()).toString().split('\r\n\r\n')[1] ?? 'nothing'),
  );
  expect(bodies.sort()).toEqual([...order.slice(0, 2), 'nothing'].sort());
  for (const client of clients) await client[Symbol.asyncDispose]();
});

describe('a client that shuts its writing half', () => {
  test('still gets all its responses, and then the end', async () => {
    await using target = new TestServer((_, response) => response.send(200, {}, LARGE));
    await using client = await RawClient.connect(target.address);
    await client.send(get('/').repeat(3));
    client.shutWriting();
    const responses = await client.responses(3);
    expect(responses.every(({ body }) => body.equals(LARGE))).toBe(true);
    expect((await client.untilEnd()).length).toBe(0);
    expect(client.error).toBeUndefined();
  });

  test('still gets a response that is sent later', async () => {
    const go = deferred();
    await using target = new TestServer(async (request, response) => {
      await go.promise;
      response.send(200, {}, request.path);
    });
    await using client = await RawClient.connect(target.address);
    await client.send(get('/a') + get('/b'));
    client.shutWriting();
    target.turns();
    go.resolve();
    const bodies = (await client.responses(2)).map(({ body }) => body.toString());
    expect(bodies).toEqual(['/a', '/b']);
    expect((await client.untilEnd()).length).toBe(0);
  });

  test('in the middle of a head gets the end and no response', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    await client.send('GET / HTTP/1.1\r\nHost');
    client.shutWriting();
    expect((await client.untilEnd()).length).toBe(0);
    await target.untilEmpty();
  });

  test('before it sends a byte gets the end', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    client.shutWriting();
    expect((await client.untilEnd()).length).toBe(0);
    await target.untilEmpty();
  });
});

describe('a client that breaks off', () => {
  test('in the middle of its response leaves other clients unharmed', async () => {
    await using target = new TestServer((request, response) =>
      response.send(200, {}, request.path === '/large' ? LARGE : 'fine'),
    );
    await using other = await RawClient.connect(target.address);
    for (let i = 0; i < 20; i++) {
      const client = await RawClient.connect(target.address);
      await client.send(get('/large').repeat(3));
      await client.untilBytes(1);
      client.reset();
    }
    await other.send(get('/'));
    expect((await other.response()).body.toString()).toBe('fine');
    await other.close();
    await target.untilEmpty();
    expect(target.errors).toEqual([]);
  });

  test('before it is accepted leaves other clients unharmed', async () => {
    await using target = new TestServer(echo);
    target.reactor.detach();
    for (let i = 0; i < 20; i++) {
      const client = await RawClient.connect(target.address);
      await client.send(get('/'));
      client.reset();
    }
    target.reactor.attach();
    expect((await ask(target.address, get('/'))).status).toBe(200);
    await target.untilEmpty();
    expect(target.errors).toEqual([]);
  });
});

describe('a request whose body the handler does not read,', () => {
  test.each([
    ['of a length', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello'],
    ['in chunks', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
    ['that would be a request', withBody('GET', get('/smuggled'))],
  ])('%s, is answered, and the bytes after the body are the next request', async (_, request) => {
    const paths: string[] = [];
    await using target = new TestServer((its, response) => {
      paths.push(its.path);
      response.send(200, {}, 'fine');
    });
    await using client = await RawClient.connect(target.address);
    await client.send(request + get('/next'));
    for (const response of await client.responses(2)) {
      expect(response.body.toString()).toBe('fine');
      expect(response.headers.has('connection')).toBe(false);
    }
    expect(paths).toEqual(['/', '/next']);
  });

  test('and that is still being sent, is answered in full', async () => {
    // Closing with unread bytes would send RST, and take the answer from the client's buffer.
    await using target = new TestServer((_, response) => response.send(200, {}, LARGE));
    await using client = await RawClient.connect(target.address);
    client.pause();
    await client.send(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n`);
    target.turns();
    for (let i = 0; i < 10; i++) await client.send(Buffer.alloc(100_000));
    client.resume();
    expect((await client.response()).body.equals(LARGE)).toBe(true);
    client.shutWriting();
    await client.untilEnd();
    expect(client.error).toBeUndefined();
    await target.untilEmpty();
  });
});

test('a client that still sends bytes that are not HTTP receives its 400', async () => {
  await using target = new TestServer(echo);
  await using client = await RawClient.connect(target.address);
  await client.send('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
  target.turns();
  for (let i = 0; i < 10; i++) await client.send(Buffer.alloc(100_000));
  expect((await client.response()).status).toBe(400);
  client.shutWriting();
  await client.untilEnd();
  expect(client.error).toBeUndefined();
  await target.untilEmpty();
});

test('a request with Connection: close gets its whole response, though more bytes follow it', async () => {
  // More than the client's kernel buffer holds, and less than the buffers of both sides.
  const body = Buffer.alloc(1_000_000, 'a');
  const go = deferred();
  await using target = new TestServer(async (_, response) => {
    await go.promise;
    response.send(200, {}, body);
  });
  await using client = await RawClient.connect(target.address);
  client.pause();
  await client.send(get('/', 'Connection: close\r\n'));
  target.turns();
  // Waits in the kernel, since reading pauses while the handler is at work.
  await client.send(get('/ahead'));
  target.turns();
  go.resolve();
  await new Promise(setImmediate);
  client.resume();
  expect((await client.response()).body.equals(body)).toBe(true);
  expect(client.error).toBeUndefined();
});

function withBody(method: string, body: string): string {
  return `${method} / HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
