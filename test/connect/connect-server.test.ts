/** The server that frameworks open and close themselves. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import Fastify from 'fastify';
import { type ConnectAddress, ConnectServer, connectServer } from '../../src/connect/connect-server.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { deferred } from '../server/test-server.js';

async function listening(server: ConnectServer): Promise<ConnectAddress> {
  await once(server, 'listening');
  return server.address() as ConnectAddress;
}

async function closed(server: ConnectServer): Promise<void> {
  await new Promise<void>((resolve) => server.close(resolve));
}

test.each([
  ['a port and a host', (server: ConnectServer) => server.listen(0, '127.0.0.1')],
  ['a port as text', (server: ConnectServer) => server.listen('0', '127.0.0.1')],
  ['options with a port as text', (server: ConnectServer) => server.listen({ port: '0', host: '127.0.0.1' })],
  ['options', (server: ConnectServer) => server.listen({ port: 0, host: '127.0.0.1' })],
  ['localhost', (server: ConnectServer) => server.listen({ host: 'localhost' })],
])('listen() takes %s, emits listening, and address() says where', async (_, listen) => {
  const server = new ConnectServer((_request, response) => response.end('hello'));
  expect([server.listening, server.address()]).toEqual([false, null]);
  const address = await listening(listen(server));
  expect(address).toEqual({ address: '127.0.0.1', family: 'IPv4', port: expect.any(Number) });
  expect((await ask(address, get('/'))).body.toString()).toBe('hello');
  await closed(server);
  expect(server.listening).toBe(false);
});

test('listen() without a host takes IPv4 connections, and calls back', async () => {
  const server = new ConnectServer((_request, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as ConnectAddress;
  expect((await ask({ address: '127.0.0.1', port }, get('/'))).status).toBe(200);
  await closed(server);
});

test('listen() calls back after a host and a backlog, too', async () => {
  const server = new ConnectServer((_request, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 511, resolve));
  await closed(server);
});

test('listen() takes the path of a Unix socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'connect-'));
  const path = join(folder, 'socket');
  const server = new ConnectServer((_request, response) => response.end('hello')).listen(path);
  await once(server, 'listening');
  expect(server.address()).toBe(path);
  expect((await ask({ path }, get('/'))).status).toBe(200);
  await closed(server);
  rmSync(folder, { recursive: true });
});

test('an address that is in use, or a name that would have to be looked up, is an error event', async () => {
  const first = new ConnectServer((_request, response) => response.end());
  const { port } = await listening(first.listen(0, '127.0.0.1'));
  const second = new ConnectServer((_request, response) => response.end());
  second.listen(port, '127.0.0.1');
  expect(await once(second, 'error')).toEqual([expect.objectContaining({ code: 'EADDRINUSE' })]);
  second.listen(0, 'example.org');
  expect(await once(second, 'error')).toEqual([expect.any(RangeError)]);
  await closed(second);
  await closed(first);
});

test('close() waits for a response under way, and closeAllConnections() cuts it', async () => {
  for (const isCut of [false, true]) {
    const { promise: asked, resolve } = deferred<ServerResponse>();
    const server = new ConnectServer((_request, response) => resolve(response));
    const address = await listening(server.listen(0, '127.0.0.1'));
    await using client = await RawClient.connect(address);
    await client.send(get('/'));
    const response = await asked;
    const close = closed(server);
    if (isCut) server.closeAllConnections();
    else response.end('late');
    await close;
    expect((await client.untilEnd()).toString()).toMatch(isCut ? /^$/ : /late$/);
  }
});

test('an app of Fastify runs hooks, validates, and closes', async () => {
  const seen: string[] = [];
  const app = Fastify({
    serverFactory: (listener) => connectServer(listener),
  });
  app.addHook('onResponse', async (request, reply) => void seen.push(`${request.url} ${reply.statusCode}`));
  app.addHook('onClose', async () => void seen.push('closed'));
  app.post('/add', {
    schema: { body: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] } },
    handler: async (request) => ({ sum: (request.body as { a: number }).a + 1, ip: request.ip }),
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const post = (body: string): Promise<Response> =>
    fetch(`${url}/add`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  expect(await (await post('{"a":1}')).json()).toEqual({ sum: 2, ip: '127.0.0.1' });
  expect((await post('{}')).status).toBe(400);
  expect((await post('{')).status).toBe(400);
  expect((await fetch(`${url}/none`)).status).toBe(404);
  await app.close();
  expect(seen).toEqual(['/add 200', '/add 400', '/add 400', '/none 404', 'closed']);
});
