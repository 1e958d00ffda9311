/** Sockets that are open already, and whose address gets another use. */
import { expect, test } from '@jest/globals';
import { ListeningSockets } from '../../../src/daemon/workers/listening-sockets.js';
import { getsockname, listeningSocket } from '../../../src/linux/sockets.js';
import { LOOPBACK } from '../../support/sockets.js';

test('a reload that lets an address redirect to HTTPS keeps its sockets', () => {
  const before = ListeningSockets.open([{ address: LOOPBACK }], 2);
  const after = ListeningSockets.open([{ address: LOOPBACK, redirectsToHttps: true }], 2, before);
  try {
    for (const slot of [0, 1]) {
      const [socket] = before.ofSlot(slot);
      expect(after.ofSlot(slot)).toEqual([{ fd: socket?.fd, listen: { address: LOOPBACK, redirectsToHttps: true } }]);
    }
  } finally {
    after.close();
  }
});

test('a socket of systemd at an address of redirectHttp redirects, and one at another address serves', () => {
  const fds = [listeningSocket(LOOPBACK, 5), listeningSocket(LOOPBACK, 5)] as const;
  const [http, https] = fds.map(getsockname);
  if (http === undefined || https === undefined) throw new Error('expected two addresses');
  const handed = fds.map((fd) => ({ fd, name: 'site.socket' }));
  const sockets = ListeningSockets.open([{ address: http, redirectsToHttps: true }], 0, undefined, handed);
  try {
    expect(sockets.ofSlot(0)).toEqual([
      { fd: fds[0], listen: { address: http, redirectsToHttps: true } },
      { fd: fds[1], listen: { address: https } },
    ]);
  } finally {
    sockets.close();
  }
});

test('a socket of systemd serves after a reload in which no option names its address any more', () => {
  const fd = listeningSocket(LOOPBACK, 5);
  const address = getsockname(fd);
  const redirects = [{ address, redirectsToHttps: true, proxyProtocol: true }];
  const before = ListeningSockets.open(redirects, 0, undefined, [{ fd, name: 'site.socket' }]);
  const after = ListeningSockets.open([], 0, before);
  try {
    expect(after.ofSlot(0)).toEqual([{ fd, listen: { address } }]);
  } finally {
    after.close();
  }
});
