/** A fetch handler that fails, before or during its response: the client gets a 500 or the end of the connection. */
import { describe, expect, test } from '@jest/globals';
import type { FetchFunction } from '../../src/fetch/fetch-handler.js';
import { HttpError } from '../../src/http/http-error.js';
import { get, RawClient } from '../client/raw-client.js';
import { streamOf, WebServer } from './web-server.js';

describe('a fetch handler that fails', () => {
  const FAILURES: [string, () => unknown, RegExp][] = [
    [
      'throws',
      () => {
        throw new Error('broken');
      },
      /broken/,
    ],
    ['rejects', () => Promise.reject(new Error('broken')), /broken/],
    ['returns nothing', () => undefined, /answers with a Response: got undefined/],
    ['returns null', () => null, /got null/],
    ['returns text', () => 'hello', /got string/],
    ['returns an object', async () => ({ status: 200 }), /got \[object Object\]/],
    [
      'streams what is no bytes',
      () =>
        new Response(
          streamOf('a').pipeThrough(new TransformStream({ transform: (_, c) => c.enqueue({} as Uint8Array) })),
        ),
      /a chunk of a body/,
    ],
  ];

  test.each(FAILURES)('(it %s) answers 500 and is reported', async (_, fetch, message) => {
    await using server = new WebServer(fetch as FetchFunction);
    const { status, isComplete } = await server.get('/');
    if (status !== 500) expect([status, isComplete]).toEqual([200, false]); // its head was on the way
    expect(server.errors).toEqual([expect.objectContaining({ message: expect.stringMatching(message) })]);
  });

  test.each(FAILURES.slice(0, 6))('(it %s) is answered by the error hook', async (_, fetch, message) => {
    const error = async (thrown: unknown): Promise<Response> =>
      new Response(`sorry: ${(thrown as Error).message}`, { status: 503 });
    await using server = new WebServer(fetch as FetchFunction, { error });
    const { status, text } = await server.get('/');
    expect([status, text]).toEqual([503, expect.stringMatching(message)]);
    expect(server.errors).toEqual([]);
  });

  test('answers 500 if its error hook fails too, and the error of the hook is reported', async () => {
    const fail = (what: string) => () => {
      throw new Error(what);
    };
    await using server = new WebServer(fail('first'), { error: fail('second') });
    expect((await server.get('/')).status).toBe(500);
    expect(server.errors).toEqual([expect.objectContaining({ message: 'second' })]);
  });

  test('with an HttpError answers with its status, text and headers', async () => {
    await using server = new WebServer(() => {
      throw new HttpError(404, 'no such thing', { headers: { 'X-A': 'b' } });
    });
    const { status, text, header } = await server.get('/');
    expect([status, text, header('x-a')]).toEqual([404, expect.stringContaining('no such thing'), 'b']);
    expect(server.errors).toEqual([]);
  });

  test('leaves the connection open for the next request', async () => {
    await using server = new WebServer((request) => {
      if (request.url.endsWith('/bad')) throw new Error('broken');
      return new Response('good');
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/bad') + get('/good'));
    expect((await client.responses(2)).map(({ status }) => status)).toEqual([500, 200]);
  });

  test('while its body is streamed cuts the connection, and the error hook is not called', async () => {
    let asked = 0;
    const error = (): Response => {
      asked++;
      return new Response();
    };
    const body = (): ReadableStream => {
      let pulls = 0;
      return new ReadableStream({
        async pull(controller) {
          await new Promise(setImmediate);
          if (pulls++ === 0) controller.enqueue(new TextEncoder().encode('begun'));
          else controller.error(new Error('broken'));
        },
      });
    };
    await using server = new WebServer(() => new Response(body()), { error });
    const { status, text, isComplete } = await server.get('/');
    expect([status, text, isComplete, asked]).toEqual([200, 'begun', false, 0]);
    expect(server.errors).toEqual([expect.objectContaining({ message: 'broken' })]);
  });

  test.each([
    ['more', '2'],
    ['less', '9'],
  ])('by streaming %s than its Content-Length is cut', async (_, length) => {
    await using server = new WebServer(
      () => new Response(streamOf('ab', 'cd'), { headers: { 'content-length': length } }),
    );
    const { text, isComplete } = await server.get('/');
    expect('abcd'.startsWith(text)).toBe(true);
    expect(isComplete && length === '9').toBe(false);
    expect(server.errors).toHaveLength(1);
  });
});
