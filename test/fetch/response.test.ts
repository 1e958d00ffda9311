/** Responses of fetch handlers on the wire: every kind of body and head, of a real Response and of a FastResponse. */
import { openAsBlob, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FastResponse } from '../../src/fetch/fast-response.js';
import type { FetchFunction } from '../../src/fetch/fetch-handler.js';
import { get, RawClient } from '../client/raw-client.js';
import { type Answer, streamOf, WebServer } from './web-server.js';

/** The answer of a handler to one request, in which nothing may fail. */
async function answer(fetch: FetchFunction, request = 'GET'): Promise<Answer> {
  await using server = new WebServer(fetch);
  const result = await server.ask(request, '/');
  expect(server.errors).toEqual([]);
  return result;
}

const TEXT = 'Content-Type: text/plain;charset=UTF-8'.toLowerCase();

describe.each([
  ['Response', Response],
  ['FastResponse', FastResponse],
] as const)('a %s', (_, Response) => {
  type Make = () => Response | Promise<Response>;

  // Its lines, and its body, which has come whole with a Content-Length.
  const WHOLE: [string, Make, string[], string][] = [
    ['nothing', () => new Response(), [], ''],
    ['null', () => new Response(null), [], ''],
    ['text', () => new Response('héllo'), [TEXT], 'héllo'],
    ['no text', () => new Response(''), [TEXT], ''],
    [
      'text of a type',
      () => new Response('a', { headers: { 'Content-Type': 'text/css' } }),
      ['content-type: text/css'],
      'a',
    ],
    ['text in lone surrogates', () => new Response('a\ud800'), [TEXT], 'a\ufffd'],
    ['bytes', () => new Response(new Uint8Array([104, 105])), [], 'hi'],
    ['a Buffer', () => new Response(Buffer.from('hi')), [], 'hi'],
    ['an ArrayBuffer', () => new Response(new Uint8Array([104, 105]).buffer), [], 'hi'],
    ['a part of a buffer', () => new Response(new DataView(new Uint8Array([1, 104, 105, 2]).buffer, 1, 2)), [], 'hi'],
    [
      'URLSearchParams',
      () => new Response(new URLSearchParams({ a: 'b c' })),
      ['content-type: application/x-www-form-urlencoded;charset=utf-8'],
      'a=b+c',
    ],
    ['JSON', () => Response.json({ a: 1 }), ['content-type: application/json'], '{"a":1}'],
    ['a promise', async () => new Response('late'), [TEXT], 'late'],
    [
      'a promise that takes time',
      () => new Promise((resolve) => setImmediate(resolve, new Response('late'))),
      [TEXT],
      'late',
    ],
    ['a large text', () => new Response('abc'.repeat(100_000)), [TEXT], 'abc'.repeat(100_000)],
    ['text whose body was looked at', () => looked(new Response('a')), [TEXT], 'a'],
    ['a clone', () => new Response('a', { headers: { a: 'b' } }).clone(), ['a: b', TEXT], 'a'],
    ['what has a clone', () => withClone(new Response('a')), [TEXT], 'a'],
    ['a Response made of a Response', () => remade(new Response('a', { status: 201 })), [TEXT], 'a'],
  ];

  test.each(WHOLE)('of %s is sent whole', async (_title, make, lines, body) => {
    const { status, lines: found, text, chunks, isComplete } = await answer(make);
    const length = `content-length: ${Buffer.byteLength(body)}`;
    expect(found.map((line) => line.toLowerCase()).sort()).toEqual([...lines, length].sort());
    expect([text, chunks, isComplete]).toEqual([body, undefined, true]);
    expect([200, 201]).toContain(status);
  });

  test.each(WHOLE)('of %s has the same head for HEAD, and no body', async (_title, make) => {
    const { header, text } = await answer(make, 'HEAD');
    const whole = await answer(make);
    expect(text).toBe('');
    // An empty body may be one that was left out.
    if (whole.text !== '') expect(header('content-length')).toBe(whole.header('content-length'));
    expect(header('content-type')).toBe(whole.header('content-type'));
  });

  test.each([
    ['a stream', () => new Response(streamOf('a', 'bc')), [1, 2]],
    ['a stream of nothing', () => new Response(streamOf()), []],
    ['a stream that has more than a chunk at once', () => new Response(heaped('a', 'bc', 'd')), [1, 2, 1]],
  ])('of %s is sent in chunks', async (_title, make, sizes) => {
    const { chunks, lines, isComplete } = await answer(make);
    expect([chunks, isComplete]).toEqual([sizes, true]);
    expect(lines).toEqual(['Transfer-Encoding: chunked']);
  });

  test('of a stream whose length is announced is sent with this length', async () => {
    const headers = { 'Content-Length': '3' };
    const { bytes, lines, isComplete } = await answer(() => new Response(streamOf('a', 'bc'), { headers }));
    expect([bytes.toString(), lines, isComplete]).toEqual(['abc', ['Content-Length: 3'], true]);
  });

  test('of a stream is sent to HTTP/1.0 until the end of the connection', async () => {
    await using server = new WebServer(() => new Response(streamOf('a', 'bc')));
    const { lines, text } = await server.askRaw('GET / HTTP/1.0\r\n\r\n');
    expect([lines, text]).toEqual([[], 'abc']);
  });

  test('of a stream that ends at once is sent whole', async () => {
    const { lines, text } = await answer(() => new Response(heaped('abc')));
    expect([lines, text]).toEqual([['Content-Length: 3'], 'abc']);
  });

  test('of a stream to HEAD is a head alone, and the stream is cancelled', async () => {
    let cancelled = 0;
    const stream = (): ReadableStream =>
      new ReadableStream({ pull: () => new Promise(setImmediate), cancel: () => void cancelled++ });
    const { lines, text } = await answer(() => new Response(stream()), 'HEAD');
    expect([lines, text]).toEqual([['Transfer-Encoding: chunked'], '']);
    const sized = () => new Response(stream(), { headers: { 'content-length': '1234' } });
    expect((await answer(sized, 'HEAD')).lines).toEqual(['Content-Length: 1234']);
    expect(cancelled).toBe(2);
  });

  test('to HEAD without a body may have a Content-Length', async () => {
    const { lines } = await answer(() => new Response(null, { headers: { 'content-length': '1234' } }), 'HEAD');
    expect(lines).toEqual(['Content-Length: 1234']);
  });

  test('of a file is sent with its type, and its bytes', async () => {
    const file = new File(['abc', 'déf'], 'f.txt', { type: 'text/css' });
    const { header, text, isComplete } = await answer(() => new Response(file));
    expect([header('content-type'), text, isComplete]).toEqual(['text/css', 'abcdéf', true]);
  });

  test('of a file of the disk is sent as it is read', async () => {
    const path = join(tmpdir(), `response-${process.pid}`);
    writeFileSync(path, Buffer.alloc(300_000, 'abcdefg'));
    try {
      const { bytes, isComplete } = await answer(async () => new Response(await openAsBlob(path)));
      expect([bytes.equals(Buffer.alloc(300_000, 'abcdefg')), isComplete]).toEqual([true, true]);
    } finally {
      rmSync(path);
    }
  });

  test('of a large Blob is sent in chunks', async () => {
    const blob = new Blob([Buffer.alloc(1_000_000, 'abcdefg')]);
    const { bytes, isComplete } = await answer(() => new Response(blob));
    expect([bytes.equals(Buffer.alloc(1_000_000, 'abcdefg')), isComplete]).toEqual([true, true]);
  });

  test('of a form is sent as one', async () => {
    const form = new FormData();
    form.set('a', 'b');
    form.set('f', new File(['abc'], 'f.txt'));
    const { header, bytes } = await answer(() => new Response(form));
    const read = await new globalThis.Response(bytes, {
      headers: { 'content-type': header('content-type') as string },
    }).formData();
    expect([read.get('a'), await (read.get('f') as File).text()]).toEqual(['b', 'abc']);
  });

  test.each([204, 205, 304])('with status %i has no body', async (status) => {
    const found = await answer(() => new Response(null, { status, headers: { a: 'b', 'content-length': '5' } }));
    expect([found.status, found.text, found.header('a')]).toEqual([status, '', 'b']);
    expect(found.header('content-length')).toBe(status === 205 ? '0' : undefined);
    expect(found.header('transfer-encoding')).toBeUndefined();
  });

  test('redirects', async () => {
    const { status, header } = await answer(() => Response.redirect('http://other/x', 307));
    expect([status, header('location')]).toEqual([307, 'http://other/x']);
  });

  test('carries several Set-Cookie lines, and others as one', async () => {
    const headers = new Headers([
      ['Set-Cookie', 'a=1'],
      ['X-A', '1'],
      ['Set-Cookie', 'b=2'],
      ['X-A', '2'],
    ]);
    const { lines } = await answer(() => new Response(null, { headers }));
    const expected = ['content-length: 0', 'set-cookie: a=1', 'set-cookie: b=2', 'x-a: 1, 2'];
    expect(lines.map((line) => line.toLowerCase()).sort()).toEqual(expected);
  });

  test('sends headers that were set after it was made', async () => {
    const { header } = await answer(() => {
      const response = new Response('a', { headers: { a: '1', b: '1' } });
      response.headers.set('a', '2');
      response.headers.delete('b');
      response.headers.append('set-cookie', 'c');
      return response;
    });
    expect([header('a'), header('b'), header('set-cookie')]).toEqual(['2', undefined, 'c']);
  });

  test('does not set the headers that the server writes', async () => {
    const headers = {
      'Content-Length': '99',
      'transfer-encoding': 'gzip',
      Connection: 'keep-alive',
      'Keep-Alive': 'timeout=5',
      Date: 'never',
    };
    await using server = new WebServer(() => new Response('a', { headers }));
    const { lines, header, text } = await server.get('/');
    expect(lines.map((line) => line.toLowerCase()).sort()).toEqual(['content-length: 1', TEXT].sort());
    expect([header('connection'), text]).toEqual(['close', 'a']);
    expect(header('date')).toMatch(/GMT$/);
  });

  test('goes out in order on one connection', async () => {
    await using server = new WebServer(async (request) => new Response(await Promise.resolve(request.url)));
    await using client = await RawClient.connect(server.address);
    await client.send([1, 2, 3, 4].map((n) => get(`/${n}`)).join(''));
    const bodies = (await client.responses(4)).map(({ body }) => body.toString());
    expect(bodies).toEqual([1, 2, 3, 4].map((n) => `http://test/${n}`));
  });

  test.each([
    ['Response.error()', () => Response.error(), RangeError, /Response\.error\(\)/],
    ['a used one', () => used(new Response('a')), TypeError, /./],
    [
      'one whose body is being read',
      () =>
        (new Response(streamOf('a')) as Response & { body: ReadableStream }).body &&
        locked(new Response(streamOf('a'))),
      TypeError,
      /./,
    ],
    ['a header that is none', () => new Response('a', { headers: { 'a b': 'c' } }), TypeError, /./],
  ])('of %s is a 500', async (_title, make, _type, message) => {
    await using server = new WebServer(make);
    expect((await server.get('/')).status).toBe(500);
    expect(server.errors).toEqual([expect.objectContaining({ message: expect.stringMatching(message) })]);
  });

  function looked(response: Response): Response {
    expect(response.body).not.toBeNull();
    return response;
  }

  function withClone(response: Response): Response {
    response.clone();
    return response;
  }

  function remade(response: Response): Response {
    return new Response(response.body, response);
  }
});

async function used(response: Response): Promise<Response> {
  await response.text();
  return response;
}

function locked(response: Response): Response {
  response.body?.getReader();
  return response;
}

/** All of whose chunks are there before anybody reads. */
function heaped(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
}
