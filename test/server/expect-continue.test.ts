/** A client that waits for `100 Continue` before it sends its body (RFC 9110 §10.1.1). */
import { describe, expect, test } from '@jest/globals';
import type { HttpHandler } from '../../src/server/http-handler.js';
import { get, RawClient } from '../client/raw-client.js';
import { chunk, chunkedHead, LimitedServer, postHead } from './limited-server.js';
import { deferred } from './test-server.js';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const EXPECT = 'Expect: 100-continue\r\n';
const echoBody: HttpHandler = async (request, response) => response.send(200, {}, await request.text());

async function takeContinue(client: RawClient): Promise<void> {
  expect((await client.untilBytes(CONTINUE.length)).toString('latin1')).toBe(CONTINUE);
}

/** The next response after a 100. */
async function bodyBehindContinue(client: RawClient): Promise<string> {
  client.shutWriting();
  const all = (await client.untilEnd()).toString('latin1');
  expect(all.startsWith(CONTINUE)).toBe(true);
  expect(all.indexOf(CONTINUE, 1)).toBe(-1);
  return all.slice(all.lastIndexOf('\r\n\r\n') + 4);
}

describe('a client that expects 100-continue', () => {
  test.each([
    ['a length', postHead('/', 5, EXPECT), 'hello'],
    ['chunks', chunkedHead('/', EXPECT), `${chunk('hello')}0\r\n\r\n`],
    ['its name in other case', postHead('/', 5, 'eXPECT: 100-Continue\r\n'), 'hello'],
  ])('with %s gets one 100 when the handler reads', async (_, head, body) => {
    const go = deferred();
    await using server = new LimitedServer(async (request, response) => {
      await go.promise;
      response.send(200, {}, await request.text());
    });
    await using client = await RawClient.connect(server.address);
    await client.send(head);
    await server.settle();
    expect(client.received.length).toBe(0); // no handler reads the body yet
    go.resolve();
    await takeContinue(client);
    for (const byte of body) {
      await client.send(byte);
      server.turns();
    }
    expect(await bodyBehindContinue(client)).toBe('hello');
  });

  test('gets no 100 if the body arrives with the head', async () => {
    await using server = new LimitedServer(echoBody);
    await using client = await RawClient.connect(server.address);
    await client.send(`${postHead('/', 5, EXPECT)}h`);
    await server.settle();
    await client.send('ello');
    const response = await client.response();
    expect([response.status, response.body.toString()]).toEqual([200, 'hello']);
  });

  test('and gets a final response first gets Connection: close, because it may send the body or not', async () => {
    await using server = new LimitedServer((_, response) => response.send(401, {}, 'no'));
    for (const behind of ['', 'hello', get('/')]) {
      await using client = await RawClient.connect(server.address);
      await client.send(postHead('/', 5, EXPECT));
      const response = await client.response();
      expect([response.status, response.headers.get('connection')]).toEqual([401, 'close']);
      await client.send(behind);
      expect((await client.untilEnd()).length).toBe(0);
    }
  });

  test('gets no 100 once the response has begun', async () => {
    const failed = deferred<unknown>();
    const handler: HttpHandler = async (request, response) => {
      response.start(200);
      await response.write('begun');
      await request.text().catch(failed.resolve);
      response.end();
    };
    await using server = new LimitedServer(handler, {}, undefined, { allowHalfClose: true });
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/', 5, EXPECT));
    client.shutWriting();
    const all = (await client.untilEnd()).toString();
    expect(all).not.toContain('100 Continue');
    expect(all).toContain('Connection: close\r\n');
    expect(await failed.promise).toMatchObject({ status: 400 });
  });

  test('gets its 100 after the responses to earlier requests', async () => {
    const go = deferred();
    await using server = new LimitedServer(async (request, response) => {
      if (request.path === '/slow') await go.promise;
      response.send(200, {}, await request.text());
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/slow') + postHead('/', 5, EXPECT));
    await server.settle();
    expect(client.received.length).toBe(0);
    go.resolve();
    await client.response();
    await takeContinue(client);
    await client.send('hello');
    expect(await bodyBehindContinue(client)).toBe('hello');
  });

  test('for a body larger than the server’s limit gets a 413 at once, and no 100', async () => {
    await using server = new LimitedServer(echoBody, { requestBodyBytesMax: 4 });
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/', 5, EXPECT));
    expect((await client.response()).status).toBe(413);
  });

  test('for a body larger than the handler’s limit gets a 413 at once, and no 100', async () => {
    await using server = new LimitedServer(async (request) => void (await request.text({ maxBytes: 4 })));
    await using client = await RawClient.connect(server.address);
    await client.send(postHead('/', 5, EXPECT));
    const response = await client.response();
    expect([response.status, response.headers.get('connection')]).toEqual([413, 'close']);
  });

  test.each([
    ['no body', get('/', EXPECT)],
    ['an empty body', postHead('/', 0, EXPECT)],
  ])('for %s gets its response and no 100', async (_, request) => {
    await using server = new LimitedServer(echoBody);
    await using client = await RawClient.connect(server.address);
    await client.send(request + request);
    for (const response of await client.responses(2)) expect(response.headers.has('connection')).toBe(false);
  });

  test('in HTTP/1.0 gets no 100', async () => {
    await using server = new LimitedServer(echoBody);
    await using client = await RawClient.connect(server.address);
    await client.send(`POST / HTTP/1.0\r\n${EXPECT}Content-Length: 5\r\n\r\n`);
    await server.settle();
    await client.send('hello');
    expect((await client.response()).body.toString()).toBe('hello');
  });

  test.each(['100-continue, x', 'x', 'x="100-continue"', '200-ok'])(
    'and something else (%j) gets a 417',
    async (value) => {
      await using server = new LimitedServer(echoBody);
      await using client = await RawClient.connect(server.address);
      await client.send(postHead('/', 5, `Expect: ${value}\r\n`));
      const response = await client.response();
      expect([response.status, response.headers.get('connection')]).toEqual([417, 'close']);
    },
  );

  test('and disconnects causes no error', async () => {
    await using server = new LimitedServer(echoBody);
    const client = await RawClient.connect(server.address);
    await client.send(postHead('/', 5, EXPECT));
    await takeContinue(client);
    client.reset();
    await server.untilEmpty();
    await server.settle();
    expect(server.errors).toEqual([]);
  });
});
