/** Nothing in a Response can split it, or change the framing that the server writes. */
import { describe, expect, test } from '@jest/globals';
import { FastResponse } from '../../src/fetch/fast-response.js';
import { get, RawClient } from '../client/raw-client.js';
import { WebServer } from './web-server.js';

const EVIL = 'b\r\nSet-Cookie: evil=1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/** As one of another library may look. */
function foreign(fields: object): Response {
  return { [Symbol.toStringTag]: 'Response', status: 200, headers: [], body: null, url: '', ...fields } as never;
}

describe('a line end', () => {
  test.each<[string, () => Response]>([
    ['a value', () => new FastResponse('x', { headers: { 'X-A': EVIL } })],
    ['a bare LF in a value', () => new FastResponse('x', { headers: { 'X-A': 'b\nSet-Cookie: evil=1' } })],
    ['a bare CR in a value', () => new FastResponse('x', { headers: { 'X-A': 'b\rSet-Cookie: evil=1' } })],
    ['a NUL in a value', () => new FastResponse('x', { headers: { 'X-A': 'b\0' } })],
    [
      'a line end of Unicode in a value',
      () => new FastResponse('x', { headers: { 'X-A': 'b\u010d\u010aSet-Cookie: evil=1' } }),
    ],
    ['the value of a pair', () => new FastResponse('x', { headers: [['X-A', EVIL]] })],
    ['a name', () => new FastResponse('x', { headers: { 'X-A: b\r\nSet-Cookie': 'evil=1' } })],
    ['a value of a Response of Node’s', () => new Response('x', { headers: { 'X-A': EVIL } })],
    ['the text of a status of Node’s', () => new Response('x', { statusText: EVIL })],
    ['a media type', () => new FastResponse(new Blob(['x']), { headers: { 'Content-Type': EVIL } })],
    ['a redirect', () => new FastResponse(null, { status: 302, headers: { Location: `/${EVIL}` } })],
    ['a value of a Response of somebody else’s', () => foreign({ headers: [['X-A', EVIL]] })],
    ['a status of somebody else’s', () => foreign({ status: `200 OK\r\nSet-Cookie: evil=1` })],
  ])('in %s makes the answer a 500, and the connection goes on', async (_, make) => {
    await using server = new WebServer((request) => (request.url.endsWith('/next') ? new Response('next') : make()));
    await using client = await RawClient.connect(server.address);
    await client.send(get('/') + get('/next'));
    const [first, next] = await client.responses(2);
    expect(first?.status).toBe(500);
    expect(first?.headers.has('set-cookie')).toBe(false);
    expect(next?.body.toString()).toBe('next');
    expect(client.received.length).toBe(0);
    expect(server.errors).toHaveLength(1);
  });

  test('in a statusText is not sent: the server writes its own', async () => {
    await using server = new WebServer(() => new FastResponse('x', { statusText: EVIL }));
    const { status, lines, text } = await server.get('/');
    expect([status, lines.length, text]).toEqual([200, 2, 'x']);
  });
});

describe('the framing of the body', () => {
  const headers = {
    'Content-Length': '1',
    'Transfer-Encoding': 'gzip, chunked',
    Connection: 'upgrade',
    'Keep-Alive': 'x',
  };

  test.each<[string, () => Response]>([
    ['a Response', () => new Response('hello', { headers })],
    ['a FastResponse', () => new FastResponse('hello', { headers })],
    [
      'a FastResponse of names in another case',
      () => new FastResponse('hello', { headers: { 'CONTENT-length': '1', 'transfer-ENCODING': 'x' } }),
    ],
    ['a FastResponse of bytes', () => new FastResponse(Buffer.from('hello'), { headers })],
    ['a FastResponse of a Blob', () => new FastResponse(new Blob(['hello']), { headers })],
  ])('is the server’s own, whatever headers %s has', async (_, make) => {
    await using server = new WebServer(make);
    await using client = await RawClient.connect(server.address);
    await client.send(get('/') + get('/'));
    for (const { headers: sent, body } of await client.responses(2)) {
      expect(body.toString()).toBe('hello');
      expect(sent.get('content-length')).toBe('5');
      for (const name of ['transfer-encoding', 'connection', 'keep-alive']) expect(sent.has(name)).toBe(false);
    }
    expect(server.errors).toEqual([]);
  });
});
