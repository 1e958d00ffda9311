/** A FastResponse has all that a Response has, and builds a real one only when it must. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { FastResponse, plainResponse } from '../../src/fetch/fast-response.js';
import { streamOf } from './web-server.js';

const NativeResponse = globalThis.Response;

afterEach(() => {
  globalThis.Response = NativeResponse;
});

type Class = typeof Response;

describe('a FastResponse has the same value as a Response:', () => {
  const blob = new Blob(['hi'], { type: 'text/css' });
  const ROWS: [string, (R: Class) => unknown][] = [
    ['is an instance of Response', (R) => new R('a') instanceof NativeResponse],
    ['calls itself one', (R) => Object.prototype.toString.call(new R('a'))],
    ['status', (R) => [new R().status, new R('', { status: 404 }).status]],
    ['ok', (R) => [200, 299, 300, 599].map((status) => new R('', { status }).ok)],
    ['statusText', (R) => [new R().statusText, new R('', { statusText: 'Fine' }).statusText]],
    ['type, url, redirected', (R) => [new R().type, new R().url, new R().redirected]],
    ['headers of nothing', (R) => [...new R().headers]],
    ['headers of an object', (R) => [...new R('a', { headers: { 'X-A': '1' } }).headers]],
    [
      'headers of pairs',
      (R) => [
        ...new R(null, {
          headers: [
            ['X-A', '1'],
            ['x-a', '2'],
          ],
        }).headers,
      ],
    ],
    ['headers of Headers', (R) => [...new R(null, { headers: new Headers({ 'X-A': '1' }) }).headers]],
    [
      'headers of an iterator',
      (R) => [...new R(null, { headers: new Map([['x-a', '1']]) as unknown as Headers }).headers],
    ],
    ['the same Headers each time', (R) => lookedTwice(new R('a'), (response) => response.headers)],
    ['the same body each time', (R) => lookedTwice(new R('a'), (response) => response.body)],
    ['a type for text', (R) => new R('a').headers.get('content-type')],
    ['a type for a form', (R) => new R(new URLSearchParams()).headers.get('content-type')],
    ['a type for a Blob', (R) => new R(blob).headers.get('content-type')],
    ['no type for a Blob without', (R) => new R(new Blob(['a'])).headers.get('content-type')],
    ['no type for bytes', (R) => new R(new Uint8Array(1)).headers.get('content-type')],
    ['the type given', (R) => new R('a', { headers: { 'Content-Type': 'b' } }).headers.get('content-type')],
    ['no body', (R) => [new R().body, new R(null).body, new R(undefined).body]],
    ['a body of an empty text', (R) => new R('').body === null],
    ['bodyUsed', (R) => new R('a').bodyUsed],
    ['bodyUsed after text()', async (R) => used(new R('a'), (response) => response.bodyUsed)],
    ['text()', (R) => new R('é').text()],
    ['text() of nothing', (R) => new R().text()],
    ['json()', (R) => new R('{"a":1}').json()],
    ['json() of none', (R) => name(() => new R('{').json())],
    ['arrayBuffer()', async (R) => [...new Uint8Array(await new R(new Uint8Array([1, 2])).arrayBuffer())]],
    ['blob()', async (R) => [(await new R(blob).blob()).type, await (await new R(blob).blob()).text()]],
    ['formData()', async (R) => [...(await new R(new URLSearchParams({ a: 'b' })).formData())]],
    ['formData() of a form', async (R) => [...(await new R(form({ a: 'b' })).formData())]],
    ['text() of a stream', (R) => new R(streamOf('a', 'b')).text()],
    ['text() twice', (R) => name(() => used(new R('a'), (response) => response.text()))],
    ['clone() after text()', (R) => name(() => used(new R('a'), (response) => response.clone().text()))],
    ['clone()', async (R) => bothTexts(new R('a'))],
    ['clone() of a stream', async (R) => bothTexts(new R(streamOf('a', 'b')))],
    ['clone() of nothing', async (R) => bothTexts(new R(null))],
    ['clone() of bytes', async (R) => bothTexts(new R(new Uint8Array([97])))],
    ['what a clone keeps', (R) => kept(new R('a', { status: 201, statusText: 'S', headers: { a: 'b' } }).clone())],
    ['headers of a clone', (R) => changedClone(new R('a', { headers: { a: 'b' } }))],
    ['being remade', (R) => kept(new R('b', new R('a', { status: 201, statusText: 'S', headers: { a: 'b' } })))],
    [
      'being the init of a Response',
      (R) => kept(new NativeResponse('b', new R('a', { status: 201, headers: { a: 'b' } }))),
    ],
    ['Response.json()', async (R) => [kept(R.json([1])), await R.json([1]).text()]],
    ['Response.json() with a type', (R) => kept(R.json([1], { status: 201, headers: { 'Content-Type': 'x' } }))],
    ['Response.json() of what is none', (R) => name(() => R.json(undefined))],
    ['Response.redirect()', (R) => kept(R.redirect('http://a/b', 301))],
    ['Response.redirect() to no URL', (R) => name(() => R.redirect('http://', 301))],
    ['Response.redirect() by no redirection', (R) => name(() => R.redirect('http://a', 200 as 301))],
    ['Response.error()', (R) => [R.error().type, R.error().status]],
    ['status 199', (R) => name(() => new R('', { status: 199 }))],
    ['status 600', (R) => name(() => new R('', { status: 600 }))],
    ['status 204 with a body', (R) => name(() => new R('', { status: 204 }))],
    ['status 304 with a body', (R) => name(() => new R('', { status: 304 }))],
    ['status 204 without', (R) => new R(null, { status: 204 }).status],
  ];

  test.each(ROWS)('%s', async (_, ask) => {
    expect(await ask(FastResponse as Class)).toEqual(await ask(NativeResponse));
  });

  test('also for members of newer versions of Node', async () => {
    for (const name of Object.getOwnPropertyNames(NativeResponse.prototype)) {
      const value: unknown = Reflect.get(new FastResponse('a'), name); // nothing throws for want of a brand
      if (name !== 'constructor') expect(typeof value).toBe(typeof Reflect.get(new NativeResponse('a'), name));
    }
  });
});

describe('a FastResponse', () => {
  test('builds no real Response until its body is read', () => {
    const response = new FastResponse('a', { headers: { a: 'b' } });
    expect(response.status).toBe(200);
    expect(response.ok).toBe(true);
    response.headers.set('a', 'c');
    expect(plainResponse(response)).toMatchObject({ body: 'a', status: 200 });
    expect(response.body).not.toBeNull();
    expect(plainResponse(response)).toBeUndefined();
  });

  test('is told apart from a real Response and other objects', () => {
    expect(plainResponse(new NativeResponse('a'))).toBeUndefined();
    expect(plainResponse({})).toBeUndefined();
  });

  test('keeps the headers that it was given when the Headers object changes', () => {
    const headers = new Headers({ a: 'b' });
    const response = new FastResponse('a', { headers });
    headers.set('a', 'c');
    expect(response.headers.get('a')).toBe('b');
  });

  test('can be extended', () => {
    class Own extends FastResponse {}
    expect(new Own('a')).toBeInstanceOf(Own);
    expect(new Own('a')).toBeInstanceOf(FastResponse);
    expect(new FastResponse('a')).not.toBeInstanceOf(Own);
    expect(plainResponse(new Own('a'))).toBeDefined();
  });

  test('can replace the global Response', async () => {
    globalThis.Response = FastResponse as Class;
    const response = new Response('a');
    expect(plainResponse(response)).toBeDefined();
    expect(await response.text()).toBe('a');
    expect(response).toBeInstanceOf(Response);
    expect(new NativeResponse('a')).toBeInstanceOf(Response);
    expect({}).not.toBeInstanceOf(Response);
    expect(await fetch('data:text/plain,hello')).toBeInstanceOf(Response);
    expect(await new Response(new Response('b').body, new Response('c', { status: 201 })).text()).toBe('b');
  });
});

function lookedTwice(response: Response, look: (response: Response) => unknown): number {
  return new Set([look(response), look(response)]).size;
}

async function used(response: Response, then: (response: Response) => unknown): Promise<unknown> {
  await response.text();
  return then(response);
}

async function bothTexts(response: Response): Promise<string[]> {
  const clone = response.clone();
  return [await response.text(), await clone.text()];
}

function kept(response: Response): unknown[] {
  return [response.status, response.statusText, [...response.headers]];
}

function changedClone(response: Response): unknown[] {
  const clone = response.clone();
  clone.headers.set('a', 'c');
  return [response.headers.get('a'), clone.headers.get('a')];
}

function form(entries: Record<string, string>): FormData {
  const data = new FormData();
  for (const [key, value] of Object.entries(entries)) data.set(key, value);
  return data;
}

/** The name of what is thrown. */
async function name(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
  } catch (error) {
    return (error as Error).name;
  }
  return 'nothing';
}
