import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  AF_INET,
  bind,
  connect,
  getsockname,
  getsockopt,
  listeningSocket,
  recv,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  socket,
} from '../../src/linux/sockets.js';
import { constants } from '../../src/native/addon.js';
import { Descriptors, expectNoLeaks, openFds } from '../support/descriptors.js';
import { accepted, Folder, internet, LOOPBACK } from '../support/sockets.js';
import { messageOf, thrownBy } from '../support/thrown-error.js';

expectNoLeaks();

describe('An error names the address', () => {
  test('that is in use: EADDRINUSE', () => {
    using fds = new Descriptors();
    const listener = fds.own(listeningSocket(LOOPBACK, 5));
    const address = internet(getsockname(listener));
    expect(thrownBy(() => listeningSocket(address, 5))).toMatchObject({
      code: 'EADDRINUSE',
      syscall: 'bind',
      address: '127.0.0.1',
      port: address.port,
      message: `bind EADDRINUSE: address already in use 127.0.0.1:${address.port}`,
    });
  });

  test('that is in use by a Unix socket', () => {
    using folder = new Folder();
    using fds = new Descriptors();
    const path = join(folder.path, 'a.sock');
    fds.own(listeningSocket({ path }, 5));
    expect(thrownBy(() => listeningSocket({ path }, 5))).toMatchObject({
      code: 'EADDRINUSE',
      syscall: 'bind',
      path,
      message: `bind EADDRINUSE: address already in use ${path}`,
    });
  });

  test('on which no socket listens: ECONNREFUSED', () => {
    using fds = new Descriptors();
    const bound = fds.own(socket(AF_INET, SOCK_STREAM));
    bind(bound, LOOPBACK);
    const { address, port } = internet(getsockname(bound));
    expect(thrownBy(() => connect(fds.own(socket(AF_INET, SOCK_STREAM)), { address, port }))).toMatchObject({
      code: 'ECONNREFUSED',
      syscall: 'connect',
      message: `connect ECONNREFUSED: connection refused 127.0.0.1:${port}`,
    });
  });

  test('that is not of this machine: EADDRNOTAVAIL', () => {
    expect(messageOf(() => listeningSocket({ address: '203.0.113.1', port: 80 }, 5))).toBe(
      'SystemError: bind EADDRNOTAVAIL: address not available 203.0.113.1:80',
    );
  });
});

describe('listeningSocket()', () => {
  test('leaves no descriptor open when it fails, at whichever step', () => {
    using fds = new Descriptors();
    const taken = getsockname(fds.own(listeningSocket(LOOPBACK, 5)));
    const before = openFds();
    const fails: [() => unknown, string][] = [
      [() => listeningSocket(taken, 5), 'EADDRINUSE'],
      // libuv's name for EOPNOTSUPP, which has the same number.
      [() => listeningSocket(LOOPBACK, 5, constants.SOCK_DGRAM), 'ENOTSUP'],
      [() => listeningSocket(LOOPBACK, 5, 99), 'EINVAL'],
    ];
    for (const [call, code] of fails) expect(thrownBy(call)).toMatchObject({ code });
    expect(messageOf(() => listeningSocket({ address: 'localhost', port: 0 }, 5))).toMatch(/^RangeError: address/);
    expect(messageOf(() => listeningSocket({ address: '127.0.0.1', port: -1 }, 5))).toMatch(/^RangeError: port/);
    expect(openFds()).toEqual(before);
  });

  test('takes a port again at once after the connections of the one before it', () => {
    using fds = new Descriptors();
    const listener = fds.own(listeningSocket(LOOPBACK, 5));
    const address = getsockname(listener);
    const client = fds.own(socket(AF_INET, SOCK_STREAM));
    connect(client, address);
    fds.close(accepted(listener).fd); // the server closes first, so that TIME_WAIT stays on its port
    expect(recv(client, new Uint8Array(1))).toBe(0);
    fds.close(client);
    fds.close(listener);
    expect(getsockname(fds.own(listeningSocket(address, 5)))).toEqual(address);
  });

  test('returns a socket that listens', () => {
    using fds = new Descriptors();
    const listener = fds.own(listeningSocket(LOOPBACK, 5));
    expect(getsockopt(listener, SOL_SOCKET, constants.SO_ACCEPTCONN)).toBe(1);
    expect(getsockopt(listener, SOL_SOCKET, SO_REUSEADDR)).toBe(1);
  });
});
