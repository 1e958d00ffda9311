/** Whole responses: the client gets what the handler gives, and nothing of it can break the message. */
import { describe, expect, test } from '@jest/globals';
import type { HttpResponse } from '../../src/server/http-response.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { TestServer } from './test-server.js';

describe('a body', () => {
  test('of text is sent as UTF-8, its length in bytes', async () => {
    const text = 'grüße €😀\0';
    await using target = new TestServer((_, response) => response.send(200, {}, text));
    const { headers, body } = await ask(target.address, get('/'));
    expect(body.toString('utf8')).toBe(text);
    expect(headers.get('content-length')).toBe(`${Buffer.byteLength(text)}`);
  });

  test.each([0, 1, 16_384, 16_385, 5_000_000])('of %i bytes arrives unchanged, as text or bytes', async (length) => {
    const bytes = Buffer.alloc(length, 'abc');
    await using target = new TestServer((request, response) =>
      response.send(200, {}, request.path === '/text' ? bytes.toString() : bytes),
    );
    await using client = await RawClient.connect(target.address);
    await client.send(get('/text') + get('/bytes'));
    for (const { body } of await client.responses(2)) expect(body.equals(bytes)).toBe(true);
  });

  test('may be a part of a larger buffer', async () => {
    const bytes = new Uint8Array(100_000).map((_, i) => i % 251);
    await using target = new TestServer((_, response) => response.send(200, {}, bytes.subarray(20_000, 60_000)));
    const { body } = await ask(target.address, get('/'));
    expect(body.equals(bytes.subarray(20_000, 60_000))).toBe(true);
  });
});

test('headers are sent as given: a number as text, each of several values on its own line', async () => {
  await using target = new TestServer((_, response) =>
    response.send(201, { 'X-Number': 5, 'Set-Cookie': ['a=1', 'b=2'], 'X-Latin': 'caf\xe9' }),
  );
  await using client = await RawClient.connect(target.address);
  await client.send(get('/', 'Connection: close\r\n'));
  const head = (await client.untilEnd()).toString('latin1');
  expect(head).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
  expect(head).toContain('\r\nX-Number: 5\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Latin: caf\xe9\r\n');
});

test('a head that is sent again has the body and the length of each response', async () => {
  const lengths = [0, 1, 9, 10, 11, 99, 100, 1_000, 16_384, 16_385, 100_000].flatMap((n) => [n, n, n]);
  await using target = new TestServer((request, response) =>
    response.send(200, { 'X-Same': 'yes' }, '€'.repeat(Number(request.path.slice(1)))),
  );
  await using client = await RawClient.connect(target.address);
  await client.send(lengths.map((length) => get(`/${length}`)).join(''));
  const responses = await client.responses(lengths.length);
  expect(responses.map(({ body }) => body.toString())).toEqual(lengths.map((length) => '€'.repeat(length)));
  expect(responses.map(({ headers }) => headers.get('x-same'))).toEqual(lengths.map(() => 'yes'));
  await client.send(get('/5', 'Connection: close\r\n'));
  const last = (await client.untilEnd()).toString();
  expect(last).toContain('\r\nConnection: close\r\n');
  expect(last).toMatch(/\r\n\r\n€{5}$/);
});

describe('the framing of a message is the server’s', () => {
  // Two Content-Lengths, or one beside Transfer-Encoding, are how responses are split.
  test.each<[string, (response: HttpResponse) => void]>([
    ['a Content-Length of its own', (response) => response.send(200, { 'Content-Length': 3 }, 'body')],
    ['a content-length in lower case', (response) => response.send(200, { 'content-length': 3 }, 'body')],
    ['a Transfer-Encoding', (response) => response.send(200, { 'Transfer-Encoding': 'chunked' }, 'body')],
  ])('a handler that gives %s does not change it', async (_, answer) => {
    await using target = new TestServer((_request, response) => answer(response));
    await using client = await RawClient.connect(target.address);
    await client.send(get('/') + get('/'));
    for (const { headers, body } of await client.responses(2)) {
      expect(headers.has('transfer-encoding')).toBe(false);
      expect(Number(headers.get('content-length'))).toBe(body.length);
    }
  });

  test.each([100, 101, 103])(
    'a status of %i, which is no answer, is refused: the client would wait for one',
    async (status) => {
      await using target = new TestServer((_, response) => response.send(status));
      expect((await ask(target.address, get('/'))).status).toBe(500);
    },
  );
});
