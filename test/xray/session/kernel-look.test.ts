import { describe, expect, test } from '@jest/globals';
import { EPOLLET, EPOLLIN, EPOLLOUT, Epoll } from '../../../src/linux/epoll.js';
import * as sockets from '../../../src/linux/sockets.js';
import { constants, native } from '../../../src/native/addon.js';
import { checked } from '../../../src/native/system-error.js';
import { LOOKED_MAX } from '../../../src/xray/records.js';
import { KernelLooks, kindOf, parseInterestSet, parseTcp, TcpTables } from '../../../src/xray/session/kernel-look.js';
import { ObservedProcesses } from '../../../src/xray/session/observed-processes.js';

const FDINFO = `pos:	0
flags:	02000002
mnt_id:	15
ino:	1057
tfd:       18 events:       19 data:               12  pos:0 ino:2f1a sdev:8
tfd:       20 events: 80002005 data: ffffffff00000014  pos:0 ino:2f1c sdev:8
`;

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 12058 1 0000000000000000 100 0 0 10 0                   
   1: 0100007F:1F90 0100007F:C350 01 00027100:000007B8 00:00000000 00000000     0        0 12060 2 0000000000000000 20 4 0 10 -1                   
   2: 0100007F:C350 0100007F:1F90 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0000000000000000                                  
`;

const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:2499 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1 0000000000000000 100 0 0 10 0
`;

describe('a text of the kernel is read:', () => {
  test('the interest set of an epoll descriptor', () => {
    expect(parseInterestSet(FDINFO)).toEqual([
      [18, 0x19],
      [20, 0x80002005],
    ]);
    expect(parseInterestSet('')).toEqual([]);
  });

  test('sockets of IPv4, without those that no process has any more', () => {
    expect(parseTcp(TCP)).toEqual([
      ['12058', { local: '127.0.0.1:8080', remote: '0.0.0.0:0', isListening: true, rx: 3, tx: 0 }],
      ['12060', { local: '127.0.0.1:8080', remote: '127.0.0.1:50000', isListening: false, rx: 1976, tx: 160_000 }],
    ]);
    expect(parseTcp('')).toEqual([]);
  });

  test('the end of a stream is no unread byte, although the kernel numbers it as one', () => {
    const halfClosed = (rx: string): string => TCP.replace('01 00027100:000007B8', `08 00000000:${rx}`);
    const rx = (text: string): unknown => parseTcp(text)[1]?.[1].rx;
    expect(rx(halfClosed('0000001C'))).toBe(27);
    expect(rx(halfClosed('00000001'))).toBe(0);
    expect(rx(halfClosed('00000000'))).toBe(0); // recv has returned 0
  });

  test('sockets of IPv6', () => {
    expect(parseTcp(TCP6)).toEqual([
      ['777', { local: '[::1]:9369', remote: '[::]:0', isListening: true, rx: 0, tx: 0 }],
    ]);
  });

  test.each([
    ['anon_inode:[eventpoll]', 'epoll'],
    ['anon_inode:[eventfd]', 'eventfd'],
    ['anon_inode:[timerfd]', 'timerfd'],
    ['anon_inode:inotify', 'inotify'],
    ['anon_inode:[inotify]', 'inotify'],
    ['pipe:[1234]', 'pipe'],
    ['/srv/www/index.html', 'file'],
    ['socket:[1234]', 'other'],
    ['anon_inode:[io_uring]', 'other'],
  ])('%s is of the kind %s', (link, kind) => {
    expect(kindOf(link)).toBe(kind);
  });
});

describe('a look at a process', () => {
  const none = new Set<number>();
  const tables = (): TcpTables => new TcpTables(process.pid);
  const usedOf = (...fds: number[]): Map<number, string | undefined> => new Map(fds.map((fd) => [fd, undefined]));

  test('drops a number that means something else than before, although no call has opened it', () => {
    const used = usedOf();
    const known = { pid: process.pid, used, readable: new Map<number, number>(), channels: none };
    const [fd, other] = sockets.socketpair();
    used.set(fd, undefined);
    const looks = new KernelLooks();
    expect(looks.look(known, tables())).toMatchObject([{ fd, kind: 'other' }]);
    sockets.close(fd);
    using epoll = new Epoll(); // gets the number
    expect(epoll.fileno()).toBe(fd);
    expect(looks.look(known, tables())).toEqual([]);
    expect(used).toEqual(new Map());
    sockets.close(other);
  });

  test('shows its interest set, its accept queue and bytes that lie unread, and what poll said', () => {
    using epoll = new Epoll();
    const listener = sockets.listeningSocket({ address: '127.0.0.1', port: 0 }, 8);
    const address = sockets.getsockname(listener) as sockets.InternetAddress;
    const clients = [0, 1].map(() => sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM));
    for (const client of clients) sockets.connect(client, address);
    const { fd } = sockets.accept(listener) as sockets.Accepted;
    try {
      sockets.send(clients[0] as number, Buffer.from('1234567'));
      epoll.register(listener, EPOLLIN);
      epoll.register(fd, EPOLLIN | EPOLLOUT | EPOLLET);
      const used = usedOf(epoll.fileno(), 987_654);
      const readable = new Map([[fd, 5]]);
      const look = new KernelLooks().look({ pid: process.pid, used, readable, channels: none }, tables());
      const local = `127.0.0.1:${address.port}`;
      const peer = sockets.getsockname(clients[0] as number) as sockets.InternetAddress;
      // The kernel adds EPOLLERR and EPOLLHUP.
      expect(look).toEqual(
        [
          { fd: epoll.fileno(), kind: 'epoll', rx: 0, tx: 0, readable: null, mask: null },
          { fd: listener, kind: 'listener', address: local, rx: 1, tx: 0, readable: null, mask: 0x19 },
          { fd, kind: 'connection', address: `127.0.0.1:${peer.port}`, rx: 7, tx: 0, readable: 5, mask: 0x8000001d },
        ].sort((a, b) => a.fd - b.fd),
      );
      expect([...used.keys()]).toEqual([epoll.fileno()]); // the other is closed
    } finally {
      for (const each of [listener, fd, ...clients]) sockets.close(each);
    }
  });

  test('keeps the kind and the peer of a connection that was reset', () => {
    const listener = sockets.listeningSocket({ address: '127.0.0.1', port: 0 }, 8);
    const client = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM);
    sockets.connect(client, sockets.getsockname(listener));
    const { fd } = sockets.accept(listener) as sockets.Accepted;
    const looks = new KernelLooks();
    const known = { pid: process.pid, used: usedOf(fd), readable: new Map<number, number>(), channels: none };
    const before = looks.look(known, tables());
    sockets.send(fd, Buffer.from('unread'));
    sockets.close(client); // with bytes that it has not read: RST
    expect(looks.look(known, tables())).toEqual(before);
    sockets.close(fd);
    sockets.close(listener);
    expect(looks.look(known, tables())).toEqual([]);
  });

  test('shows a closed number that is in an interest set, since a duplicate is open', () => {
    using epoll = new Epoll();
    const [fd, other] = sockets.socketpair();
    const duplicate = native.fcntl(fd, constants.F_DUPFD_CLOEXEC, 0);
    epoll.register(fd, EPOLLIN);
    sockets.close(fd);
    try {
      const known = { pid: process.pid, used: usedOf(epoll.fileno()), readable: new Map<number, number>() };
      expect(new KernelLooks().look({ ...known, channels: none }, tables())).toContainEqual({
        fd,
        kind: 'other',
        rx: 0,
        tx: 0,
        readable: null,
        mask: 0x19,
        isClosed: true,
      });
    } finally {
      sockets.close(duplicate);
      sockets.close(other);
    }
  });

  test(`shows neither the observer's own descriptors nor more than ${LOOKED_MAX}`, () => {
    const pipes = Array.from({ length: 1 + LOOKED_MAX / 2 }, () => sockets.socketpair()).flat();
    try {
      const [channel = -1] = pipes;
      const known = { pid: process.pid, readable: new Map<number, number>(), channels: new Set([channel]) };
      const look = new KernelLooks().look({ ...known, used: usedOf(...pipes) }, tables());
      expect(look).toHaveLength(LOOKED_MAX);
      expect(look.map(({ fd }) => fd)).not.toContain(channel);
    } finally {
      for (const fd of pipes) sockets.close(fd);
    }
  });

  test('shows each descriptor that a call has opened, before another call names it', () => {
    const pipe = new Int32Array(2);
    checked(native.pipe2(pipe, constants.O_CLOEXEC), 'pipe2');
    const pair = sockets.socketpair();
    const copy = checked(native.fcntl(pair[0], constants.F_DUPFD_CLOEXEC, 0), 'fcntl');
    const opened = [...pipe, ...pair, copy];
    try {
      const processes = new ObservedProcesses();
      processes.threadBegan(1, process.pid, -1);
      const line = { t: 0, dur: 1, fd: -1, ret: 0 };
      processes.called(process.pid, { ...line, call: 'pipe2', args: [`[${[...pipe].join(', ')}]`, 'O_CLOEXEC'] });
      const ends = `[${pair.join(', ')}]`;
      processes.called(process.pid, { ...line, call: 'socketpair', args: ['AF_UNIX', 'SOCK_STREAM', '0', ends] });
      const args = [`${pair[0]}`, 'F_DUPFD_CLOEXEC', '0'];
      processes.called(process.pid, { ...line, call: 'fcntl', fd: pair[0], args, ret: copy });
      const [look] = processes.look(0, true);
      expect(look?.kernel.map(({ fd }) => fd)).toEqual(opened.sort((a, b) => a - b));
    } finally {
      for (const fd of opened) sockets.close(fd);
    }
  });

  test('at a process that is gone shows nothing', () => {
    const known = { pid: 2 ** 22 + 1, used: usedOf(1), readable: new Map([[1, 1]]), channels: none };
    expect(new KernelLooks().look(known, tables())).toEqual([]);
  });
});
