/** The end of a TLS connection, by each side, at each moment. */
import { once } from 'node:events';
import { memoryUsage } from 'node:process';
import { connect as connectTls } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Reactor } from '../../src/reactor/reactor.js';
import { HttpServer } from '../../src/server/http-server.js';
import { selfSigned } from '../../src/tls/self-signed.js';
import type { RecordingProtocol } from '../net/recording-protocol.js';
import { isOpen } from '../net/socket-pair.js';
import { ALERT, CLOSE_NOTIFY, DATA } from './records.js';
import { CarriedClient, recordedConnection, TlsPair, turnUntilQuiet } from './tls-pair.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

let reactor: Reactor;
let pair: TlsPair;

beforeEach(async () => {
  reactor = new Reactor();
  pair = await TlsPair.established();
});

afterEach(() => {
  pair.sockets.close();
  reactor.close();
});

function connect(on: TlsPair = pair): RecordingProtocol {
  return recordedConnection(reactor, on.channel);
}

describe('a client that has sent close_notify', () => {
  test.each([
    ['', false],
    [' and has shut its half of the socket', true],
  ])('with its last bytes%s gets its answer', (_, shuts) => {
    const protocol = connect();
    pair.sockets.write(
      Buffer.concat([pair.client.seal(DATA, Buffer.from('request')), pair.client.seal(ALERT, CLOSE_NOTIFY)]),
    );
    if (shuts) pair.sockets.shutWriting();
    turnUntilQuiet(reactor);
    expect(protocol.calls).toEqual(['bytes request', 'end']);
    protocol.connection.write(Buffer.from('answer'));
    protocol.connection.finish();
    turnUntilQuiet(reactor);
    expect(pair.read().toString()).toBe('answer');
    expect([pair.others, protocol.calls.at(-1)]).toEqual([['alert 0'], 'close']);
  });

  test('while the connection is paused is noticed after resume()', () => {
    const protocol = connect();
    protocol.consume = (text) => {
      protocol.connection.pause();
      return text.length;
    };
    pair.sends('request');
    turnUntilQuiet(reactor);
    pair.sends('more');
    pair.sendsCloseNotify();
    turnUntilQuiet(reactor);
    expect(protocol.calls).toEqual(['bytes request']);
    protocol.consume = (text) => text.length;
    protocol.connection.resume();
    turnUntilQuiet(reactor);
    expect(protocol.calls).toEqual(['bytes request', 'bytes more', 'end']);
    protocol.connection.destroy();
  });

  test('is read no further', () => {
    const protocol = connect();
    pair.sendsCloseNotify();
    pair.sends('behind the end');
    turnUntilQuiet(reactor);
    expect(protocol.calls).toEqual(['end']);
    protocol.connection.destroy();
  });
});

describe('a stream that ends without close_notify', () => {
  test.each([
    ['after a record', 0],
    ['in the middle of a record', 10],
  ])('%s was cut: no end is reported', (_, extra) => {
    const protocol = connect();
    pair.sends('request');
    const next = pair.client.seal(DATA, Buffer.from('never whole'));
    pair.sockets.write(next.subarray(0, extra));
    pair.sockets.shutWriting();
    turnUntilQuiet(reactor);
    expect(protocol.calls.filter((call) => call !== 'peer closing')).toEqual(['bytes request', 'close']);
  });
});

describe('the server', () => {
  test('lingers if it closes after a part of a record has come', () => {
    const protocol = connect();
    const record = pair.client.seal(DATA, Buffer.from('late'));
    pair.sockets.write(record.subarray(0, 5));
    turnUntilQuiet(reactor);
    protocol.connection.write(Buffer.from('answer'));
    protocol.connection.finish();
    turnUntilQuiet(reactor);
    expect(protocol.connection.isClosed).toBe(false);
    pair.sockets.write(record.subarray(5));
    turnUntilQuiet(reactor);
    expect(protocol.connection.isClosed).toBe(false);
    pair.sendsCloseNotify();
    turnUntilQuiet(reactor);
    expect(protocol.calls).toEqual(['close']);
    expect(pair.read().toString()).toBe('answer');
  });

  test('resets a connection that it cuts, and sends no close_notify', () => {
    const protocol = connect();
    protocol.connection.endsBody();
    protocol.connection.write(Buffer.from('half'));
    protocol.connection.destroy();
    expect(pair.read().toString()).toBe('half');
    expect(pair.others).toEqual([]);
  });
});

describe('a client that vanishes', () => {
  test.each([
    ['before it has sent a byte', 0, 0],
    ['in the middle of its ClientHello', 0, 0.5],
    ['after its ClientHello', 1, 0],
    ['in the middle of its Finished', 1, 0.5],
    ['after the handshake', 2, 0],
  ])('%s leaves nothing', async (_, whole, part) => {
    const other = new TlsPair();
    const protocol = connect(other);
    const client = new CarriedClient();
    const next = (): Promise<Buffer> => {
      client.give(other.sockets.read());
      return client.written();
    };
    for (let i = 0; i < whole; i++) {
      other.sockets.write(await next());
      turnUntilQuiet(reactor);
    }
    if (part > 0) {
      const bytes = await next();
      other.sockets.write(bytes.subarray(0, bytes.length * part));
      turnUntilQuiet(reactor);
    }
    const { fd } = other.sockets;
    other.sockets.closePeer();
    turnUntilQuiet(reactor);
    expect([isOpen(fd), protocol.calls.at(-1)]).toEqual([false, 'close']);
    expect(other.failures).toEqual([whole === 2 ? '' : expect.stringMatching(/^(unexpected end|unfinished)$/)]);
    client.socket.destroy();
  });

  test('in the middle of its handshake is forgotten: memory stays constant', async () => {
    const client = new CarriedClient();
    const hello = await client.written();
    client.socket.destroy();
    const round = async (): Promise<number> => {
      for (let i = 0; i < 200; i++) {
        const other = new TlsPair();
        connect(other);
        other.sockets.write(hello);
        turnUntilQuiet(reactor);
        other.sockets.closePeer();
        turnUntilQuiet(reactor);
      }
      collect();
      await new Promise(setImmediate);
      return memoryUsage.rss();
    };
    await round();
    const before = await round();
    expect((await round()) - before).toBeLessThan(3 * 1024 * 1024); // 8 MiB if its sessions stayed
  });
});

describe('renegotiation of TLS 1.2', () => {
  test('is refused, and the server serves on', async () => {
    const tls = selfSigned({ names: ['localhost'], days: 1 });
    await using server = new HttpServer((_request, response) => response.send(200, {}, 'x'), { tls });
    const { port } = server.listen({ address: '127.0.0.1', port: 0 });
    const options = { port, host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2' } as const;
    const socket = connectTls(options);
    await once(socket, 'secureConnect');
    socket.on('error', () => {});
    const refused = new Promise<Error | null>((resolve) => socket.renegotiate({}, resolve));
    expect(String(await Promise.race([refused, once(socket, 'error')]))).toMatch(/no.renegotiation/i);
    socket.destroy();
    const other = connectTls(options);
    other.end('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(String((await once(other, 'data'))[0])).toContain('200 OK');
    other.destroy();
  });
});
