/** The system call in which a process stands still, from /proc/PID/syscall. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Standstill {
  /** As of the man page: recv, epoll_wait … */
  readonly call: string;
  /** Its first argument. */
  readonly fd: number;
  /** How often its threads have slept until now. */
  readonly sleeps: number;
}

/** Calls that wait, by number. */
const CALLS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  x64: {
    0: 'read',
    1: 'write',
    7: 'poll',
    23: 'select',
    42: 'connect',
    44: 'send',
    45: 'recv',
    232: 'epoll_wait',
    271: 'poll',
    270: 'select',
    281: 'epoll_wait',
    288: 'accept',
    441: 'epoll_wait',
  },
  arm64: {
    22: 'epoll_wait',
    63: 'read',
    64: 'write',
    72: 'select',
    73: 'poll',
    203: 'connect',
    206: 'send',
    207: 'recv',
    242: 'accept',
    441: 'epoll_wait',
  },
};

/** @returns  undefined if a thread of the process runs, or its first thread has ended, or sleeps in another call */
export function standstillOf(pid: number): Standstill | undefined {
  try {
    let sleeps = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1');
      if (!/^State:\s+S/m.test(status)) return undefined;
      sleeps += sleepsOf(status);
    }
    const call = callOf(pid);
    return call && { ...call, sleeps };
  } catch {
    return undefined;
  }
}

/** How often those threads of a process have slept that stand in epoll_wait. Others sleep too: V8's own, between two compilations. */
export function sleepsInEpoll(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .filter((thread) => ['epoll_wait', 'a system call'].includes(callOf(thread)?.call ?? ''))
    .reduce((sum, thread) => sum + sleepsOf(readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1')), 0);
}

function sleepsOf(status: string): number {
  return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]);
}

/** The call of a thread; undefined if it is not one of CALLS. */
function callOf(thread: number | string): { readonly call: string; readonly fd: number } | undefined {
  const [number, argument] = syscallOf(thread);
  const call = number === undefined ? 'a system call' : CALLS[process.arch]?.[Number(number)];
  return call === undefined ? undefined : { call, fd: Number(argument) };
}

/** The number and the first argument; nothing where the kernel lets no process look (kernel.yama.ptrace_scope). */
function syscallOf(thread: number | string): readonly string[] {
  try {
    return readFileSync(`/proc/${thread}/syscall`, 'latin1').split(' ');
  } catch {
    return [];
  }
}

/**
 * Whether bytes are on their way: one end of a connection has sent them, and the other end has nothing unread. Then a program that sleeps
 * will be woken. (After a window of zero the sender may learn 200 ms late that there is room.)
 * @param ports  of the clients, on 127.0.0.1
 */
export function areBytesUnderWay(ports: readonly (number | undefined)[]): boolean {
  const connections = new Map<string, { readonly unacknowledged: number; readonly unread: number }>();
  for (const row of readFileSync('/proc/net/tcp', 'latin1').split('\n').slice(1, -1)) {
    const [, local, remote, , queues = ''] = row.trim().split(/\s+/);
    const [unacknowledged = 0, unread = 0] = queues.split(':').map((hex) => Number.parseInt(hex, 16));
    connections.set(`${local} ${remote}`, { unacknowledged, unread });
  }
  const isOfClient = (address = ''): boolean => ports.includes(Number.parseInt(address.split(':')[1] ?? '', 16));
  return [...connections].some(([pair, { unacknowledged }]) => {
    const [local, remote] = pair.split(' ');
    if (unacknowledged === 0 || !(isOfClient(local) || isOfClient(remote))) return false;
    return connections.get(`${remote} ${local}`)?.unread === 0;
  });
}

const TICKS_PER_SECOND = 100;

/** The processor time of a process, in seconds; 0 if it has ended. */
export function processorSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}
