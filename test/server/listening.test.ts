import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import { getsockname, listeningSocket } from '../../src/linux/sockets.js';
import { HttpServer } from '../../src/server/http-server.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { openFds } from '../support/descriptors.js';
import { echo, TestServer } from './test-server.js';

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const LOCAL = { address: '127.0.0.1', port: 0 };

describe('listen()', () => {
  test('returns the port that the kernel chose', async () => {
    await using server = new HttpServer(echo);
    const address = server.listen(LOCAL) as InternetAddress;
    expect(address.address).toBe('127.0.0.1');
    expect(address.port).toBeGreaterThan(0);
    expect((await ask(address, get('/'))).status).toBe(200);
  });

  test('may be called for several addresses, of several families', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'listening-'));
    await using server = new HttpServer(echo);
    const addresses = [
      server.listen(LOCAL),
      server.listen(LOCAL),
      ...(hasIpv6 ? [server.listen({ address: '::1', port: 0 })] : []),
      server.listen({ path: join(folder, 'socket') }),
    ];
    for (const [i, address] of addresses.entries()) {
      expect((await ask(address, get(`/${i}`))).body.toString()).toBe(`GET /${i}`);
    }
    rmSync(folder, { recursive: true });
  });

  test('takes over a socket that listens already, with the connections in its backlog', async () => {
    const fd = listeningSocket(LOCAL, 5);
    const address = getsockname(fd) as InternetAddress;
    await using early = await RawClient.connect(address);
    await early.send(get('/early'));
    await using server = new HttpServer(echo);
    expect(server.listen({ fd })).toEqual(address);
    expect((await early.response()).body.toString()).toBe('GET /early');
  });

  test('on a port in use fails with an error that names it, and the server goes on', async () => {
    await using server = new HttpServer(echo);
    const address = server.listen(LOCAL) as InternetAddress;
    expect(() => server.listen(address)).toThrow(`bind EADDRINUSE: address already in use 127.0.0.1:${address.port}`);
    expect((await ask(address, get('/'))).status).toBe(200);
  });

  test('on a server that is closed throws', async () => {
    const server = new HttpServer(echo);
    server.listen(LOCAL);
    await server.close();
    expect(() => server.listen(LOCAL)).toThrow('listen() was called on a server that is closed');
  });
});

describe('a server', () => {
  test('at its limit of connections accepts the next one when one of them closes', async () => {
    await using server = new HttpServer(echo, { limits: { connectionsMax: 2 } });
    const address = server.listen(LOCAL) as InternetAddress;
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => RawClient.connect(address)));
    for (const client of [first, second]) await client?.send(get('/in'));
    for (const client of [first, second]) expect((await client?.response())?.status).toBe(200);
    await third?.send(get('/waits')); // in the backlog: the kernel has accepted it, the server has not
    await first?.send(get('/still-in'));
    expect((await first?.response())?.body.toString()).toBe('GET /still-in');
    expect(server.connectionCount).toBe(2);
    expect(third?.received.toString()).toBe('');

    await first?.close();
    expect((await third?.response())?.body.toString()).toBe('GET /waits');
    await Promise.all([second?.close(), third?.close()]);
  });

  test('that is closed gives back its port and every descriptor', async () => {
    const before = openFds();
    const server = new HttpServer(echo);
    const address = server.listen(LOCAL) as InternetAddress;
    const client = await RawClient.connect(address);
    await client.send(get('/'));
    await client.response();
    await server.close();
    await client.untilEnd();
    await client.close();
    expect(openFds()).toEqual(before);
    await using next = new HttpServer(echo);
    next.listen(address);
    expect((await ask(address, get('/'))).status).toBe(200);
  });

  test('that failed to listen leaves no descriptor open when it is closed', async () => {
    await using target = new TestServer(echo);
    const before = openFds();
    const server = new HttpServer(echo);
    expect(() => server.listen(target.address)).toThrow('EADDRINUSE');
    await server.close();
    expect(openFds()).toEqual(before);
  });

  test('has as many descriptors open after a thousand connections as before', async () => {
    await using target = new TestServer(echo);
    await ask(target.address, get('/'));
    await target.untilEmpty();
    const before = openFds();
    for (let i = 0; i < 1_000; i += 20) {
      await Promise.all(
        Array.from({ length: 20 }, async (_, n) => {
          const client = await RawClient.connect(target.address);
          await client.send(n % 4 === 0 ? 'GET /' : get('/'));
          if (n % 4 === 1) await client.response();
          if (n % 4 === 2) client.reset();
          await client.close();
        }),
      );
    }
    await target.untilEmpty();
    expect(openFds()).toEqual(before);
    expect(target.errors).toEqual([]);
  });

  test('counts its connections', async () => {
    await using target = new TestServer(echo);
    const clients = await Promise.all(Array.from({ length: 5 }, () => RawClient.connect(target.address)));
    target.turns();
    expect(target.server.connectionCount).toBe(5);
    await clients[0]?.close();
    target.turns();
    expect(target.server.connectionCount).toBe(4);
    await Promise.all(clients.map((client) => client.close()));
    await target.untilEmpty();
  });
});
