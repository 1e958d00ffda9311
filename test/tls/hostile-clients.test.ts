/** Clients that break the protocol, or bend it: each harms its own connection at most. */
import { once } from 'node:events';
import { constants as os } from 'node:os';
import { memoryUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { native } from '../../src/native/addon.js';
import { LINGERS } from '../../src/net/protocol.js';
import { Reactor } from '../../src/reactor/reactor.js';
import { ConnectionSecurity } from '../../src/server/connection-security.js';
import { ServerCounters } from '../../src/server/counters.js';
import type { SecureContext } from '../../src/tls/secure-context.js';
import { selfSigned } from '../../src/tls/self-signed.js';
import { type TlsContext, tlsAddon } from '../../src/tls/tls-api.js';
import { thrownBy } from '../native/support.js';
import type { RecordingProtocol } from '../net/recording-protocol.js';
import { isOpen, SocketPair } from '../net/socket-pair.js';
import { runProcess } from '../support/processes.js';
import { ALERT, DATA, HANDSHAKE, keyUpdate } from './records.js';
import { CarriedClient, recordedConnection, TlsPair, type TlsPairOptions, turnUntilQuiet } from './tls-pair.js';

const { EAGAIN, EPROTO } = os.errno;

const CHANGE_CIPHER_SPEC = 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const pairs: TlsPair[] = [];
let reactor: Reactor;

beforeEach(() => {
  reactor = new Reactor();
});

afterEach(() => {
  for (const pair of pairs.splice(0)) pair.close();
  reactor.close();
});

async function open(options?: TlsPairOptions): Promise<TlsPair> {
  const pair = await TlsPair.established(options);
  pairs.push(pair);
  return pair;
}

async function connected(options?: TlsPairOptions): Promise<{ pair: TlsPair; protocol: RecordingProtocol }> {
  const pair = await TlsPair.established(options);
  return { pair, protocol: recordedConnection(reactor, pair.channel) };
}

/** Turns until nothing is ready any more. */
describe('the errors of OpenSSL', () => {
  test('of a session that has failed do not reach node:tls in the same thread', async () => {
    const server = new TlsPair();
    pairs.push(server);
    const client = new CarriedClient();
    const errors: unknown[] = [];
    client.socket.on('error', (error) => errors.push(error));
    while (server.failures.length === 0) {
      server.sockets.write(await client.written());
      server.receive();
      client.give(server.sockets.read());
    }
    server.channel.send(Buffer.from('answer'), 0, false);
    const broken = await open();
    broken.sockets.write(Buffer.from([DATA, 3, 3, 0, 20, ...Buffer.alloc(20)]));
    expect(broken.receive()).toBe(-EPROTO);
    client.give(server.sockets.read());
    const [answer] = await Promise.race([once(client.socket, 'data'), once(client.socket, 'close')]);
    expect({ answer: String(answer), errors }).toEqual({ answer: 'answer', errors: [] });
    client.socket.destroy();
  });
});

describe('a connection that lingers', () => {
  test('continues to read after data, until the client ends the stream', async () => {
    const { pair, protocol } = await connected();
    protocol.connection.write(Buffer.from('answer'));
    protocol.connection.finish(LINGERS);
    for (const text of ['one', 'two', 'three']) {
      pair.sends(text);
      turnUntilQuiet(reactor);
      expect(protocol.connection.isClosed).toBe(false);
    }
    expect(pair.read().toString()).toBe('answer');
    expect(pair.others).toEqual(['alert 0']);
    pair.sendsCloseNotify();
    turnUntilQuiet(reactor);
    expect(protocol.connection.isClosed).toBe(true);
    pair.sockets.close();
  });
});

describe('a part of a record', () => {
  test('counts as unread, however short it is', async () => {
    const pair = await open();
    const record = pair.client.seal(DATA, Buffer.from('x'));
    for (const [i] of record.entries()) {
      expect([i, pair.channel.peek()]).toEqual([i, i === 0 ? -EAGAIN : 1]);
      pair.sockets.write(record.subarray(i, i + 1));
      expect(pair.receive()).toBe(i === record.length - 1 ? 'x' : -EAGAIN);
    }
    expect(pair.channel.peek()).toBe(-EAGAIN);
  });
});

test('a client can shake hands after a HelloRetryRequest', async () => {
  const pair = await open({ client: { ecdhCurve: 'ffdhe2048:X25519' } });
  pair.sends('x');
  expect(pair.receive()).toBe('x');
});

describe('the header of a ClientHello of 128 KiB', () => {
  const HELLO = Buffer.from([1, 1, 0xff, 0]);
  const record = (type: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.from([type, 3, 1, 0, content.length]), content]);

  test.each([
    ['in one record', [HELLO]],
    ['in several records', [HELLO.subarray(0, 1), Buffer.alloc(0), HELLO.subarray(1, 3), HELLO.subarray(3)]],
  ])('%s ends the connection: OpenSSL would take memory for all of it', (_, parts) => {
    const pair = new TlsPair();
    pairs.push(pair);
    const stream = Buffer.concat(parts.map((part) => record(HANDSHAKE, part)));
    for (const [i] of stream.entries()) {
      pair.sockets.write(stream.subarray(i, i + 1));
      expect([i, pair.receive()]).toEqual([i, i === stream.length - 1 ? -EPROTO : -EAGAIN]);
    }
    expect(pair.failures).toEqual(['ClientHello too long']);
  });

  test('ends the connection also after a HelloRetryRequest', async () => {
    const pair = new TlsPair();
    pairs.push(pair);
    const client = new CarriedClient({ ecdhCurve: 'ffdhe2048:X25519' }); // it sends a key of the first one only
    pair.sockets.write(await client.written());
    expect(pair.receive()).toBe(-EAGAIN);
    client.socket.destroy();
    pair.sockets.write(Buffer.concat([record(CHANGE_CIPHER_SPEC, Buffer.from([1])), record(HANDSHAKE, HELLO)]));
    expect(pair.receive()).toBe(-EPROTO);
    expect(pair.failures).toEqual(['ClientHello too long']);
  });
});

describe('a flood', () => {
  test('of requests for new keys ends the connection, and only a part of it is answered', async () => {
    const pair = await open();
    const flood: Buffer[] = [];
    for (let i = 0; i < 2000; i++) {
      flood.push(pair.client.seal(HANDSHAKE, keyUpdate(true)));
      pair.client.nextKeys();
    }
    pair.sockets.write(Buffer.concat(flood));
    expect(pair.receive()).toBe(-EPROTO);
    expect(pair.session.failure()).toBe('too many key updates');
    pair.read();
    expect(pair.others.length).toBeLessThan(40);
  });

  test.each([
    ['records without data', DATA, Buffer.alloc(0)],
    ['warnings', ALERT, Buffer.from([1, 90])],
  ])('of %s is cut', async (_, type, content) => {
    const pair = await open();
    pair.sockets.write(Buffer.concat(Array.from({ length: 1000 }, () => pair.client.seal(type, content))));
    expect(pair.receive()).toBe(-EPROTO);
  });
});

describe('a client that has sent half a request for new keys', () => {
  test('is cut by the next write, which OpenSSL refuses until the other half has come', async () => {
    const { pair, protocol } = await connected();
    pair.sockets.write(pair.client.seal(HANDSHAKE, keyUpdate(true).subarray(0, 4)));
    turnUntilQuiet(reactor);
    expect(protocol.connection.isClosed).toBe(false);
    protocol.connection.write(Buffer.from('answer'));
    turnUntilQuiet(reactor);
    expect(protocol.connection.isClosed).toBe(true);
    pair.sockets.close();
  });
});

describe('the end of a response', () => {
  test('is marked by close_notify, although the socket was full when the last byte was sent', async () => {
    const { pair, protocol } = await connected({ sendBufferBytes: 4096 });
    let count = 0;
    while (pair.channel.send(Buffer.from('x'), 0, false) === 1) count++;
    const other = await connected({ sendBufferBytes: 4096 });
    for (let i = 0; i < count; i++) expect(other.pair.channel.send(Buffer.from('x'), 0, false)).toBe(1);
    other.protocol.connection.finish();
    turnUntilQuiet(reactor);
    expect(other.protocol.connection.isClosed).toBe(false);
    other.pair.read();
    turnUntilQuiet(reactor);
    expect(other.protocol.connection.isClosed).toBe(true);
    other.pair.read();
    expect(other.pair.others).toEqual(['alert 0']);
    protocol.connection.destroy();
    for (const each of [pair, other.pair]) each.sockets.close();
  });
});

describe('a context', () => {
  test('is freed when nothing uses it, also if a name refers to it: memory stays constant', async () => {
    const make = (): TlsContext => {
      const { TlsContext: Context, constants } = tlsAddon();
      const context = new Context(
        constants.TLS1_2_VERSION,
        'DEFAULT',
        'TLS_AES_128_GCM_SHA256',
        '\x08http/1.1',
        constants.SSL_VERIFY_NONE,
        null,
        Buffer.alloc(32),
      );
      context.addName('localhost', context);
      return context;
    };
    const rounds = async (): Promise<number> => {
      for (let i = 0; i < 500; i++) make();
      collect();
      await new Promise(setImmediate); // Node calls finalizers then
      return memoryUsage.rss();
    };
    await rounds();
    const before = await rounds();
    expect((await rounds()) - before).toBeLessThan(3 * 1024 * 1024);
  });
});

describe('a session that is freed', () => {
  test('uses no descriptor, also if a new one gets the same number', async () => {
    const { channel, session, sockets } = await TlsPair.established({ sendBufferBytes: 4096 });
    while (session.send(Buffer.alloc(1000), 0, 0) > 0);
    const numbers = sockets.fds;
    channel.close();
    sockets.closePeer();
    const other = new SocketPair();
    expect(other.fds).toEqual(numbers);
    other.write('for its owner');
    const status = new Int32Array(1);
    const closed = /^RangeError: the session is closed$/;
    expect(thrownBy(() => session.recv(Buffer.alloc(84 * 1024), 0, status))).toMatch(closed);
    expect(thrownBy(() => session.send(Buffer.alloc(1000), 0, 0))).toMatch(closed);
    expect(thrownBy(() => session.writev([Buffer.alloc(1000)], 0))).toMatch(closed);
    expect(thrownBy(() => session.sendfile(0, 0, 1000))).toMatch(closed);
    expect(thrownBy(() => session.shutdown())).toMatch(closed);
    expect(thrownBy(() => session.details())).toMatch(closed);
    expect(session.hasPartialRecord()).toBe(false);
    session.free();
    expect(other.read().length).toBe(0);
    expect(native.recv(other.fd, Buffer.alloc(100))).toBe('for its owner'.length);
    other.close();
  });
});

describe('a thread', () => {
  test('can be terminated while its clients shake hands and exchange requests', async () => {
    const { cert, key } = selfSigned({ names: ['localhost'], days: 1 });
    expect(await runProcess('terminated-tls-workers.mjs', cert, key)).toMatchObject({
      code: 0,
      stdout: 'done\n',
      stderr: '',
    });
  });
});

describe('misuse', () => {
  test('of a constructor is refused', () => {
    const { TlsSession, TlsContext: Context } = tlsAddon();
    const pair = new TlsPair();
    pairs.push(pair);
    for (const wrong of [undefined, null, {}, Context, pair.session]) {
      expect(thrownBy(() => new TlsSession(0, wrong as TlsContext))).toBe('TypeError: context: expected a TlsContext');
    }
  });

  test('a socket is closed if its session cannot be made', () => {
    const sockets = new SocketPair();
    const context = {
      accept: () => {
        throw new Error('out of memory');
      },
    } as unknown as SecureContext;
    expect(() => new ConnectionSecurity(sockets.fd, context, new ServerCounters())).toThrow('out of memory');
    expect(isOpen(sockets.fd)).toBe(false);
    sockets.closePeer();
  });
});
