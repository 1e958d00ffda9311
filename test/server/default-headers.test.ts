/** Headers that are sent with whatever is answered. */
import { expect, test } from '@jest/globals';
import { HttpError } from '../../src/http/http-error.js';
import type { HttpHandler } from '../../src/server/http-handler.js';
import { PreparedResponse } from '../../src/server/prepared-response.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { TestServer } from './test-server.js';

const DEFAULTS = { 'X-Default': 'yes', Vary: 'Origin' };

function withDefaultHeaders(handler: HttpHandler): TestServer {
  return new TestServer((request, response) => {
    response.defaultHeaders = DEFAULTS;
    return handler(request, response);
  });
}

test.each<[what: string, handler: HttpHandler, status: number]>([
  ['what is sent', (_, response) => response.send(200, {}, 'x'), 200],
  [
    'what is sent in pieces',
    (_, response) => {
      response.start(200, {}, { length: 1 });
      response.end('x');
    },
    200,
  ],
  ['what has no body', (_, response) => response.send(304), 304],
  [
    'an HttpError',
    () => {
      throw new HttpError(403, 'no');
    },
    403,
  ],
  [
    'a handler that throws',
    () => {
      throw new Error('no');
    },
    500,
  ],
  [
    'a handler that rejects',
    async () => {
      throw new Error('no');
    },
    500,
  ],
  ['a handler that ends without an answer', async () => {}, 500],
])('the response of %s has the default headers', async (_, handler, status) => {
  await using server = withDefaultHeaders(handler);
  const response = await ask(server.address, get('/'));
  expect([response.status, response.headers.get('x-default'), response.headers.get('vary')]).toEqual([
    status,
    'yes',
    'Origin',
  ]);
});

test('a response’s own headers replace the default ones; only Vary is joined', async () => {
  await using server = withDefaultHeaders((_, response) => response.send(200, { 'x-default': 'no', vary: 'Accept' }));
  const { headers } = await ask(server.address, get('/'));
  expect([headers.get('x-default'), headers.get('vary')]).toEqual(['no', 'Accept, Origin']);
});

test('a prepared response has the default headers of its request, not of the one that it was prepared with', async () => {
  const body = Buffer.from('x');
  const prepared = [
    new PreparedResponse(200, { A: '1' }, body),
    new PreparedResponse(200, { A: '1' }, body, DEFAULTS),
    new PreparedResponse(200, { A: '1' }, body, { 'X-Default': 'other' }),
  ];
  await using server = new TestServer((request, response) => {
    if (request.query === 'defaults') response.defaultHeaders = DEFAULTS;
    response.sendPrepared(prepared[Number(request.path.slice(1))] as PreparedResponse);
  });
  const client = await RawClient.connect(server.address);
  await using _ = client;
  for (const path of ['/0', '/1', '/2']) {
    await client.send(get(`${path}?defaults`) + get(path));
    const [all, own] = await client.responses(2);
    expect([all?.headers.get('a'), all?.headers.get('x-default')]).toEqual(['1', 'yes']);
    expect([own?.headers.get('a'), own?.headers.get('x-default')]).toEqual(['1', undefined]);
  }
});
