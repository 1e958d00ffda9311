/** The sentences of the X-ray in English. sentences-zh.ts has the same in Chinese. */
import type { ClientAct, ExperimentName } from '../records.js';
import type { LintName } from './state.js';

const count = (n: number): string => n.toLocaleString('en');
const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;
const ready = (n: number): string =>
  n === 0 ? 'no descriptor is ready' : n === 1 ? '1 descriptor is ready' : `${count(n)} descriptors are ready`;
const list = (all: readonly string[]): string => new Intl.ListFormat('en').format(all);

export const EN = {
  /** Before the sentence of a call that has slept. */
  afterSleep: (time: string, sentence: string) => `After ${time} of sleep: ${sentence}`,
  /** Before the sentence of an operation of io_uring. */
  afterOperation: (time: string, sentence: string) => `Done after ${time}: ${sentence}`,
  calls: {
    accepted: (fd: number, address: string) =>
      `accept4 took a client from the accept queue: descriptor ${fd}${address === '' ? '' : `, ${address}`}.`,
    acceptWouldBlock: (fd: number) => `accept4 would block: the accept queue of descriptor ${fd} is empty (EAGAIN).`,
    acceptFull: (errno: string) =>
      `accept4 failed with ${errno}: no descriptor is free, so the client stays in the accept queue.`,
    received: (call: string, bytes: number, fd: number, line: string) =>
      `${call} read ${plural(bytes, 'byte')} from descriptor ${fd}${line === '' ? '' : `: “${line}”`}.`,
    receivedFull: (call: string, bytes: number, fd: number) =>
      `${call} filled its buffer with ${plural(bytes, 'byte')} from descriptor ${fd}: more may be unread.`,
    receivedEnd: (call: string, fd: number) => `${call} returned 0: the peer of descriptor ${fd} will send no more.`,
    receiveWouldBlock: (call: string, fd: number) => `${call} would block: descriptor ${fd} has no data (EAGAIN).`,
    reset: (call: string, fd: number) =>
      `${call} failed with ECONNRESET: the peer has reset the connection of descriptor ${fd}.`,
    sent: (call: string, bytes: number, fd: number) =>
      `${call} gave the kernel ${plural(bytes, 'byte')} to send on descriptor ${fd}.`,
    sentShort: (call: string, taken: number, given: number, fd: number) =>
      `${call} took ${count(taken)} of ${plural(given, 'byte')}: the send buffer of descriptor ${fd} is full.`,
    sendWouldBlock: (call: string, fd: number) =>
      `${call} would block: the send buffer of descriptor ${fd} is full (EAGAIN).`,
    broken: (call: string, fd: number) => `${call} failed with EPIPE: the peer of descriptor ${fd} no longer reads.`,
    slept: (call: string, time: string, events: number) => `${call} slept ${time}; ${ready(events)}.`,
    didNotSleep: (call: string, events: number) => `${call} returned at once; ${ready(events)}.`,
    entered: (operations: number, slept: string) =>
      `io_uring_enter gave the kernel ${plural(operations, 'operation')}${slept === '' ? '' : `, and slept ${slept}`}.`,
    interrupted: (call: string) => `${call} was interrupted by a signal (EINTR).`,
    registered: (fd: number, mask: string) => `epoll_ctl added descriptor ${fd} to the interest set, for ${mask}.`,
    modified: (fd: number, mask: string) => `epoll_ctl changed the interest in descriptor ${fd} to ${mask}.`,
    modifiedForRoom: (fd: number, mask: string) =>
      `epoll_ctl changed the interest in descriptor ${fd} to ${mask}: the program waits for room to send.`,
    unregistered: (fd: number) => `epoll_ctl removed descriptor ${fd} from the interest set.`,
    socket: (fd: number) => `socket made descriptor ${fd}.`,
    bound: (fd: number, address: string) => `bind gave descriptor ${fd} the address ${address}.`,
    listens: (fd: number) =>
      `listen: from now on the kernel puts new connections into the accept queue of descriptor ${fd}.`,
    epoll: (fd: number) => `epoll_create1 made an empty interest set: descriptor ${fd}.`,
    eventfd: (fd: number) => `eventfd made descriptor ${fd}, through which other threads wake this one.`,
    timerfd: (fd: number) => `timerfd_create made a timer: descriptor ${fd}, which becomes readable when it is due.`,
    inotify: (fd: number) => `inotify_init1 made descriptor ${fd}, which becomes readable when a file changes.`,
    timerSet: (fd: number) => `timerfd_settime armed the timer ${fd} for the nearest deadline.`,
    woken: (fd: number) => `eventfd_read: another thread has woken this one through descriptor ${fd}.`,
    nonBlocking: (fd: number) =>
      `fcntl made descriptor ${fd} non-blocking: a call that would wait fails with EAGAIN instead.`,
    option: (fd: number, option: string, value: string) => `setsockopt set ${option} of descriptor ${fd} to ${value}.`,
    named: (fd: number, address: string) => `getsockname: descriptor ${fd} has the address ${address}.`,
    measured: (fd: number) => `fstat read the size and the modification time of the file at descriptor ${fd}.`,
    opened: (call: string, path: string, fd: number) => `${call} opened ${path}: descriptor ${fd}.`,
    readFile: (call: string, bytes: number) => `${call} read ${plural(bytes, 'byte')} of a file.`,
    closed: (fd: number) => `close freed descriptor ${fd}: the next descriptor may get the same number.`,
    shut: (fd: number) => `shutdown ended the sending half of descriptor ${fd}.`,
    returned: (call: string, result: number) => `${call} returned ${count(result)}.`,
    failed: (call: string, errno: string) => `${call} failed with ${errno}.`,
  },
  turn: (turn: number, events: readonly string[]) =>
    events.length === 0
      ? `Turn ${count(turn)}: nothing is ready.`
      : `Turn ${count(turn)}: ${list(events)} ${events.length === 1 ? 'is' : 'are'} ready.`,
  turnDone: (turn: number, fds: readonly string[]) =>
    `Turn ${count(turn)}: operations are done on ${fds.length === 1 ? 'descriptor' : 'descriptors'} ${list(fds)}.`,
  submits: (operations: readonly string[]) => `The kernel works on ${list(operations)} from now on.`,
  asks: (call: string, fds: readonly string[]) => `${call} is about to wait for ${list(fds)}.`,
  look: (descriptors: number) => `The X-ray looked at ${plural(descriptors, 'descriptor')} in the kernel.`,
  skipped: (turns: number) => `${plural(turns, 'turn was', 'turns were')} counted, but not recorded.`,
  dropped: (records: number) => `${plural(records, 'record was', 'records were')} lost.`,
  threadBegan: (name: string, pid: number) => `Thread ${name} of process ${pid} begins.`,
  threadEnded: (tid: number) => `Thread ${tid} has ended.`,
  program: {
    starting: () => 'The program starts. It has not waited yet.',
    running: () => 'The program runs.',
    paused: () => 'Paused: a descriptor is ready, so a step runs at once.',
    asleep: () => 'Asleep: a step runs when a descriptor becomes ready.',
    stepping: () => 'One turn runs.',
    exited: (code: number, lastCall: string) => `The program has ended with exit code ${code}.${last(lastCall)}`,
    killed: (signal: string, lastCall: string) => `The program was killed by ${signal}.${last(lastCall)}`,
    ended: (lastCall: string) => `The program has ended.${last(lastCall)}`,
    behind: (shown: number, turns: number) =>
      `The program is faster than the X-ray: ${count(shown)} of ${plural(turns, 'turn')} are shown.`,
  },
  clients: {
    connect: (client, port) => `Client ${client} connects from port ${port}.`,
    send: (client, _, bytes) => `Client ${client} sends ${plural(bytes, 'byte')}.`,
    receive: (client, _, bytes) => `Client ${client} has received ${plural(bytes, 'byte')}.`,
    'stop-reading': (client) => `Client ${client} stops reading: the server's send buffer fills.`,
    'read-again': (client) => `Client ${client} reads again.`,
    'half-close': (client) => `Client ${client} ends its sending half, but still reads.`,
    reset: (client) => `Client ${client} resets its connection.`,
    close: (client) => `Client ${client} closes its connection.`,
  } satisfies Record<ClientAct, (client: number, port: number, bytes: number) => string>,
  experiments: {
    silent: () => 'Ten clients connect and send nothing. Watch how many calls they cost after they are accepted.',
    drip: () => 'A client sends its request byte by byte. Watch each byte make its descriptor ready.',
    burst: () => 'Many clients send at the same moment. Watch one wait report many descriptors.',
    'slow-reader': () =>
      'A client does not read its response. Watch EPOLLOUT appear in its mask, and disappear again; a blocking send waits instead.',
    reset: () => 'A client resets its connection. Watch a call on it fail: only this connection ends.',
    'half-close': () => 'A client ends its sending half. Watch recv return 0: the client still gets its response.',
    reused: () => 'A client leaves and another comes. Watch the new connection get the old descriptor number.',
  } satisfies Record<ExperimentName, () => string>,
  experimentEnded: () => 'The experiment has ended.',
  lints: {
    'reported-not-read': (who, { times = 0 }) =>
      `${who} was reported ${count(times)} times in a row, but the program read nothing from it: each wait returns at once.`,
    'short-send-no-epollout': (who, { taken = 0, given = 0 }) =>
      `A send on ${who} took ${count(taken)} of ${plural(given, 'byte')}, and the program does not ask for EPOLLOUT: epoll will not report when it can send the other ${count(given - taken)}.`,
    'epollout-nothing-to-send': (who, { times = 0 }) =>
      `${who} was reported writable ${count(times)} times in a row, but nothing was sent: the program asks for EPOLLOUT without data to send.`,
    'edge-not-drained': (who, { bytes, clients = 0 }) =>
      bytes === undefined
        ? `${plural(clients, 'client waits', 'clients wait')} in the accept queue of ${who}. It is edge-triggered, and the program did not repeat accept until EAGAIN: epoll reports it again only when another client comes.`
        : `${plural(bytes, 'byte is', 'bytes are')} left unread at ${who}. It is edge-triggered, and the program did not read until EAGAIN: epoll reports it again only when more data comes.`,
    'closed-in-set': (who) =>
      `${who} is closed, but still in the interest set, because a duplicate of it is open. Unregister it before you close it.`,
    'accept-emfile-loop': (who, { times = 0, ms = 0 }) =>
      `accept on ${who} failed ${count(times)} times within ${time(1000 * ms)}, because no descriptor is free: the client stays in the queue, and the next wait returns at once.`,
    'long-turn': (_, { ms = 0 }) => `A turn took ${time(1000 * ms)}. Its thread served no other client in that time.`,
    'one-descriptor-took-the-turn': (who, { percent = 0, ms = 0, others = 0 }) =>
      `${who} took ${percent} % of a turn of ${time(1000 * ms)}, while ${plural(others, 'other descriptor was', 'other descriptors were')} ready.`,
  } satisfies Record<LintName, (who: string, values: Readonly<Record<string, number>>) => string>,
  descriptor: (fd: number) => `descriptor ${fd}`,
  descriptors: {
    edgeLeft: (bytes: number) =>
      `${plural(bytes, 'byte is', 'bytes are')} unread. poll reports the descriptor readable, but edge-triggered epoll reports it again only when more data comes.`,
    edgeQueue: (clients: number) =>
      `${plural(clients, 'client waits', 'clients wait')} in the accept queue. poll reports the descriptor readable, but edge-triggered epoll reports it again only when another client comes.`,
    level: (bytes: number) =>
      `${plural(bytes, 'byte is', 'bytes are')} unread: level-triggered epoll reports the descriptor at each wait until all are read.`,
    oneShot: () => 'It was reported once (EPOLLONESHOT): epoll does not report it again until epoll_ctl arms it.',
    closedInSet: () => 'The program has closed this descriptor, but a duplicate keeps it in the interest set.',
    noRoom: () => 'The last send was short: the rest waits until the peer reads.',
  },
  guess: {
    right: (fds: readonly string[]) => (fds.length === 0 ? 'Right: nothing was ready.' : `Right: ${list(fds)}.`),
    missed: (fds: readonly string[]) => `Also ready: ${list(fds)}.`,
    wrong: (fds: readonly string[]) => `Not ready: ${list(fds)}.`,
  },
};

export type Sentences = typeof EN;

function last(call: string): string {
  return call === '' ? '' : ` Its last call was ${call}.`;
}

/** Microseconds with a unit that a reader can compare. */
export function time(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  return us < 1_000_000 ? `${Number((us / 1000).toPrecision(3))} ms` : `${Number((us / 1_000_000).toPrecision(3))} s`;
}
