/** The second argument of a fetch handler. */
import { describe, expect, test } from '@jest/globals';
import type { FetchInfo } from '../../src/fetch/fetch-info.js';
import { serve } from '../../src/fetch/serve.js';
import { get, RawClient } from '../client/raw-client.js';
import { until } from '../server/limited-server.js';
import { deferred } from '../server/test-server.js';
import { WebServer } from './web-server.js';

const hello = (): Response => new Response('hello');

describe('the info', () => {
  test('has the address of the client in the forms of Deno and Bun', async () => {
    const seen: unknown[] = [];
    await using server = new WebServer((request, info) => {
      seen.push(info.remoteAddress, info.remoteAddr, info.requestIP(request), request.ip);
      return hello();
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/'));
    await client.response();
    const port = client.socket.localPort;
    expect(seen).toEqual([
      { address: '127.0.0.1', port },
      { transport: 'tcp', hostname: '127.0.0.1', port },
      { address: '127.0.0.1', family: 'IPv4', port },
      '127.0.0.1',
    ]);
  });

  test('has an address of IPv6', async () => {
    const seen: (string | undefined)[] = [];
    await using server = serve({
      fetch: (_, info) => {
        seen.push(info.requestIP()?.family, info.requestIP()?.address);
        return hello();
      },
      port: 0,
      hostname: '::1',
    });
    await (await fetch(server.url as string)).text();
    expect(seen).toEqual(['IPv6', '::1']);
  });

  test('has no address of a client that has gone', async () => {
    const gone = deferred<FetchInfo>();
    await using server = new WebServer(async (request, info) => {
      gone.resolve(info);
      await new Promise((resolve) => request.signal.addEventListener('abort', resolve));
      return hello();
    });
    const client = await RawClient.connect(server.address);
    await client.send(get('/'));
    const info = await gone.promise;
    client.reset();
    await until(() => server.server.connectionCount === 0, 'the connection is closed');
    expect([info.remoteAddress, info.requestIP()]).toEqual([undefined, null]);
    expect(info.remoteAddr).toEqual({ transport: 'tcp', hostname: '', port: 0 });
  });
});
