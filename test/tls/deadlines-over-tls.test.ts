/** The deadlines over TLS, where that of the head covers the handshake too; and the other bounds of a handshake. */
import { constants as os } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../src/limits.js';
import { IDLE_MS_MIN } from '../../src/server/http-host.js';
import { DrivenClient } from '../client/driven-client.js';
import { DrivenTlsClient, takeTicket } from '../client/driven-tls-client.js';
import { get } from '../client/raw-client.js';
import { speakTls } from '../client/transport.js';
import { pass } from '../server/stopped-clock.js';
import { echo, TestServer } from '../server/test-server.js';

speakTls();
await import('../server/deadlines.test.js');

const { headDeadlineMs: HEAD_DEADLINE_MS } = DEFAULT_LIMITS;

/** A ClientHello of 512 bytes begins so. */
const HELLO_START = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, ...Array<number>(32).fill(7)]);

describe('a client that does not finish the handshake', () => {
  test('is closed without a byte at the head deadline, and not before', async () => {
    await using target = new TestServer(echo);
    const client = new DrivenClient(target.address);
    pass(target, HEAD_DEADLINE_MS - 1);
    expect(target.server.connectionCount).toBe(1);
    pass(target, 1);
    expect(target.server.connectionCount).toBe(0);
    client.receive();
    expect([client.hasEnded, client.received.length]).toEqual([true, 0]);
    expect([...target.server.counters.handshakes]).toEqual([['failed unfinished', 1]]);
    client.close();
  });

  test('gets no more time by sending a byte now and then, and no 408', async () => {
    await using target = new TestServer(echo);
    const client = new DrivenClient(target.address);
    for (let i = 0; i < 10; i++) {
      client.send(HELLO_START.subarray(i, i + 1), () => {});
      expect(target.server.connectionCount).toBe(Math.min(i, 1));
      pass(target, HEAD_DEADLINE_MS / 10);
    }
    expect(target.server.connectionCount).toBe(0);
    client.receive();
    expect([client.hasEnded, client.received.length]).toEqual([true, 0]);
    client.close();
  });

  test('is closed by a server that shuts down, when it has had a second', async () => {
    await using target = new TestServer(echo);
    const client = new DrivenClient(target.address);
    target.turns();
    const closed = target.server.close({ graceMs: 60_000 });
    pass(target, IDLE_MS_MIN - 1);
    expect(target.server.connectionCount).toBe(1);
    pass(target, 1);
    await closed;
    client.receive();
    expect([client.hasEnded, client.received.length]).toEqual([true, 0]);
    client.close();
  });
});

test('a client that is in the handshake when the server shuts down gets the response to its request, which is the last', async () => {
  await using target = new TestServer(echo);
  const turns = (): void => target.turns();
  const client = new DrivenTlsClient(target.address, await takeTicket(target.address), turns); // its Finished is unread
  const closed = target.server.close({ graceMs: 60_000 });
  client.send(Buffer.from(get('/')), turns);
  turns();
  await closed;
  client.receive();
  expect(client.received.toString()).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*Connection: close\r\n[\s\S]*GET \/$/);
  expect(client.hasEnded).toBe(true);
  client.close();
});

test('a client beyond connectionsPerAddressMax is closed without a byte: it would not understand a 503', async () => {
  await using target = new TestServer(echo, { connectionsPerAddressMax: 1 });
  const clients = [new DrivenClient(target.address), new DrivenClient(target.address)] as const;
  target.turns();
  const [, second] = clients;
  second.send(HELLO_START, () => {});
  second.receive();
  expect(second.received.length).toBe(0);
  expect(second.hasEnded || second.errno === os.errno.ECONNRESET).toBe(true);
  expect(target.server.counters.connectionsRefused).toBe(1);
  for (const client of clients) client.close();
});
