import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  accept,
  bind,
  close,
  connect,
  getpeername,
  getsockname,
  getsockopt,
  IPPROTO_TCP,
  listen,
  listeningSocket,
  recv,
  SHUT_RD,
  SHUT_WR,
  SO_ERROR,
  SO_REUSEADDR,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  send,
  setblocking,
  setsockopt,
  shutdown,
  socket,
  TCP_NODELAY,
  WOULD_BLOCK,
} from '../../src/linux/sockets.js';
import { constants, native } from '../../src/native/addon.js';
import { bytes, Descriptors, expectNoLeaks, NOT_OPEN } from '../support/descriptors.js';
import { accepted, Folder, internet, LOOPBACK } from '../support/sockets.js';
import { thrownBy } from '../support/thrown-error.js';

expectNoLeaks();

function text(fd: number, length = 64): string {
  const buffer = new Uint8Array(length);
  const count = recv(fd, buffer);
  if (count === WOULD_BLOCK) throw new Error('expected bytes');
  return new TextDecoder().decode(buffer.subarray(0, count));
}

describe('A conversation', () => {
  test('over TCP: socket, bind, listen, connect, accept, send, recv, shutdown, close', () => {
    const listener = socket(AF_INET, SOCK_STREAM);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, 1);
    bind(listener, LOOPBACK);
    listen(listener, 5);
    const address = internet(getsockname(listener));
    expect(address).toEqual({ address: '127.0.0.1', port: expect.any(Number) });
    expect(address.port).toBeGreaterThan(0);

    const client = socket(AF_INET, SOCK_STREAM);
    connect(client, address);
    const server = accepted(listener);
    expect(server.address).toEqual(getsockname(client));
    expect(getpeername(server.fd)).toEqual(getsockname(client));
    expect(getpeername(client)).toEqual(address);

    expect(send(client, bytes('ping'))).toBe(4);
    expect(text(server.fd)).toBe('ping');
    expect(send(server.fd, bytes('pong'))).toBe(4);
    shutdown(server.fd, SHUT_WR);
    expect(text(client)).toBe('pong');
    expect(recv(client, new Uint8Array(8))).toBe(0);
    expect(send(client, bytes('still'))).toBe(5);
    expect(text(server.fd)).toBe('still');
    for (const fd of [client, server.fd, listener]) close(fd);
  });

  test('over a Unix socket, where the client has no name', () => {
    using folder = new Folder();
    using fds = new Descriptors();
    const address = { path: join(folder.path, 'a.sock') };
    const listener = fds.own(listeningSocket(address, 5));
    expect(getsockname(listener)).toEqual(address);
    const client = fds.own(socket(AF_UNIX, SOCK_STREAM));
    connect(client, address);
    const server = accepted(listener);
    fds.own(server.fd);
    expect(server.address).toEqual({ path: '' });
    expect(getpeername(client)).toEqual(address);
    expect(send(server.fd, bytes('hello'))).toBe(5);
    expect(text(client)).toBe('hello');
  });

  test('over a Unix socket: each client has its own name', () => {
    using folder = new Folder();
    using fds = new Descriptors();
    const address = { path: join(folder.path, 'a.sock') };
    const listener = fds.own(listeningSocket(address, 5));
    const named = fds.own(socket(AF_UNIX, SOCK_STREAM));
    bind(named, { path: join(folder.path, 'client.sock') });
    for (const client of [named, fds.own(socket(AF_UNIX, SOCK_STREAM))]) connect(client, address);
    const [first, second] = [accepted(listener), accepted(listener)];
    fds.own(first.fd);
    fds.own(second.fd);
    expect(first.address).toEqual({ path: join(folder.path, 'client.sock') });
    expect(second.address).toEqual({ path: '' });
  });

  const hasIpv6 = existsSync('/proc/net/if_inet6');
  (hasIpv6 ? test : test.skip)('over IPv6', () => {
    using fds = new Descriptors();
    const listener = fds.own(listeningSocket({ address: '::1', port: 0 }, 5));
    const address = internet(getsockname(listener));
    expect(address.address).toBe('::1');
    const client = fds.own(socket(AF_INET6, SOCK_STREAM));
    connect(client, address);
    const server = accepted(listener);
    fds.own(server.fd);
    expect(server.address).toEqual(getsockname(client));
  });
});

describe('A non-blocking descriptor', () => {
  test('would block: accept() with no connection, recv() with no bytes, send() to a full buffer', () => {
    using fds = new Descriptors();
    const listener = fds.own(listeningSocket(LOOPBACK, 5, SOCK_STREAM | SOCK_NONBLOCK));
    expect(accept(listener)).toBe(WOULD_BLOCK);

    const client = fds.own(socket(AF_INET, SOCK_STREAM));
    connect(client, getsockname(listener));
    const server = fds.own(accepted(listener, SOCK_NONBLOCK).fd);
    expect(accept(listener)).toBe(WOULD_BLOCK);
    expect(recv(server, new Uint8Array(1))).toBe(WOULD_BLOCK);

    const chunk = new Uint8Array(1 << 20);
    let sent = 0;
    for (let n = send(server, chunk); n !== WOULD_BLOCK; n = send(server, chunk)) sent += n;
    expect(sent).toBeGreaterThan(0);
    expect(send(server, chunk)).toBe(WOULD_BLOCK);
  });

  test('connects later: EINPROGRESS, and SO_ERROR tells when it is writable', () => {
    using fds = new Descriptors();
    const listener = fds.own(listeningSocket(LOOPBACK, 5));
    const client = fds.own(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK));
    const address = internet(getsockname(listener));
    expect(thrownBy(() => connect(client, address))).toMatchObject({ code: 'EINPROGRESS', syscall: 'connect' });
    fds.own(accepted(listener).fd);
    expect(native.poll(Int32Array.of(client, constants.POLLOUT), 1, -1)).toBe(1);
    expect(getsockopt(client, SOL_SOCKET, SO_ERROR)).toBe(0);
  });

  test('is made by setblocking(fd, false), and setblocking(fd, true) makes it blocking', () => {
    using fds = new Descriptors();
    const fd = fds.own(socket(AF_INET, SOCK_STREAM));
    const flags = (): number => native.fcntl(fd, constants.F_GETFL, 0);
    const before = flags();
    expect(before & constants.O_NONBLOCK).toBe(0);
    setblocking(fd, false);
    expect(flags()).toBe(before | constants.O_NONBLOCK);
    setblocking(fd, false);
    setblocking(fd, true);
    expect(flags()).toBe(before);
    expect(thrownBy(() => setblocking(NOT_OPEN, true))).toMatchObject({ code: 'EBADF', syscall: 'fcntl' });
  });
});

describe('A socket', () => {
  test('is closed on exec, and an accepted one too', () => {
    using fds = new Descriptors();
    const listener = fds.own(listeningSocket(LOOPBACK, 5));
    const client = fds.own(socket(AF_INET, SOCK_STREAM));
    connect(client, getsockname(listener));
    const server = fds.own(accepted(listener).fd);
    for (const fd of [listener, client, server]) {
      expect(native.fcntl(fd, constants.F_GETFD, 0)).toBe(constants.FD_CLOEXEC);
    }
  });

  test('that is accepted blocks without SOCK_NONBLOCK, whether the listening one blocks or not', () => {
    using fds = new Descriptors();
    const listener = fds.own(listeningSocket(LOOPBACK, 5, SOCK_STREAM | SOCK_NONBLOCK));
    const blocks = [0, SOCK_NONBLOCK].map((flags) => {
      const client = fds.own(socket(AF_INET, SOCK_STREAM));
      connect(client, getsockname(listener));
      const server = fds.own(accepted(listener, flags).fd);
      return (native.fcntl(server, constants.F_GETFL, 0) & constants.O_NONBLOCK) === 0;
    });
    expect(blocks).toEqual([true, false]);
  });

  test('keeps the options that are set', () => {
    using fds = new Descriptors();
    const fd = fds.own(socket(AF_INET, SOCK_STREAM));
    expect(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY)).toBe(0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    expect(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY)).toBe(1);
    expect(thrownBy(() => setsockopt(fd, SOL_SOCKET, 9999, 1))).toMatchObject({ code: 'ENOPROTOOPT' });
    expect(thrownBy(() => getsockopt(fd, SOL_SOCKET, 9999))).toMatchObject({ code: 'ENOPROTOOPT' });
  });

  test('whose peer has closed: EPIPE is thrown and no signal ends the process', () => {
    using fds = new Descriptors();
    const [a, b] = fds.pair();
    fds.close(b);
    expect(thrownBy(() => send(a, bytes('x')))).toMatchObject({
      code: 'EPIPE',
      syscall: 'send',
      message: 'send EPIPE: broken pipe',
    });
  });

  test('whose peer has closed with bytes unread: ECONNRESET', () => {
    using fds = new Descriptors();
    const [a, b] = fds.pair();
    send(a, bytes('unread'));
    fds.close(b);
    expect(thrownBy(() => recv(a, new Uint8Array(8)))).toMatchObject({ code: 'ECONNRESET', syscall: 'recv' });
  });

  test('that is not connected: ENOTCONN', () => {
    using fds = new Descriptors();
    const fd = fds.own(socket(AF_INET, SOCK_STREAM));
    expect(thrownBy(() => shutdown(fd, SHUT_RD))).toMatchObject({ code: 'ENOTCONN', syscall: 'shutdown' });
    expect(thrownBy(() => getpeername(fd))).toMatchObject({ code: 'ENOTCONN', syscall: 'getpeername' });
  });

  const calls: [string, () => unknown][] = [
    ['bind', () => bind(NOT_OPEN, LOOPBACK)],
    ['listen', () => listen(NOT_OPEN, 1)],
    ['accept4', () => accept(NOT_OPEN)],
    ['connect', () => connect(NOT_OPEN, { address: '127.0.0.1', port: 1 })],
    ['recv', () => recv(NOT_OPEN, new Uint8Array(1))],
    ['send', () => send(NOT_OPEN, new Uint8Array(1))],
    ['shutdown', () => shutdown(NOT_OPEN, SHUT_WR)],
    ['setsockopt', () => setsockopt(NOT_OPEN, SOL_SOCKET, SO_REUSEADDR, 1)],
    ['getsockopt', () => getsockopt(NOT_OPEN, SOL_SOCKET, SO_ERROR)],
    ['getsockname', () => getsockname(NOT_OPEN)],
    ['getpeername', () => getpeername(NOT_OPEN)],
    ['close', () => close(NOT_OPEN)],
  ];
  test.each(calls)('that is closed: %s throws EBADF', (syscall, call) => {
    expect(thrownBy(call)).toMatchObject({ name: 'SystemError', code: 'EBADF', syscall });
  });
});
