import { describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS, READ_BUFFER_BYTES } from '../../src/limits.js';
import { get, RawClient } from '../client/raw-client.js';
import { echo, TestServer } from './test-server.js';

const { requestHeadBytesMax: REQUEST_HEAD_BYTES_MAX } = DEFAULT_LIMITS;

describe('requests sent ahead', () => {
  test('in one segment, a hundred of them, are answered in order', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    const paths = Array.from({ length: 100 }, (_, i) => `/${i}`);
    await client.send(paths.map((path) => get(path)).join(''));
    const bodies = (await client.responses(100)).map(({ body }) => body.toString());
    expect(bodies).toEqual(paths.map((path) => `GET ${path}`));
  });

  test('get responses of all sizes byte for byte', async () => {
    const body = (i: number): Buffer => Buffer.alloc((i * i * 137) % 50_000, String.fromCharCode(97 + (i % 26)));
    await using target = new TestServer((request, response) =>
      response.send(200, {}, body(Number(request.path.slice(1)))),
    );
    await using client = await RawClient.connect(target.address);
    await client.send(Array.from({ length: 100 }, (_, i) => get(`/${i}`)).join(''));
    const responses = await client.responses(100);
    expect(responses.every((response, i) => response.body.equals(body(i)))).toBe(true);
  });

  test('beyond the read buffer are all answered, wherever a read cuts them', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    // Lengths that do not divide the buffer's: its end falls everywhere within a request.
    const paths = Array.from({ length: 800 }, (_, i) => `/${i}/${'x'.repeat((i * 7) % 401)}`);
    const text = paths.map((path) => get(path)).join('');
    expect(text.length).toBeGreaterThan(2 * READ_BUFFER_BYTES);
    await client.send(text);
    const bodies = (await client.responses(paths.length)).map(({ body }) => body.toString());
    expect(bodies).toEqual(paths.map((path) => `GET ${path}`));
  });

  test('with heads of the largest size are all answered', async () => {
    await using target = new TestServer((request, response) => response.send(200, {}, request.path));
    await using client = await RawClient.connect(target.address);
    const requests = Array.from({ length: 20 }, (_, i) => {
      const rest = get(`/${i}`, 'A: \r\n').length;
      return get(`/${i}`, `A: ${'a'.repeat(REQUEST_HEAD_BYTES_MAX - rest)}\r\n`);
    });
    expect(requests.every(({ length }) => length === REQUEST_HEAD_BYTES_MAX)).toBe(true);
    await client.send(requests.join(''));
    const bodies = (await client.responses(20)).map(({ body }) => body.toString());
    expect(bodies).toEqual(Array.from({ length: 20 }, (_, i) => `/${i}`));
  });

  test('after one with Connection: close are not answered', async () => {
    const paths: string[] = [];
    await using target = new TestServer((request, response) => {
      paths.push(request.path);
      response.send(200);
    });
    await using client = await RawClient.connect(target.address);
    await client.send(get('/a') + get('/b', 'Connection: close\r\n') + get('/c'));
    await client.responses(2);
    expect((await client.untilEnd()).length).toBe(0);
    expect(paths).toEqual(['/a', '/b']);
  });

  test('before a malformed one are answered, and then it is refused', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    await client.send(`${get('/a')}${get('/b')}GET  / HTTP/1.1\r\n\r\n${get('/c')}`);
    const responses = await client.responses(3);
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 400]);
    expect(responses[2]?.headers.get('connection')).toBe('close');
    expect((await client.untilEnd()).length).toBe(0);
  });
});

describe('requests in pieces', () => {
  const first = get('/first?a=b', 'X-Header: some value\r\n');
  const second = get('/second');

  test('cut in two at every byte are answered the same', async () => {
    await using target = new TestServer((request, response) =>
      response.send(200, {}, `${request.path} ${request.header('x-header')}`),
    );
    await using client = await RawClient.connect(target.address);
    const text = first + second;
    for (let cut = 1; cut < text.length; cut++) {
      await client.send(text.slice(0, cut));
      target.turns(); // the first piece is handled before the second is sent
      await client.send(text.slice(cut));
      const bodies = (await client.responses(2)).map(({ body }) => body.toString());
      expect(bodies).toEqual(['/first some value', '/second undefined']);
    }
  });

  test('sent byte by byte are answered the same', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    for (const byte of first + second) {
      await client.send(byte);
      target.turns();
    }
    const bodies = (await client.responses(2)).map(({ body }) => body.toString());
    expect(bodies).toEqual(['GET /first?a=b', 'GET /second']);
  });

  test('on many connections at once do not mix', async () => {
    await using target = new TestServer(echo);
    const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(target.address)));
    const texts = clients.map((_, i) => get(`/${i}/${'ab'.repeat(i)}`));
    const longest = Math.max(...texts.map(({ length }) => length));
    for (let at = 0; at < longest; at += 5) {
      await Promise.all(clients.map((client, i) => client.send(texts[i]?.slice(at, at + 5) ?? '')));
      target.turns();
    }
    const responses = await Promise.all(clients.map((client) => client.response()));
    expect(responses.map(({ body }) => body.toString())).toEqual(clients.map((_, i) => `GET /${i}/${'ab'.repeat(i)}`));
    await Promise.all(clients.map((client) => client.close()));
  });
});
