/** Nothing holds a request when it is over. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import type { FetchFunction } from '../../src/fetch/fetch-handler.js';
import { get, RawClient } from '../client/raw-client.js';
import { post, until } from '../server/limited-server.js';
import { WebServer } from './web-server.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A listener that holds the request, as one that logs its URL does. */
function listen(request: Request): void {
  request.signal.addEventListener('abort', () => request.url);
}

const HANDLERS: [string, FetchFunction][] = [
  ['looks at nothing', () => new Response('x')],
  [
    'listens to its signal',
    (request) => {
      listen(request);
      return new Response('x');
    },
  ],
  [
    'listens, and passes its body on',
    (request) => {
      listen(request);
      return new Response(request.body);
    },
  ],
  [
    'listens, and reads a clone',
    async (request) => {
      listen(request);
      const copy = request.clone();
      listen(copy);
      return new Response((await copy.text()) + (await request.text()));
    },
  ],
  [
    'listens, and reads in part',
    async (request) => {
      listen(request);
      const reader = request.body?.getReader();
      await reader?.read();
      return new Response('x');
    },
  ],
];

describe.each([
  ['a request', false],
  ['a real request', true],
])('%s whose handler', (_, realRequests) => {
  test.each(HANDLERS)('%s is collected when it is over', async (_, handler) => {
    const COUNT = 50;
    const seen: WeakRef<Request>[] = [];
    const fetch: FetchFunction = (request, info) => {
      seen.push(new WeakRef(request));
      return handler(request, info);
    };
    await using server = new WebServer(fetch, { realRequests });
    await using client = await RawClient.connect(server.address);
    for (let i = 0; i < COUNT / 2; i++) {
      await client.send(post('/', 'a body'));
      await client.untilBytes(1);
      await client.send(get('/'));
    }
    await until(() => seen.length === COUNT, 'all have been asked');
    await client.close();
    await until(() => server.server.connectionCount === 0, 'the connection is closed');
    await until(() => {
      collect();
      // A register or a cache may still refer to the last one.
      return seen.filter((request) => request.deref() !== undefined).length <= 2;
    }, 'the requests are collected');
    expect(server.errors).toEqual([]);
  });
});
