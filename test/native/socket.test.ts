import { constants as os } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { constants, native } from '../../src/native/addon.js';
import { bytes, CLOSED_FD, errno, openDescriptors, socketPair, text, thrownBy, withFolder } from './support.js';

const { AF_INET, AF_INET6, AF_UNIX, SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC, SOL_SOCKET } = constants;
const { EBADF, EINVAL } = os.errno;
const STREAM = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

let before = 0;
const opened: number[] = [];

function opens(fd: number): number {
  expect(fd).toBeGreaterThanOrEqual(0);
  opened.push(fd);
  return fd;
}

beforeEach(() => {
  before = openDescriptors();
});

afterEach(() => {
  for (const fd of opened.splice(0)) expect(native.close(fd)).toBe(0);
  expect(openDescriptors()).toBe(before);
});

/** sockaddr_in of 127.0.0.1 */
function loopback(port = 0): Uint8Array {
  return Uint8Array.of(AF_INET, 0, port >> 8, port & 255, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
}

function listening(): { listener: number; address: Uint8Array } {
  const listener = opens(native.socket(AF_INET, STREAM, 0));
  expect(native.bind(listener, loopback())).toBe(0);
  expect(native.listen(listener, 8)).toBe(0);
  const address = new Uint8Array(128);
  expect(native.getsockname(listener, address)).toBe(16);
  return { listener, address: address.subarray(0, 16) };
}

describe('A connection', () => {
  test('is made by connect, taken by accept4 with its flags, and named alike at both ends', () => {
    const { listener, address } = listening();
    expect(native.accept4(listener, null, 0)).toBe(-os.errno.EAGAIN);
    const client = opens(native.socket(AF_INET, STREAM, 0));
    expect([0, -os.errno.EINPROGRESS]).toContain(native.connect(client, address));
    const peer = new Uint8Array(128).fill(255);
    const server = opens(native.accept4(listener, peer, SOCK_NONBLOCK | SOCK_CLOEXEC));
    const clientName = new Uint8Array(16);
    expect(native.getsockname(client, clientName)).toBe(16);
    expect(peer.subarray(0, 16)).toEqual(clientName);
    expect(peer.subarray(16).every((byte) => byte === 0)).toBe(true);
    const clientPeer = new Uint8Array(16);
    expect(native.getpeername(client, clientPeer)).toBe(16);
    expect(clientPeer).toEqual(address);
    expect(native.fcntl(server, constants.F_GETFD, 0)).toBe(constants.FD_CLOEXEC);
    expect(native.fcntl(server, constants.F_GETFL, 0) & constants.O_NONBLOCK).toBe(constants.O_NONBLOCK);
    expect(native.getsockopt(client, SOL_SOCKET, constants.SO_ERROR)).toBe(0);
  });

  test('may have its address cut short, or left out', () => {
    const { listener, address } = listening();
    for (const room of [new Uint8Array(4), new Uint8Array(0), null]) {
      const client = opens(native.socket(AF_INET, STREAM, 0));
      native.connect(client, address);
      opens(native.accept4(listener, room, SOCK_NONBLOCK));
      if (room?.length === 4) expect([...room.subarray(0, 2)]).toEqual([AF_INET, 0]);
    }
    const cut = new Uint8Array(4);
    expect(native.getsockname(listener, cut)).toBe(16);
    expect(cut).toEqual(address.subarray(0, 4));
  });

  test('from a client without a name does not get the name of the one before it', () => {
    withFolder((folder) => {
      const path = bytes(join(folder, 'socket'));
      const address = Uint8Array.of(AF_UNIX, 0, ...path, 0);
      const listener = opens(native.socket(AF_UNIX, STREAM, 0));
      expect(native.bind(listener, address)).toBe(0);
      expect(native.listen(listener, 1)).toBe(0);
      const name = new Uint8Array(128);
      expect(native.getsockname(listener, name)).toBe(2 + path.length + 1);
      expect(text(name.subarray(2, 2 + path.length))).toBe(join(folder, 'socket'));
      expect(native.connect(opens(native.socket(AF_UNIX, STREAM, 0)), address)).toBe(0);
      opens(native.accept4(listener, name, 0));
      expect([...name]).toEqual([AF_UNIX, ...new Array(127).fill(0)]);
    });
  });

  test('is shut down in each direction alone', () => {
    const [a, b] = socketPair().map(opens) as [number, number];
    expect(native.shutdown(a, constants.SHUT_WR)).toBe(0);
    expect(native.recv(b, new Uint8Array(1), 0, 1, 0)).toBe(0);
    expect(native.send(b, bytes('x'), 0, 1, 0)).toBe(1);
    expect(native.recv(a, new Uint8Array(1), 0, 1, 0)).toBe(1);
  });
});

describe('What the kernel refuses comes back as a negative number', () => {
  test('a descriptor that is not open', () => {
    const address = loopback();
    expect(native.bind(CLOSED_FD, address)).toBe(-EBADF);
    expect(native.listen(CLOSED_FD, 1)).toBe(-EBADF);
    expect(native.accept4(CLOSED_FD, null, 0)).toBe(-EBADF);
    expect(native.accept4(CLOSED_FD, address, 0)).toBe(-EBADF);
    expect(native.connect(CLOSED_FD, address)).toBe(-EBADF);
    expect(native.shutdown(CLOSED_FD, 0)).toBe(-EBADF);
    expect(native.setsockopt(CLOSED_FD, SOL_SOCKET, constants.SO_KEEPALIVE, 1)).toBe(-EBADF);
    expect(native.getsockopt(CLOSED_FD, SOL_SOCKET, constants.SO_KEEPALIVE)).toBe(-EBADF);
    expect(native.getsockname(CLOSED_FD, address)).toBe(-EBADF);
    expect(native.getpeername(CLOSED_FD, address)).toBe(-EBADF);
    expect(address).toEqual(loopback());
  });

  test('an invalid address, and one that is too long', () => {
    const fd = opens(native.socket(AF_INET, STREAM, 0));
    expect(native.bind(fd, new Uint8Array(0))).toBe(-EINVAL);
    expect(native.bind(fd, loopback().subarray(0, 15))).toBe(-EINVAL);
    expect(native.bind(fd, new Uint8Array(129))).toBe(-EINVAL);
    expect(native.connect(fd, new Uint8Array(1))).toBe(-EINVAL);
    expect(native.socket(9999, STREAM, 0)).toBe(-errno.EAFNOSUPPORT);
    expect(native.getpeername(fd, new Uint8Array(16))).toBe(-errno.ENOTCONN);
  });

  test('an address that is in use', () => {
    const { address } = listening();
    expect(native.bind(opens(native.socket(AF_INET, STREAM, 0)), address)).toBe(-errno.EADDRINUSE);
  });
});

describe('Options', () => {
  test('are ints', () => {
    const fd = opens(native.socket(AF_INET, STREAM, 0));
    expect(native.setsockopt(fd, constants.IPPROTO_TCP, constants.TCP_NODELAY, 1)).toBe(0);
    expect(native.getsockopt(fd, constants.IPPROTO_TCP, constants.TCP_NODELAY)).toBe(1);
    expect(native.getsockopt(fd, SOL_SOCKET, constants.SO_TYPE)).toBe(SOCK_STREAM);
    expect(native.getsockopt(fd, SOL_SOCKET, constants.SO_ACCEPTCONN)).toBe(0);
  });

  test('SO_LINGER is on from 0 seconds upwards, and off below: closing then resets the connection', () => {
    const { listener, address } = listening();
    const client = opens(native.socket(AF_INET, SOCK_STREAM, 0));
    expect(native.connect(client, address)).toBe(0);
    const server = native.accept4(listener, null, 0);
    for (const [seconds, on] of [
      [30, 1],
      [-1, 0],
      [0, 1],
    ] as const) {
      expect(native.setsockopt(server, SOL_SOCKET, constants.SO_LINGER, seconds)).toBe(0);
      expect(native.getsockopt(server, SOL_SOCKET, constants.SO_LINGER)).toBe(on);
    }
    native.close(server);
    expect(native.recv(client, new Uint8Array(1), 0, 1, 0)).toBe(-os.errno.ECONNRESET);
  });

  test('a value below 0, which would read as an error number, is an overflow', () => {
    const SO_PEEK_OFF = 42;
    const [a] = socketPair().map(opens) as [number, number];
    expect(native.getsockopt(a, SOL_SOCKET, SO_PEEK_OFF)).toBe(-errno.EOVERFLOW);
  });
});

describe('inet_pton and inet_ntop', () => {
  test.each([
    [AF_INET, '127.0.0.1', 4],
    [AF_INET, '255.255.255.255', 4],
    [AF_INET6, '::1', 16],
    [AF_INET6, '2001:db8::ff00:42:8329', 16],
    [AF_INET6, '::ffff:192.0.2.1', 16],
  ])('family %d: %s there and back', (family, address, length) => {
    const digits = new Uint8Array(length);
    expect(native.inet_pton(family, address, digits)).toBe(1);
    expect(native.inet_ntop(family, digits)).toBe(address);
  });

  test.each([
    [AF_INET, '127.0.0'],
    [AF_INET, 'localhost'],
    [AF_INET, ''],
    [AF_INET, '127.0.0.1 '],
    [AF_INET6, ':::'],
    [AF_INET6, '127.0.0.1'],
  ])('family %d: %j is no address', (family, address) => {
    expect(native.inet_pton(family, address, new Uint8Array(16))).toBe(0);
  });

  test('the array must have room for an address of the family', () => {
    const message = 'RangeError: bytes: expected at least 16 bytes, got 15';
    expect(thrownBy(() => native.inet_pton(AF_INET6, '::1', new Uint8Array(15)))).toBe(message);
    expect(thrownBy(() => native.inet_ntop(AF_INET6, new Uint8Array(15)))).toBe(message);
  });

  test('other families have no such addresses', () => {
    expect(native.inet_pton(AF_UNIX, '/', new Uint8Array(16))).toBe(-errno.EAFNOSUPPORT);
    expect(thrownBy(() => native.inet_ntop(AF_UNIX, new Uint8Array(16)))).toBe(
      'RangeError: family: expected AF_INET or AF_INET6, got 1',
    );
  });

  test('text with NUL is refused, not cut', () => {
    expect(thrownBy(() => native.inet_pton(AF_INET, '127.0.0.1\0x', new Uint8Array(4)))).toMatch(/^RangeError: text/);
  });
});
