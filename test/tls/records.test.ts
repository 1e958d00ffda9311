/** Bytes of TLS that come and go in parts: the ends of records, of packets and of requests fall anywhere. */
import { once } from 'node:events';
import { constants as os } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Reactor } from '../../src/reactor/reactor.js';
import type { RecordingProtocol } from '../net/recording-protocol.js';
import { DATA, HANDSHAKE, keyUpdate } from './records.js';
import { CarriedClient, recordedConnection, TlsPair, turnUntilQuiet } from './tls-pair.js';

const { EAGAIN } = os.errno;

let reactor: Reactor;
const pairs: TlsPair[] = [];

beforeEach(() => {
  reactor = new Reactor();
});

afterEach(() => {
  for (const pair of pairs.splice(0)) pair.close();
  reactor.close();
});

async function established(sendBufferBytes?: number): Promise<TlsPair> {
  const pair = await TlsPair.established(sendBufferBytes === undefined ? {} : { sendBufferBytes });
  pairs.push(pair);
  return pair;
}

function connect(pair: TlsPair): RecordingProtocol {
  pairs.splice(pairs.indexOf(pair), 1);
  return recordedConnection(reactor, pair.channel);
}

const HEADER_BYTES = 5;

/** The message of one record of the handshake, in records of `length` bytes. */
function fragmented(record: Buffer, length: number): Buffer {
  const records: Buffer[] = [];
  for (let at = HEADER_BYTES; at < record.length; at += length) {
    const part = record.subarray(at, at + length);
    records.push(Buffer.from([HANDSHAKE, 3, 1, part.length >> 8, part.length & 0xff]), part);
  }
  return Buffer.concat(records);
}

describe('a ClientHello', () => {
  let hello: Buffer;

  beforeEach(async () => {
    const client = new CarriedClient();
    hello = await client.written();
    client.socket.destroy();
  });

  test('is answered when it is complete, wherever it was split', () => {
    for (let cut = 1; cut < hello.length; cut++) {
      const pair = new TlsPair();
      pair.sockets.write(hello.subarray(0, cut));
      expect([cut, pair.receive(), pair.sockets.read().length]).toEqual([cut, -EAGAIN, 0]);
      pair.sockets.write(hello.subarray(cut));
      expect([cut, pair.receive()]).toEqual([cut, -EAGAIN]);
      expect([cut, pair.sockets.read()[0]]).toEqual([cut, HANDSHAKE]);
      pair.close();
    }
  });

  test.each([1, 2, 3, 4, 5, 100])('in records of %i bytes is answered', (length) => {
    const pair = new TlsPair();
    pairs.push(pair);
    pair.sockets.write(fragmented(hello, length));
    expect(pair.receive()).toBe(-EAGAIN);
    expect(pair.sockets.read()[0]).toBe(HANDSHAKE);
  });

  test('and everything after it can come byte by byte', async () => {
    const pair = new TlsPair();
    const client = new CarriedClient();
    const protocol = connect(pair);
    const isSecure = once(client.socket, 'secureConnect');
    const feed = (bytes: Buffer): void => {
      for (const [i] of bytes.entries()) {
        pair.sockets.write(bytes.subarray(i, i + 1));
        turnUntilQuiet(reactor);
      }
      client.give(pair.sockets.read());
    };
    while (pair.failures.length === 0) feed(await client.written());
    await isSecure;
    client.socket.write('request');
    feed(await client.written());
    protocol.connection.write(Buffer.from('answer'));
    client.give(pair.sockets.read());
    const [answer] = await once(client.socket, 'data');
    expect([pair.failures, protocol.calls, String(answer)]).toEqual([[''], ['bytes request'], 'answer']);
    client.socket.destroy();
    protocol.connection.destroy();
    pair.sockets.close();
  });
});

describe('data', () => {
  const TEXTS = ['GET /one ', 'GET /two ', 'GET /three '];

  test('in three records arrives as each record becomes complete, wherever the stream is split', async () => {
    const pair = await established();
    const protocol = connect(pair);
    for (let cut = 1, length = 2; cut < length; cut++) {
      const sealed = TEXTS.map((text) => pair.client.seal(DATA, Buffer.from(text)));
      const stream = Buffer.concat(sealed);
      length = stream.length;
      pair.sockets.write(stream.subarray(0, cut));
      turnUntilQuiet(reactor);
      const ends = sealed.map((_, i) => Buffer.concat(sealed.slice(0, i + 1)).length);
      const whole = TEXTS.filter((_, i) => (ends[i] as number) <= cut);
      expect([cut, textOf(protocol)]).toEqual([cut, whole.join('')]);
      pair.sockets.write(stream.subarray(cut));
      turnUntilQuiet(reactor);
      expect([cut, textOf(protocol)]).toEqual([cut, TEXTS.join('')]);
      protocol.calls.length = 0;
    }
    protocol.connection.destroy();
    pair.sockets.close();
  });

  test('that a paused connection has left in the kernel arrives after resume(), also after a part of a record', async () => {
    const pair = await established();
    const protocol = connect(pair);
    for (let cut = 1; cut < 30; cut++) {
      const record = pair.client.seal(DATA, Buffer.from('later'));
      pair.sockets.write(record.subarray(0, cut));
      turnUntilQuiet(reactor);
      protocol.connection.pause();
      pair.sockets.write(record.subarray(cut));
      turnUntilQuiet(reactor);
      expect([cut, textOf(protocol)]).toEqual([cut, cut >= record.length ? 'later' : '']);
      protocol.connection.resume();
      turnUntilQuiet(reactor);
      expect([cut, textOf(protocol)]).toEqual([cut, 'later']);
      protocol.calls.length = 0;
    }
    protocol.connection.destroy();
    pair.sockets.close();
  });

  test('of many records of the largest size, more than the buffer has room for, arrives whole', async () => {
    const pair = await established();
    const protocol = connect(pair);
    const texts = Array.from('abcdefgh', (letter) => letter.repeat(16_384));
    const part = pair.client.seal(DATA, Buffer.from(texts[0] as string));
    pair.sockets.write(part.subarray(0, -1));
    turnUntilQuiet(reactor);
    const rest = texts.slice(1).map((text) => pair.client.seal(DATA, Buffer.from(text)));
    pair.sockets.write(Buffer.concat([part.subarray(-1), ...rest]));
    turnUntilQuiet(reactor);
    expect(textOf(protocol)).toBe(texts.join(''));
    protocol.connection.destroy();
    pair.sockets.close();
  });

  test('goes on with new keys in both directions, while the socket is full', async () => {
    const pair = await established(4096);
    const protocol = connect(pair);
    const sent = Buffer.alloc(300_000, 'download');
    protocol.connection.write(sent);
    const read: Buffer[] = [];
    for (let i = 0; i < 5; i++) {
      pair.sockets.write(pair.client.seal(HANDSHAKE, keyUpdate(true)));
      pair.client.nextKeys();
      pair.sends(`upload ${i} `);
      turnUntilQuiet(reactor);
      read.push(pair.read(5000));
    }
    for (let i = 0; i < 100; i++) {
      read.push(pair.read());
      turnUntilQuiet(reactor);
    }
    expect(Buffer.concat(read).equals(sent)).toBe(true);
    expect(textOf(protocol)).toMatch(/^upload 0 upload 1 upload 2 upload 3 upload 4 (flushed)?$/);
    expect(pair.others).toEqual(Array(5).fill('handshake 24'));
    protocol.connection.destroy();
    pair.sockets.close();
  });
});

describe('a ticket', () => {
  test('permits no early data, which an attacker could send again', async () => {
    const pair = await established();
    const NEW_SESSION_TICKET = 4;
    const messages = pair.tickets;
    expect(messages.map((message) => message[0])).toEqual([NEW_SESSION_TICKET, NEW_SESSION_TICKET]);
    // Its last field is the list of extensions: early_data is the only one (RFC 8446 §4.6.1).
    for (const message of messages) expect(message.subarray(-2)).toEqual(Buffer.from([0, 0]));
  });
});

function textOf({ calls }: RecordingProtocol): string {
  return calls.map((call) => call.replace(/^bytes /, '')).join('');
}
