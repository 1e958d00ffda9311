/** The request of a fetch handler has all that a Request has, and builds a real one only when it must. */
import { describe, expect, test } from '@jest/globals';
import type { FetchRequest } from '../../src/fetch/fetch-request.js';
import { RawClient } from '../client/raw-client.js';
import { WebServer } from './web-server.js';

const NODE_MAJOR = Number(process.versions.node.split('.')[0]);

/** The result of `look` for a request, as JSON. */
async function seen(
  look: (request: FetchRequest) => unknown,
  { body = 'hello', headers = '', method = 'POST', realRequests = false } = {},
): Promise<unknown> {
  await using server = new WebServer(async (request) => Response.json((await look(request)) ?? null), { realRequests });
  const length = method === 'GET' || method === 'HEAD' ? '' : `Content-Length: ${body.length}\r\n`;
  const answer = await server.ask(method, '/a/b?c=d', length + headers, length === '' ? '' : body);
  expect(server.errors).toEqual([]);
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text);
}

async function afterwards(first: unknown, then: () => unknown): Promise<unknown> {
  await first;
  return then();
}

/** The name and message of what a promise rejects with, or of what is thrown. */
async function refusal(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
  } catch (error) {
    return String(error);
  }
  return 'no error';
}

describe.each([
  ['lazy', false],
  ['real', true],
])('a %s request', (_, realRequests) => {
  const ROWS: [string, (request: FetchRequest) => unknown, unknown][] = [
    ['is an instance of Request', (r) => r instanceof Request, true],
    ['calls itself one', (r) => Object.prototype.toString.call(r), '[object Request]'],
    ['has a method', (r) => r.method, 'POST'],
    ['has a URL', (r) => r.url, 'http://test/a/b?c=d'],
    ['has real Headers', (r) => r.headers instanceof Headers, true],
    ['has the same Headers each time', (r) => new Set([r.headers, r.headers]).size, 1],
    ['has its headers', (r) => [r.headers.get('X-A'), r.headers.get('none')], ['1, 2', null]],
    ['joins cookies as cookies are', (r) => r.headers.get('cookie'), 'a=1; b=2'],
    ['lets its headers be changed', (r) => afterwards(r.headers.set('x-a', '3'), () => r.headers.get('x-a')), '3'],
    ['has a body that streams', (r) => r.body instanceof ReadableStream, true],
    ['has the same body each time', (r) => new Set([r.body, r.body]).size, 1],
    ['gives text', (r) => r.text(), 'hello'],
    ['gives bytes of their own', async (r) => [...new Uint8Array(await r.arrayBuffer())], [104, 101, 108, 108, 111]],
    ['gives bytes()', async (r) => new TextDecoder().decode(await r.bytes()), 'hello'],
    [
      'gives bytes() that are no Buffer',
      async (r) => Object.getPrototypeOf(await r.bytes()).constructor.name,
      'Uint8Array',
    ],
    ['gives a Blob', async (r) => (await r.blob()).size, 5],
    ['has an unused body at first', (r) => r.bodyUsed, false],
    ['has a used body after it', (r) => afterwards(r.text(), () => r.bodyUsed), true],
    ['has a used body at once', (r) => [typeof r.text(), r.bodyUsed], ['object', true]],
    ['is not used by looking at its body', (r) => [r.body !== null, r.bodyUsed], [true, false]],
    ['gives what is left to a method after a look', async (r) => [r.body !== null, await r.text()], [true, 'hello']],
    [
      'keeps a body, used, after it was read',
      (r) => afterwards(r.text(), () => [r.body === null, r.bodyUsed]),
      [false, true],
    ],
    ['has a signal that is not aborted', (r) => [r.signal instanceof AbortSignal, r.signal.aborted], [true, false]],
    [
      'has what a browser would fill in',
      (r) => [r.cache, r.credentials, r.mode, r.redirect],
      ['default', 'same-origin', 'cors', 'follow'],
    ],
    [
      'has more of it',
      (r) => [r.destination, r.integrity, r.keepalive, r.referrer, r.referrerPolicy, r.duplex],
      ['', '', false, 'about:client', '', 'half'],
    ],
    ['has fields that this package does not name', (r) => Reflect.get(r, 'isReloadNavigation'), false],
    ['can be printed', async (r) => (await import('node:util')).inspect(r).split('\n')[0], 'Request {'],
    [
      'can be the init of a Request',
      async (r) => text(new Request('http://other/', r)),
      'POST http://other/ 1, 2 hello',
    ],
    ['can be cloned', async (r) => text(r.clone()), 'POST http://test/a/b?c=d 1, 2 hello'],
    ['is read beside its clone', async (r) => [await r.clone().text(), await r.text()], ['hello', 'hello']],
    [
      'is read beside the clone of its clone',
      async (r) => [await r.clone().clone().text(), await r.text()],
      ['hello', 'hello'],
    ],
    [
      'clones changed headers',
      (r) => afterwards(r.clone(), () => afterwards(r.headers.set('x-a', '3'), () => r.clone().headers.get('x-a'))),
      '3',
    ],
    [
      'has a clone with headers of its own',
      (r) => afterwards(r.clone().headers.set('x-a', '3'), () => r.headers.get('x-a')),
      '1, 2',
    ],
    ['says where it comes from (srvx)', (r) => r.ip, '127.0.0.1'],
    ['says what serves it (srvx)', (r) => r.runtime, { name: 'epoll-reactor' }],
  ];

  test.each(ROWS)('%s', async (_title, look, expected) => {
    const headers = 'X-A: 1\r\nX-A: 2\r\nCookie: a=1\r\nCookie: b=2\r\n';
    expect(await seen(look, { headers, realRequests })).toEqual(expected);
  });

  const UNUSABLE = expect.stringMatching(/^TypeError: /);
  const REFUSALS: [string, (request: FetchRequest) => unknown][] = [
    ['a second text()', (r) => afterwards(r.text(), () => r.text())],
    ['json() after text()', (r) => afterwards(r.text(), () => r.json())],
    ['text() after bytes()', (r) => afterwards(r.bytes(), () => r.text())],
    ['blob() after arrayBuffer()', (r) => afterwards(r.arrayBuffer(), () => r.blob())],
    ['formData() after blob()', (r) => afterwards(r.blob(), () => r.formData())],
    ['text() beside text()', (r) => Promise.all([r.text(), r.text()])],
    ['text() while a reader has the body', (r) => afterwards(r.body?.getReader(), () => r.text())],
    ['text() after a part was read', (r) => afterwards(r.body?.getReader().read(), () => r.text())],
    ['clone() after text()', (r) => afterwards(r.text(), () => r.clone())],
    ['a reader after text()', (r) => afterwards(r.text(), () => new Response(r.body).text())],
    ['a Request of it after text()', (r) => afterwards(r.text(), () => new Request(r.url, r))],
    ['json() of what is none', (r) => r.json().catch((error) => Promise.reject(new TypeError(error.name)))],
    ['formData() of what is none', (r) => r.formData()],
  ];

  test.each(REFUSALS)('refuses %s', async (_title, attempt) => {
    expect(await seen((request) => refusal(() => attempt(request)), { realRequests })).toEqual(UNUSABLE);
  });

  test.each(['GET', 'HEAD'])('of %s has no body', async (method) => {
    const looks: unknown[] = [];
    await using server = new WebServer(
      async (request) => {
        looks.push(request.method, request.body, request.bodyUsed, await request.text(), await request.text());
        looks.push((await request.arrayBuffer()).byteLength, request.bodyUsed, request.clone().body);
        looks.push((await refusal(() => request.json())).split(':')[0]);
        return new Response(null);
      },
      { realRequests },
    );
    await server.ask(method, '/', 'Content-Length: 5\r\n', 'extra');
    expect(looks).toEqual([method, null, false, '', '', 0, false, null, 'SyntaxError']);
  });

  test('with a body of no bytes has none', async () => {
    expect(await seen(async (r) => [r.body, await r.text()], { body: '', realRequests })).toEqual([null, '']);
  });

  test('gives a form', async () => {
    const read = async (r: Request): Promise<unknown> => [...(await r.formData())];
    const urlencoded = { body: 'a=1&b=%C3%A9', headers: 'Content-Type: application/x-www-form-urlencoded\r\n' };
    expect(await seen(read, { ...urlencoded, realRequests })).toEqual([
      ['a', '1'],
      ['b', 'é'],
    ]);
    const body = [
      '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n',
      '--x\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\nContent-Type: text/css\r\n\r\nab\r\n--x--\r\n',
    ].join('');
    const file = async (r: Request): Promise<unknown> => {
      const form = await r.formData();
      const entry = form.get('f') as File;
      return [form.get('a'), entry.name, entry.type, await entry.text()];
    };
    const headers = 'Content-Type: multipart/form-data; boundary=x\r\n';
    expect(await seen(file, { body, headers, realRequests })).toEqual(['1', 'f.txt', 'text/css', 'ab']);
  });

  test('gives a Blob of its media type', async () => {
    const headers = 'Content-Type: Text/CSS; charset=x\r\n';
    const type = await seen(async (r) => (await r.blob()).type, { headers, realRequests });
    expect(type).toBe(
      await new Response('', { headers: { 'Content-Type': 'Text/CSS; charset=x' } }).blob().then((b) => b.type),
    );
  });
});

async function text(request: Request): Promise<string> {
  return `${request.method} ${request.url} ${request.headers.get('x-a')} ${await request.text()}`;
}

describe('a lazy request', () => {
  test.each([
    'héllo €😀',
    '\xef\xbb\xbfmark',
    '\xef\xbb\xbf\xef\xbb\xbf',
    '\xff\xc3',
    '\xf0\x9f\x98',
    '\xed\xa0\x80\xc0\xaf',
    '',
  ])('decodes %j as the standard does', async (body) => {
    const sent = /^[\0-\xff]*$/.test(body) ? body : Buffer.from(body).toString('latin1');
    expect(await seen((r) => r.text(), { body: sent })).toBe(new TextDecoder().decode(Buffer.from(sent, 'latin1')));
  });

  test('parses JSON, with a byte order mark or without', async () => {
    expect(await seen((r) => r.json(), { body: '{"a":[1]}' })).toEqual({ a: [1] });
    expect(await seen((r) => r.json(), { body: '\xef\xbb\xbf{"a":[1]}' })).toEqual({ a: [1] });
  });

  test('reads a body of many chunks', async () => {
    const body = Buffer.alloc(700_000, 'abcdefg').toString();
    expect(await seen(async (r) => (await r.arrayBuffer()).byteLength, { body })).toBe(700_000);
    expect(await seen(async (r) => (await r.text()) === body, { body })).toBe(true);
  });

  test('gives a reader with a buffer of its own what fits', async () => {
    const read = async (r: Request): Promise<unknown> => {
      const reader = (r.body as ReadableStream<Uint8Array>).getReader({ mode: 'byob' });
      const parts: string[] = [];
      for (;;) {
        const { done, value } = await reader.read(new Uint8Array(3));
        if (done) return parts;
        parts.push(Buffer.from(value).toString());
      }
    };
    expect(await seen(read)).toEqual(['hel', 'lo']);
  });

  test('can be built upon where Node keeps the state of a Request in symbols, and by realRequests elsewhere', async () => {
    const build = async (request: FetchRequest): Promise<string> => text(new Request(request, { method: 'PUT' }));
    const headers = 'X-A: 1\r\n';
    const expected = 'PUT http://test/a/b?c=d 1 hello';
    expect(await seen(build, { headers, realRequests: true })).toBe(expected);
    const lazy = await seen(async (r) => build(r).catch((error) => error.name), { headers });
    expect(lazy).toBe(NODE_MAJOR < 24 ? expected : 'TypeError');
    expect(await seen((r) => build(r._request as FetchRequest), { headers })).toBe(expected);
  });

  test('can be sent on by fetch()', async () => {
    await using upstream = new WebServer(async (request) => new Response(await text(request)));
    const send = async (r: Request): Promise<string> => (await fetch(upstream.server.url as string, r)).text();
    const answer = await seen(send, { headers: 'X-A: 1\r\n' });
    expect(answer).toBe(`POST ${upstream.server.url} 1 hello`);
  });

  test('of TRACE, with which no Request can be built, still has body and clone()', async () => {
    const looks: unknown[] = [];
    await using server = new WebServer(async (request) => {
      looks.push(request.method, request.clone().method, await request.text());
      return new Response(null);
    });
    await server.ask('TRACE', '/');
    expect(looks).toEqual(['TRACE', 'GET', '']);
  });

  test('whose body is not read leaves it to the server to discard', async () => {
    await using server = new WebServer(() => new Response('answer'));
    await using client = await RawClient.connect(server.address);
    await client.send(
      'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: test\r\n\r\n',
    );
    const [first, second] = await client.responses(2);
    expect([first?.status, second?.status, second?.body.toString()]).toEqual([200, 200, 'answer']);
  });

  test('can be read after its handler has answered without a promise, if work was given to waitUntil()', async () => {
    let late: Promise<unknown> | undefined;
    await using server = new WebServer((request) => {
      late = new Promise(setImmediate).then(() => [request.url, request.headers.get('x-a')]);
      request.waitUntil(late);
      return new Response(null);
    });
    await server.get('/later', 'X-A: 1\r\n');
    expect(await late).toEqual(['http://test/later', '1']);
  });

  test('of an authority that no URL can have is answered 400 without calling the handler', async () => {
    let calls = 0;
    await using server = new WebServer(() => {
      calls++;
      return new Response(null);
    });
    for (const host of ['1.2.3.999', 'a:99999', 'a%zz']) {
      const answer = await server.askRaw(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect([host, answer.status]).toEqual([host, 400]);
    }
    expect([calls, server.errors]).toEqual([0, []]);
  });

  test.each([
    ['GET / HTTP/1.0\r\n\r\n', 'http://localhost/'],
    ['GET http://Other:80/x HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n', 'http://other/x'],
    ['OPTIONS * HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n', 'http://test/'],
    ['GET /a/../b HTTP/1.1\r\nHost: Test:80\r\nConnection: close\r\n\r\n', 'http://test/b'],
  ])('%j has the URL %s', async (request, url) => {
    await using server = new WebServer((r) => new Response(r.url));
    expect((await server.askRaw(request)).text).toBe(url);
  });
});
