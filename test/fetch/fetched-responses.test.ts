/** A handler may answer with the Response of fetch(): `return fetch(upstream)`. */
import { describe, expect, test } from '@jest/globals';
import { WebServer } from './web-server.js';

describe('a Response of fetch() is sent', () => {
  test.each(['gzip', 'br', 'deflate'] as const)(
    'without its coding and length if fetch() has decoded it from %s',
    async (coding) => {
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
    },
  );

  test('with its length if it came without a coding', async () => {
    await using upstream = new WebServer(() => new Response('hello'));
    await using server = new WebServer(() => fetch(upstream.server.url as string));
    const { text, header } = await server.get('/');
    expect([text, header('content-length')]).toEqual(['hello', '5']);
  });
});
