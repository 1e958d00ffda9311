/**
 * What the kernel says of a process, from outside: it disturbs nothing, and consumes no edge.
 *
 *   /proc/PID/fdinfo/N   of an epoll descriptor: the interest set (`tfd:` lines)
 *   /proc/PID/fd/N       what a descriptor is, with the inode of a socket
 *   /proc/PID/net/tcp    by inode: bytes that lie unread or unsent; of a listener, connections in its accept queue
 *
 * The list of ready descriptors within epoll is not visible from outside. poll(2), called in the process, says whether a descriptor is
 * readable.
 */

import { constants, native } from '../../native/addon.js';
import { hostAndPort } from '../../native/host-and-port.js';
import { type DescriptorKind, type KernelDescriptor, LOOKED_MAX } from '../records.js';
import { descriptorLink, readProc } from './proc-files.js';

/** The first 1,000 or so members of an interest set. */
const FDINFO_BYTES_MAX = 64 * 1024;

/** 27,000 sockets: the table has those of all processes of the network namespace. */
const TCP_BYTES_MAX = 4 * 1024 * 1024;

/** The state of a socket that listens (net/tcp_states.h). */
const LISTENING = '0A';

/** The states of a socket whose peer has sent its FIN: CLOSE_WAIT, LAST_ACK, CLOSING. */
const HAS_FIN = ['08', '09', '0B'];

/** A line of /proc/PID/net/tcp. */
interface TcpSocket {
  readonly local: string;
  readonly remote: string;
  readonly isListening: boolean;
  readonly rx: number;
  readonly tx: number;
}

/** The interest set of an epoll descriptor: `tfd:        9 events:       19 data:                9  pos:0 ino:1 sdev:8`. (proc_pid_fdinfo(5)) */
export function parseInterestSet(fdinfo: string): (readonly [fd: number, mask: number])[] {
  const members = fdinfo.matchAll(/^tfd: +(\d+) events: +([0-9a-f]+)/gm);
  return [...members].map(([, fd, mask]) => [Number(fd), Number.parseInt(mask as string, 16)]);
}

/** Sockets by inode, from the text of /proc/PID/net/tcp or tcp6. (proc_net_tcp(5)) */
export function parseTcp(text: string): [inode: string, socket: TcpSocket][] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line): [string, TcpSocket][] => {
      const [, local = '', remote = '', state = '', queues = '', , , , , inode = '0'] = line.trim().split(/ +/);
      if (inode === '0') return []; // in TIME_WAIT: no process has it
      const [tx = '', rx = ''] = queues.split(':');
      // The FIN has a sequence number of its own, which counts as a byte until recv has returned 0. (SIOCINQ subtracts it, too)
      const fin = HAS_FIN.includes(state) ? 1 : 0;
      const socket = {
        local: addressOf(local),
        remote: addressOf(remote),
        isListening: state === LISTENING,
        rx: Math.max(0, Number.parseInt(rx, 16) - fin),
        tx: Number.parseInt(tx, 16),
      };
      return [[inode, socket]];
    });
}

/** `0100007F:1F90` is 127.0.0.1:8080: words of 32 bits in the order of the processor, which is little-endian. */
function addressOf(hex: string): string {
  const [digits = '', port = ''] = hex.split(':');
  const bytes = Buffer.from(digits, 'hex').swap32();
  const family = bytes.length === 4 ? constants.AF_INET : constants.AF_INET6;
  return hostAndPort(native.inet_ntop(family, bytes), Number.parseInt(port, 16));
}

const KINDS: readonly (readonly [link: RegExp, kind: DescriptorKind])[] = [
  [/^anon_inode:\[eventpoll\]/, 'epoll'],
  [/^anon_inode:\[eventfd\]/, 'eventfd'],
  [/^anon_inode:\[timerfd\]/, 'timerfd'],
  [/^anon_inode:\[?inotify/, 'inotify'],
  [/^pipe:/, 'pipe'],
  [/^\//, 'file'],
];

/** The kind of a descriptor that is no socket, by its link in /proc/PID/fd. */
export function kindOf(link: string): DescriptorKind {
  return KINDS.find(([pattern]) => pattern.test(link))?.[1] ?? 'other';
}

/**
 * The TCP sockets of the network namespace of a process, which its children share. To read a table, the kernel walks through its buckets,
 * of which a large machine has 262,144: 5 ms. So each is read once, and the second only if sockets are missing in the first.
 */
export class TcpTables {
  readonly #unread = ['tcp', 'tcp6'];
  readonly #sockets = new Map<string, TcpSocket>();
  readonly #pid: number;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** By link, of those that are among `links`. */
  find(links: Iterable<string>): Map<string, TcpSocket> {
    const wanted = [...links].filter((link) => link.startsWith('socket:'));
    while (this.#unread.length > 0 && wanted.some((link) => !this.#sockets.has(link))) this.#read();
    return new Map(
      wanted.flatMap((link) => {
        const socket = this.#sockets.get(link);
        return socket === undefined ? [] : [[link, socket]];
      }),
    );
  }

  #read(): void {
    const text = readProc(`/proc/${this.#pid}/net/${this.#unread.shift()}`, TCP_BYTES_MAX);
    for (const [inode, socket] of parseTcp(text)) this.#sockets.set(`socket:[${inode}]`, socket);
  }
}

/** The addresses at which the process listens. */
export function listenersOf(pid: number, fds: readonly number[]): string[] {
  const sockets = new TcpTables(pid).find(fds.map((fd) => descriptorLink(pid, fd) ?? ''));
  return [...sockets.values()].flatMap(({ isListening, local }) => (isListening ? [local] : []));
}

/** 16,000 sockets. */
const UNIX_BYTES_MAX = 1024 * 1024;

/** The flag __SO_ACCEPTCON of a line of /proc/PID/net/unix, and the inode: `0000000000000000: 00000002 00000000 00010000 0001 01 2101`. */
const UNIX_LISTENER = /^[0-9a-f]+: \S+ \S+ 00010000 \S+ \S+ +(\d+)/gm;

/** Whether the process listens on a Unix socket. (proc_net_unix(5)) */
export function hasUnixListener(pid: number, fds: readonly number[]): boolean {
  const links = new Set(fds.map((fd) => descriptorLink(pid, fd)));
  const listeners = readProc(`/proc/${pid}/net/unix`, UNIX_BYTES_MAX).matchAll(UNIX_LISTENER);
  return [...listeners].some(([, inode]) => links.has(`socket:[${inode}]`));
}

/** Facts about a process that the kernel does not report. */
interface Known {
  readonly pid: number;
  /** Descriptors that it uses, with what they were in the last look. look() takes out those that are closed. */
  readonly used: Map<number, string | undefined>;
  /** By poll(2), within the process. */
  readonly readable: ReadonlyMap<number, number>;
  /** Descriptors of the observer. */
  readonly channels: ReadonlySet<number>;
}

/** Looks at one process again and again. */
export class KernelLooks {
  /** TCP sockets seen before. A socket that was reset is in no table any more, but is still a connection. */
  #sockets: ReadonlyMap<string, TcpSocket> = new Map();

  look({ pid, used, readable, channels }: Known, tables: TcpTables): KernelDescriptor[] {
    const links = new Map<number, string>();
    const masks = new Map<number, number>();
    const add = (fd: number): string | undefined => {
      const link = links.get(fd) ?? (channels.has(fd) ? undefined : descriptorLink(pid, fd));
      if (link !== undefined) links.set(fd, link);
      return link;
    };
    for (const [fd, before] of used) {
      if (links.size >= LOOKED_MAX) break;
      const link = add(fd);
      // If the number means something else now, and no call has changed it, Node itself uses it.
      if (link === undefined || (before !== undefined && before !== link)) {
        used.delete(fd);
        links.delete(fd);
        continue;
      }
      used.set(fd, link);
      if (kindOf(link) !== 'epoll') continue;
      for (const [member, mask] of parseInterestSet(readProc(`/proc/${pid}/fdinfo/${fd}`, FDINFO_BYTES_MAX))) {
        masks.set(member, mask);
      }
    }
    // A number that the process has closed, whose duplicate is open: the set reports it for ever.
    const closed: KernelDescriptor[] = [];
    for (const [fd, mask] of masks) {
      if (links.size + closed.length >= LOOKED_MAX) break;
      const isClosed = add(fd) === undefined && !channels.has(fd);
      if (isClosed) closed.push({ fd, kind: 'other', rx: 0, tx: 0, readable: null, mask, isClosed });
    }
    for (const fd of readable.keys()) {
      if (links.size + closed.length >= LOOKED_MAX) break;
      add(fd);
    }
    const sockets = this.#withReset(tables.find(links.values()), links);
    return [
      ...closed,
      ...[...links].map(([fd, link]) => ({
        fd,
        ...describe(link, sockets.get(link)),
        readable: readable.get(fd) ?? null,
        mask: masks.get(fd) ?? null,
      })),
    ].sort((a, b) => a.fd - b.fd);
  }

  #withReset(
    sockets: ReadonlyMap<string, TcpSocket>,
    links: ReadonlyMap<number, string>,
  ): ReadonlyMap<string, TcpSocket> {
    const all = new Map(sockets);
    for (const link of links.values()) {
      const before = this.#sockets.get(link);
      if (before !== undefined && !all.has(link)) all.set(link, { ...before, tx: 0 });
    }
    this.#sockets = all;
    return all;
  }
}

function describe(
  link: string,
  socket: TcpSocket | undefined,
): Pick<KernelDescriptor, 'kind' | 'address' | 'rx' | 'tx'> {
  if (socket === undefined) return { kind: kindOf(link), rx: 0, tx: 0 };
  const { isListening, local, remote, rx, tx } = socket;
  return isListening
    ? { kind: 'listener', address: local, rx, tx: 0 }
    : { kind: 'connection', address: remote, rx, tx };
}
