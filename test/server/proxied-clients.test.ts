/** `request.clientAddress` on real sockets: PROXY headers and forwarded ones, from who is believed and from who is not. */
import { BlockList } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import type { Limits } from '../../src/limits.js';
import type { InternetAddress, SocketAddress } from '../../src/linux/socket-address.js';
import { Reactor } from '../../src/reactor/reactor.js';
import type { Exchange } from '../../src/server/exchange.js';
import { HttpServer } from '../../src/server/http-server.js';
import { selfSigned } from '../../src/tls/self-signed.js';
import type { TlsOptions } from '../../src/tls/tls-options.js';
import { DrivenClient } from '../client/driven-client.js';
import { DrivenTlsClient, takeTicket } from '../client/driven-tls-client.js';
import { get, RawClient } from '../client/raw-client.js';
import { takeResponse } from '../client/wire-response.js';
import { proxyV2, proxyV2From } from '../http/proxy-headers.js';
import { Folder } from '../support/sockets.js';
import { until } from './limited-server.js';

const CERTIFICATE = selfSigned({ names: ['test'], days: 1 });
const V1 = 'PROXY TCP4 192.0.2.1 198.51.100.1 51234 80\r\n';

function trusting(...addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const address of addresses) list.addAddress(address, 'ipv4');
  return list;
}

class ProxiedServer {
  readonly server: HttpServer;
  readonly address: SocketAddress;
  readonly logged: string[] = [];

  constructor(
    trustedProxies: BlockList | undefined,
    proxyProtocol: boolean,
    {
      at = { address: '127.0.0.1', port: 0 },
      limits = {},
      reactor,
      tls,
    }: {
      readonly at?: SocketAddress;
      readonly limits?: Partial<Limits>;
      readonly reactor?: Reactor;
      readonly tls?: TlsOptions;
    } = {},
  ) {
    this.server = new HttpServer(
      ({ clientAddress, remoteAddress }, response) => {
        response.send(200, {}, `${nameOf(clientAddress)} by ${nameOf(remoteAddress)}`);
      },
      {
        ...(trustedProxies && { trustedProxies }),
        ...(reactor && { reactor }),
        ...(tls && { tls }),
        limits,
        onResponse: ({ clientAddress, response }: Exchange) => {
          this.logged.push(`${nameOf(clientAddress)} ${response.status}`);
        },
      },
    );
    this.address = this.server.listen(at, { proxyProtocol });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
  }
}

function nameOf(address: SocketAddress | undefined): string {
  if (address === undefined) return 'nobody';
  if ('path' in address) return 'unix';
  return address.address === '127.0.0.1' ? 'loopback' : `${address.address}:${address.port}`;
}

function turnsOf(reactor: Reactor): () => void {
  return () => {
    while (reactor.turn(0) > 0);
  };
}

/** The bodies of all responses that have come. */
function bodiesOf(client: DrivenClient | DrivenTlsClient): string[] {
  client.receive();
  const bodies: string[] = [];
  for (let rest = client.received; ; ) {
    const response = takeResponse(rest, false);
    if (response === undefined) break;
    bodies.push(response.body.toString());
    rest = rest.subarray(response.length);
  }
  client.close();
  return bodies;
}

/** The answer of the server to bytes followed by a request. */
async function answered(address: SocketAddress, before: string | Uint8Array, headers = ''): Promise<string> {
  await using client = await RawClient.connect(address);
  await client.send(Buffer.concat([Buffer.from(before as string, 'latin1'), Buffer.from(get('/', headers))]));
  return (await client.response()).body.toString();
}

describe('a server that expects PROXY headers', () => {
  test.each<[what: string, header: string | Buffer, says: string]>([
    ['version 1', V1, '192.0.2.1:51234 by loopback'],
    ['version 1 of IPv6', 'PROXY TCP6 2001:db8::1 ::1 5 80\r\n', '2001:db8::1:5 by loopback'],
    ['version 1 of an unknown client', 'PROXY UNKNOWN\r\n', 'loopback by loopback'],
    ['version 2', proxyV2From('192.0.2.2', 51_235), '192.0.2.2:51235 by loopback'],
    [
      'version 2 of IPv6',
      proxyV2(0x21, 0x21, new Uint8Array(36).fill(1)),
      '101:101:101:101:101:101:101:101:257 by loopback',
    ],
    ['version 2 of a health check', proxyV2(0x20, 0), 'loopback by loopback'],
  ])('takes the client from %s in the segment of the request', async (_what, header, says) => {
    await using proxied = new ProxiedServer(trusting('127.0.0.1'), true);
    expect(await answered(proxied.address, header)).toBe(says);
    expect(proxied.logged).toEqual([`${says.split(' ')[0]} 200`]);
  });

  describe.each([
    ['version 1', Buffer.from(V1)],
    ['version 2', proxyV2From('192.0.2.1', 51_234)],
  ])('reads %s in two pieces, cut at every byte, and applies it to all requests of the connection', (_what, header) => {
    const cuts = Array.from({ length: header.length }, (_, cut) => [header.subarray(0, cut), header.subarray(cut)]);
    const expected = Array(2).fill('192.0.2.1:51234 by loopback');

    test('of plain HTTP', async () => {
      using reactor = new Reactor();
      await using proxied = new ProxiedServer(trusting('127.0.0.1'), true, { reactor });
      const turns = turnsOf(reactor);
      for (const [first, second] of cuts as [Buffer, Buffer][]) {
        const client = new DrivenClient(proxied.address as InternetAddress);
        client.send(first, turns);
        turns();
        client.send(Buffer.concat([second, Buffer.from(get('/') + get('/'))]), turns);
        turns();
        expect(bodiesOf(client)).toEqual(expected);
      }
    });

    test('before TLS', async () => {
      using reactor = new Reactor();
      await using proxied = new ProxiedServer(trusting('127.0.0.1'), true, { reactor, tls: CERTIFICATE });
      const direct = proxied.server.listen({ address: '127.0.0.1', port: 0 });
      reactor.attach();
      const ticket = await takeTicket(direct);
      reactor.detach();
      const turns = turnsOf(reactor);
      for (const pieces of cuts) {
        const client = new DrivenTlsClient(proxied.address as InternetAddress, ticket, turns, pieces);
        client.send(Buffer.from(get('/') + get('/')), turns);
        turns();
        expect(bodiesOf(client)).toEqual(expected);
      }
    });
  });

  test('takes the client from X-Forwarded-For if the PROXY header names a trusted proxy', async () => {
    await using proxied = new ProxiedServer(trusting('127.0.0.1', '192.0.2.1'), true);
    expect(await answered(proxied.address, V1, 'X-Forwarded-For: 203.0.113.5\r\n')).toBe('203.0.113.5:0 by loopback');
  });

  test('ignores X-Forwarded-For if the PROXY header names no trusted proxy', async () => {
    await using proxied = new ProxiedServer(trusting('127.0.0.1'), true);
    expect(await answered(proxied.address, V1, 'X-Forwarded-For: 203.0.113.5\r\n')).toBe('192.0.2.1:51234 by loopback');
  });

  test.each<[what: string, bytes: string | Buffer]>([
    ['a request', get('/')],
    ['an invalid version 1 header', `PROXY TCP4 192.0.2.999 198.51.100.1 1 2\r\n${get('/')}`],
    ['a version 1 header with an invalid IPv6 address', `PROXY TCP6 1:2 ::1 1 2\r\n${get('/')}`],
    ['an invalid version 2 header', Buffer.concat([proxyV2(0x21, 0x11, new Uint8Array(3)), Buffer.from(get('/'))])],
  ])('closes the connection without a response after %s', async (_what, bytes) => {
    await using proxied = new ProxiedServer(trusting('127.0.0.1'), true);
    await using client = await RawClient.connect(proxied.address);
    await client.send(bytes);
    expect(await client.untilEnd()).toHaveLength(0);
    expect(proxied.server.counters.rejections.get('400 missing PROXY header')).toBe(1);
    expect(proxied.logged).toEqual([]);
  });

  test.each([
    ['somebody else', trusting('192.0.2.200')],
    ['anybody, where nobody is believed', undefined],
  ])('closes the connection without a response after a header from %s', async (_who, proxies) => {
    await using proxied = new ProxiedServer(proxies, true);
    await using client = await RawClient.connect(proxied.address);
    await client.send(V1 + get('/'));
    expect(await client.untilEnd()).toHaveLength(0);
    expect(proxied.server.counters.rejections.get('400 PROXY header from an untrusted peer')).toBe(1);
  });

  test('trusts them on a Unix socket', async () => {
    using folder = new Folder();
    await using proxied = new ProxiedServer(trusting(), true, { at: { path: `${folder.path}/a.sock` } });
    expect(await answered(proxied.address, V1)).toBe('192.0.2.1:51234 by unix');
  });

  test('closes the connection at the head deadline if the header is missing or incomplete', async () => {
    await using proxied = new ProxiedServer(trusting('127.0.0.1'), true, { limits: { headDeadlineMs: 20 } });
    await using silent = await RawClient.connect(proxied.address);
    await using slow = await RawClient.connect(proxied.address);
    await slow.send(V1.slice(0, 20));
    expect(await silent.untilEnd()).toHaveLength(0);
    expect(await slow.untilEnd()).toHaveLength(0);
    await until(() => proxied.server.connectionCount === 0, 'both are closed');
  });

  test('counts a connection whose header has not come, and close() closes it', async () => {
    await using proxied = new ProxiedServer(trusting('127.0.0.1'), true, { limits: { connectionsMax: 1 } });
    await using first = await RawClient.connect(proxied.address);
    await first.send(V1.slice(0, 20));
    await using second = await RawClient.connect(proxied.address);
    await second.send(V1 + get('/'));
    await until(() => proxied.server.connectionCount === 1, 'the first is accepted');
    await first.close();
    expect((await second.response()).status).toBe(200); // the end of the first has made room
    await second.close();
    await using third = await RawClient.connect(proxied.address);
    await until(() => proxied.server.counters.connections === 3, 'the third is accepted');
    await proxied.server.close();
    expect(await third.untilEnd()).toHaveLength(0);
  });

  test('serves a connection whose header comes after close() was called with a grace, and closes it then', async () => {
    await using proxied = new ProxiedServer(trusting('127.0.0.1'), true);
    await using client = await RawClient.connect(proxied.address);
    await until(() => proxied.server.connectionCount === 1, 'it is accepted');
    const closed = proxied.server.close({ graceMs: 10_000 });
    await client.send(V1 + get('/'));
    expect((await client.response()).headers.get('connection')).toBe('close');
    expect(await client.untilEnd()).toHaveLength(0);
    await closed;
  });

  test('closes a connection that begins with TLS, without a handshake', async () => {
    await using proxied = new ProxiedServer(trusting('127.0.0.1'), true, { tls: CERTIFICATE });
    await using client = await RawClient.connect(proxied.address);
    await client.send(Uint8Array.of(22, 3, 1, 2, 0));
    expect(await client.untilEnd()).toHaveLength(0);
    const { rejections, handshakes } = proxied.server.counters;
    expect([[...rejections], [...handshakes]]).toEqual([[['400 missing PROXY header', 1]], []]);
  });

  test('is not the default: a PROXY header is then a malformed request', async () => {
    await using proxied = new ProxiedServer(trusting('127.0.0.1'), false);
    await using client = await RawClient.connect(proxied.address);
    await client.send(V1 + get('/'));
    expect((await client.response()).status).toBe(400);
  });
});

describe('Forwarded and X-Forwarded-For', () => {
  const HEADERS = 'X-Forwarded-For: 203.0.113.66\r\nX-Forwarded-For: 203.0.113.5, 127.0.0.1\r\n';

  test('from a trusted proxy name the client, over several lines', async () => {
    await using proxied = new ProxiedServer(trusting('127.0.0.1'), false);
    expect(await answered(proxied.address, '', HEADERS)).toBe('203.0.113.5:0 by loopback');
    expect(await answered(proxied.address, '', 'Forwarded: for=_x\r\nForwarded: for="203.0.113.5:1";by=_y\r\n')).toBe(
      '203.0.113.5:0 by loopback',
    );
    expect(proxied.logged).toEqual(['203.0.113.5:0 200', '203.0.113.5:0 200']);
  });

  test.each([
    ['somebody else', trusting('192.0.2.200')],
    ['anybody, where nobody is believed', undefined],
  ])('from %s change nothing', async (_who, proxies) => {
    await using proxied = new ProxiedServer(proxies, false);
    expect(await answered(proxied.address, '', HEADERS)).toBe('loopback by loopback');
  });

  test('are trusted on a Unix socket if any proxy is trusted; otherwise its client has no address', async () => {
    using folder = new Folder();
    await using believing = new ProxiedServer(trusting(), false, { at: { path: `${folder.path}/a.sock` } });
    expect(await answered(believing.address, '', HEADERS)).toBe('loopback by unix');
    await using other = new ProxiedServer(undefined, false, { at: { path: `${folder.path}/b.sock` } });
    expect(await answered(other.address, '', HEADERS)).toBe('unix by unix');
  });
});
