/** A handler may answer with what fetch() has brought: `return fetch(upstream)`. */
import { describe, expect, test } from '@jest/globals';
import { WebServer } from './web-server.js';

describe('what fetch() has answered can be passed on', () => {
  test.each(['gzip', 'br', 'deflate'] as const)('as what is left of it where it came by %s', async (coding) => {
    const zlib = await import('node:zlib');
    const encode = { gzip: zlib.gzipSync, br: zlib.brotliCompressSync, deflate: zlib.deflateSync }[coding];
    const headers = { 'content-encoding': coding, 'content-type': 'text/css', 'set-cookie': 'a=b' };
    await using upstream = new WebServer(() => new Response(encode('hello '.repeat(1000)), { headers }));
    await using server = new WebServer(() => fetch(upstream.server.url as string));
    const { text, header, isComplete } = await server.get('/');
    expect([text, isComplete]).toEqual(['hello '.repeat(1000), true]);
    expect([header('content-encoding'), header('content-type'), header('set-cookie')]).toEqual([
      undefined,
      'text/css',
      'a=b',
    ]);
    expect(server.errors).toEqual([]);
  });

  test('with its length where it came as it is', async () => {
    await using upstream = new WebServer(() => new Response('hello'));
    await using server = new WebServer(() => fetch(upstream.server.url as string));
    const { text, header } = await server.get('/');
    expect([text, header('content-length')]).toEqual(['hello', '5']);
  });
});
