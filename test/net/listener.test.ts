import { closeSync } from 'node:fs';
import { constants as os } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import type { InternetAddress } from '../../src/linux/socket-address.js';
import { constants, native } from '../../src/native/addon.js';
import { ACCEPTS_PER_TURN, Listener } from '../../src/net/listener.js';
import { openListeningSocket } from '../../src/net/listening-socket.js';
import { Reactor } from '../../src/reactor/reactor.js';
import { RawClient } from '../client/raw-client.js';

let reactor: Reactor;
let listener: Listener;
let accepted: number[];

beforeEach(() => {
  reactor = new Reactor();
  accepted = [];
  listener = new Listener(reactor, openListeningSocket({ address: '127.0.0.1', port: 0 }), {
    onConnection: (fd) => accepted.push(fd),
  });
});

afterEach(() => {
  listener.close();
  for (const fd of accepted) closeSync(fd);
  reactor.close();
});

function connectMany(count: number): Promise<RawClient[]> {
  return Promise.all(Array.from({ length: count }, () => RawClient.connect(listener.address as InternetAddress)));
}

test('a listener accepts a bounded number of connections in a turn, so that a flood does not starve those that are open', async () => {
  const clients = await connectMany(ACCEPTS_PER_TURN + 10);
  reactor.turn(0);
  expect(accepted).toHaveLength(ACCEPTS_PER_TURN);
  reactor.turn(0);
  expect(accepted).toHaveLength(ACCEPTS_PER_TURN + 10);
  expect(reactor.turn(0)).toBe(0);
  await Promise.all(clients.map((client) => client.close()));
});

test('an accepted connection is non-blocking and close-on-exec', async () => {
  const [client] = await connectMany(1);
  reactor.turn(0);
  const fd = accepted[0] as number;
  expect(native.fcntl(fd, constants.F_GETFL, 0) & constants.O_NONBLOCK).not.toBe(0);
  expect(native.fcntl(fd, constants.F_GETFD, 0) & constants.FD_CLOEXEC).not.toBe(0);
  await client?.close();
});

test('a closed listener accepts no connection, not even those that were waiting', async () => {
  const [client] = await connectMany(1);
  listener.close();
  listener.close();
  reactor.turn(0);
  expect(accepted).toEqual([]);
  await client?.untilEnd();
  await client?.close();
});

test('a listener that is closed while it accepts stops', async () => {
  listener.close();
  listener = new Listener(reactor, openListeningSocket({ address: '127.0.0.1', port: 0 }), {
    onConnection: (fd) => {
      accepted.push(fd);
      listener.close();
    },
  });
  const clients = await connectMany(3);
  reactor.turn(0);
  expect(accepted).toHaveLength(1);
  await Promise.all(clients.map((client) => client.close()));
});

describe('a listener whose socket another process has shut down', () => {
  let fd: number;

  beforeEach(() => {
    listener.close();
    fd = openListeningSocket({ address: '127.0.0.1', port: 0 });
    listener = new Listener(reactor, fd, { onConnection: () => {} });
    native.shutdown(fd, constants.SHUT_RDWR);
  });

  test('closes the socket and reports the error, and does not stay ready for ever', () => {
    expect(() => reactor.turn(0)).toThrow('accept4 EINVAL');
    expect(native.fcntl(fd, constants.F_GETFD, 0)).toBe(-os.errno.EBADF);
    expect(reactor.turn(0)).toBe(0);
  });

  test('has nothing to accept when the server closes', () => {
    listener.acceptWaiting();
    listener.close();
    expect(reactor.turn(0)).toBe(0);
  });
});
