import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { connect, getsockname, listeningSocket, SOCK_STREAM, socket } from '../../src/linux/sockets.js';
import { constants, native } from '../../src/native/addon.js';
import { adoptListeningSocket, openListeningSocket } from '../../src/net/listening-socket.js';
import { Descriptors, expectNoLeaks } from '../support/descriptors.js';
import { accepted, Folder, internet, LOOPBACK } from '../support/sockets.js';

expectNoLeaks();

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

function hasFlags(fd: number): [isNonBlocking: boolean, isCloseOnExec: boolean] {
  return [
    (native.fcntl(fd, constants.F_GETFL, 0) & constants.O_NONBLOCK) !== 0,
    (native.fcntl(fd, constants.F_GETFD, 0) & constants.FD_CLOEXEC) !== 0,
  ];
}

describe('a listening socket', () => {
  test('a listening socket is non-blocking and close-on-exec', () => {
    using fds = new Descriptors();
    expect(hasFlags(fds.own(openListeningSocket(LOOPBACK)))).toEqual([true, true]);
  });

  test('a port opened with reusePort is shared only with sockets that set it too', () => {
    using fds = new Descriptors();
    const address = internet(getsockname(fds.own(openListeningSocket(LOOPBACK, { reusePort: true }))));
    fds.own(openListeningSocket(address, { reusePort: true }));
    expect(() => openListeningSocket(address)).toThrow('EADDRINUSE');
  });

  (hasIpv6 ? test : test.skip)('a socket on :: accepts IPv4 too, unless ipv6Only is set', () => {
    using fds = new Descriptors();
    const both = fds.own(openListeningSocket({ address: '::', port: 0 }));
    const { port } = internet(getsockname(both));
    connect(fds.own(socket(constants.AF_INET, SOCK_STREAM)), { address: '127.0.0.1', port });
    const { fd, address } = accepted(both);
    fds.own(fd);
    expect(internet(address).address).toBe('::ffff:127.0.0.1');
    const one = fds.own(openListeningSocket({ address: '::', port: 0 }, { ipv6Only: true }));
    fds.own(openListeningSocket({ address: '0.0.0.0', port: internet(getsockname(one)).port }));
  });
});

describe('the file of a Unix socket', () => {
  test('the file of a Unix socket has the mode of the options', () => {
    using folder = new Folder();
    using fds = new Descriptors();
    const path = join(folder.path, 'socket');
    fds.own(openListeningSocket({ path }, { mode: 0o620 }));
    expect(statSync(path).mode & 0o777).toBe(0o620);
  });

  test('a Unix socket file that no process listens on is replaced', () => {
    using folder = new Folder();
    using fds = new Descriptors();
    const path = join(folder.path, 'socket');
    native.close(listeningSocket({ path }, 1));
    expect(existsSync(path)).toBe(true);
    const fd = fds.own(openListeningSocket({ path }));
    connect(fds.own(socket(constants.AF_UNIX, SOCK_STREAM)), { path });
    fds.own(accepted(fd).fd);
  });

  test('a Unix socket file that a process listens on stays, also while its backlog is full', () => {
    using folder = new Folder();
    using fds = new Descriptors();
    const path = join(folder.path, 'socket');
    fds.own(listeningSocket({ path }, 0));
    expect(() => openListeningSocket({ path })).toThrow(`bind EADDRINUSE: address already in use ${path}`);
    expect(() => openListeningSocket({ path })).toThrow('EADDRINUSE'); // the question before has filled it
  });

  test.each([
    ['a file', (path: string) => writeFileSync(path, 'precious')],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a symbolic link to a stale socket', symlinkToStale],
  ])('a Unix socket does not replace %s', (_, make) => {
    using folder = new Folder();
    const path = join(folder.path, 'socket');
    make(path);
    expect(() => openListeningSocket({ path })).toThrow('EADDRINUSE');
    expect(existsSync(path)).toBe(true);
  });
});

function symlinkToStale(path: string): void {
  native.close(listeningSocket({ path: `${path}-2` }, 1));
  symlinkSync(`${path}-2`, path);
}

describe('a socket that is handed over', () => {
  test('a socket that is handed over is made non-blocking and close-on-exec', () => {
    using fds = new Descriptors();
    const fd = fds.own(listeningSocket(LOOPBACK, 5));
    native.fcntl(fd, constants.F_SETFD, 0);
    expect(adoptListeningSocket(fd)).toBe(fd);
    expect(hasFlags(fd)).toEqual([true, true]);
  });

  test('a descriptor that does not listen is refused', () => {
    using fds = new Descriptors();
    const fd = fds.own(socket(constants.AF_INET, SOCK_STREAM));
    expect(() => adoptListeningSocket(fd)).toThrow(`expected a socket that listens, got descriptor ${fd}`);
    expect(() => adoptListeningSocket(19_999)).toThrow(TypeError);
  });
});
