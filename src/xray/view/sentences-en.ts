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
  calls: {
    accepted: (fd: number, address: string) =>
      `accept4 took a client from the accept queue: descriptor ${fd}${address === '' ? '' : `, ${address}`}.`,
    acceptWouldBlock: (fd: number) => `accept4: the accept queue of descriptor ${fd} is empty now (EAGAIN).`,
    acceptFull: (errno: string) =>
      `accept4 failed with ${errno}: no descriptor is free, so the client stays in the accept queue.`,
    received: (call: string, bytes: number, fd: number, line: string) =>
      `${call} read ${plural(bytes, 'byte')} from descriptor ${fd}${line === '' ? '' : `: “${line}”`}.`,
    receivedFull: (call: string, bytes: number, fd: number) =>
      `${call} filled all its ${plural(bytes, 'byte')} from descriptor ${fd}: more may lie there.`,
    receivedEnd: (call: string, fd: number) => `${call} returned 0: the peer of descriptor ${fd} sends nothing more.`,
    receiveWouldBlock: (call: string, fd: number) => `${call}: nothing lies at descriptor ${fd} now (EAGAIN).`,
    reset: (call: string, fd: number) => `${call} failed with ECONNRESET: the peer has reset descriptor ${fd}.`,
    sent: (call: string, bytes: number, fd: number) =>
      `${call} gave the kernel ${plural(bytes, 'byte')} for descriptor ${fd}.`,
    sentShort: (call: string, taken: number, given: number, fd: number) =>
      `${call} took ${count(taken)} of ${plural(given, 'byte')}: the send buffer of descriptor ${fd} is full.`,
    sendWouldBlock: (call: string, fd: number) => `${call}: the send buffer of descriptor ${fd} is full (EAGAIN).`,
    broken: (call: string, fd: number) => `${call} failed with EPIPE: the peer of descriptor ${fd} reads nothing more.`,
    slept: (call: string, time: string, events: number) => `${call} slept ${time}; ${ready(events)}.`,
    didNotSleep: (call: string, events: number) => `${call} returned at once; ${ready(events)}.`,
    interrupted: (call: string) => `${call} was interrupted by a signal (EINTR).`,
    registered: (fd: number, mask: string) => `epoll_ctl put descriptor ${fd} into the interest set, with ${mask}.`,
    modified: (fd: number, mask: string) => `epoll_ctl changed the interest in descriptor ${fd} to ${mask}.`,
    modifiedForRoom: (fd: number, mask: string) =>
      `epoll_ctl changed the interest in descriptor ${fd} to ${mask}: it waits for room to send.`,
    unregistered: (fd: number) => `epoll_ctl took descriptor ${fd} out of the interest set.`,
    socket: (fd: number) => `socket made descriptor ${fd}.`,
    bound: (fd: number, address: string) => `bind gave descriptor ${fd} the address ${address}.`,
    listens: (fd: number) => `listen: from now on the kernel puts clients into the accept queue of descriptor ${fd}.`,
    epoll: (fd: number) => `epoll_create1 made an empty interest set: descriptor ${fd}.`,
    eventfd: (fd: number) => `eventfd made descriptor ${fd}, by which other threads wake this one.`,
    timerfd: (fd: number) => `timerfd_create made a timer: descriptor ${fd}, which becomes readable when it is due.`,
    inotify: (fd: number) => `inotify_init1 made descriptor ${fd}, which becomes readable when a file changes.`,
    timerSet: (fd: number) => `timerfd_settime armed the timer ${fd} for the nearest deadline.`,
    woken: (fd: number) => `eventfd_read: another thread has woken this one by descriptor ${fd}.`,
    nonBlocking: (fd: number) => `fcntl: calls on descriptor ${fd} no longer wait, and fail with EAGAIN instead.`,
    option: (fd: number, option: string, value: string) => `setsockopt set ${option} of descriptor ${fd} to ${value}.`,
    named: (fd: number, address: string) => `getsockname: descriptor ${fd} has the address ${address}.`,
    measured: (fd: number) => `fstat asked for the size and the age of the file at descriptor ${fd}.`,
    opened: (call: string, path: string, fd: number) => `${call} opened ${path}: descriptor ${fd}.`,
    readFile: (call: string, bytes: number) => `${call} read ${plural(bytes, 'byte')} of a file.`,
    closed: (fd: number) => `close freed descriptor ${fd}: the next one that is opened may have its number.`,
    shut: (fd: number) => `shutdown ended the sending half of descriptor ${fd}.`,
    returned: (call: string, result: number) => `${call} returned ${count(result)}.`,
    failed: (call: string, errno: string) => `${call} failed with ${errno}.`,
  },
  turn: (turn: number, events: readonly string[]) =>
    events.length === 0 ? `Turn ${count(turn)}: nothing is ready.` : `Turn ${count(turn)}: ready are ${list(events)}.`,
  asks: (call: string, fds: readonly string[]) => `${call} is about to wait for ${list(fds)}.`,
  look: (descriptors: number) => `The X-ray looked at ${plural(descriptors, 'descriptor')} in the kernel.`,
  skipped: (turns: number) => `${plural(turns, 'turn was', 'turns were')} counted, but not recorded.`,
  dropped: (records: number) => `${plural(records, 'record was', 'records were')} lost.`,
  threadBegan: (name: string, pid: number) => `Thread ${name} of process ${pid} begins.`,
  threadEnded: (tid: number) => `Thread ${tid} has ended.`,
  program: {
    starting: () => 'The program starts. It has not waited yet.',
    running: () => 'The program runs.',
    paused: () => 'Paused: something is ready, so a step runs at once.',
    asleep: () => 'Asleep: a step runs when something is ready.',
    stepping: () => 'One turn runs.',
    exited: (code: number, lastCall: string) => `The program has ended with exit code ${code}.${last(lastCall)}`,
    killed: (signal: string, lastCall: string) => `The program was killed by ${signal}.${last(lastCall)}`,
    ended: (lastCall: string) => `The program has ended.${last(lastCall)}`,
    behind: (shown: number, turns: number) =>
      `The program is faster than the X-ray: ${count(shown)} of ${plural(turns, 'turn')} shown.`,
  },
  clients: {
    connect: (client, port) => `Client ${client} connects from port ${port}.`,
    send: (client, _, bytes) => `Client ${client} sends ${plural(bytes, 'byte')}.`,
    receive: (client, _, bytes) => `Client ${client} has received ${plural(bytes, 'byte')}.`,
    'stop-reading': (client) => `Client ${client} stops reading: the server's send buffer fills.`,
    'read-again': (client) => `Client ${client} reads again.`,
    'half-close': (client) => `Client ${client} ends its sending half, and still reads.`,
    reset: (client) => `Client ${client} resets its connection.`,
    close: (client) => `Client ${client} closes its connection.`,
  } satisfies Record<ClientAct, (client: number, port: number, bytes: number) => string>,
  experiments: {
    silent: () => 'Ten clients connect and send nothing. Watch how many calls they cost after their accepts.',
    drip: () => 'A client sends its request byte by byte. Watch each byte make its descriptor ready.',
    burst: () => 'Many clients send at the same moment. Watch one wait report many descriptors.',
    'slow-reader': () => 'A client does not read its answer. Watch EPOLLOUT appear in its mask, and go again.',
    reset: () => 'A client vanishes. Watch recv fail with ECONNRESET, and only its own connection end.',
    'half-close': () => 'A client ends its sending half. Watch recv return 0, and its answer arrive all the same.',
    reused: () => 'A client leaves and another comes. Watch the new connection get the old number.',
  } satisfies Record<ExperimentName, () => string>,
  experimentEnded: () => 'The experiment has ended.',
  lints: {
    'reported-not-read': (who, { times = 0 }) =>
      `${who} was reported ${count(times)} times in a row, and nothing was read from it: each wait returns at once.`,
    'short-send-no-epollout': (who, { taken = 0, given = 0 }) =>
      `A send on ${who} took ${count(taken)} of ${plural(given, 'byte')}, and the program does not ask for EPOLLOUT: nothing will tell it when to send the other ${count(given - taken)}.`,
    'epollout-nothing-to-send': (who, { times = 0 }) =>
      `${who} was reported writable ${count(times)} times in a row, and nothing was sent: EPOLLOUT is asked for with nothing to send.`,
    'edge-not-drained': (who, { bytes, clients = 0 }) =>
      bytes === undefined
        ? `${plural(clients, 'client waits', 'clients wait')} in the accept queue of ${who}. It is edge-triggered, and accept was not repeated until EAGAIN: it is not reported again before another client comes.`
        : `${plural(bytes, 'byte')} are left at ${who}. It is edge-triggered, and its reads were not repeated until EAGAIN: it is not reported again before more comes.`,
    'closed-in-set': (who) =>
      `${who} is closed, and still in the interest set: a duplicate of it is open. Unregister before closing.`,
    'accept-emfile-loop': (who, { times = 0, ms = 0 }) =>
      `accept on ${who} failed ${count(times)} times within ${time(1000 * ms)}, because no descriptor is free: the client stays in the queue, and the next wait returns at once.`,
    'long-turn': (_, { ms = 0 }) => `A turn took ${time(1000 * ms)}. Its thread served nothing else meanwhile.`,
    'one-descriptor-took-the-turn': (who, { percent = 0, ms = 0, others = 0 }) =>
      `${who} took ${percent} % of a turn of ${time(1000 * ms)}, while ${plural(others, 'other descriptor was', 'other descriptors were')} ready.`,
  } satisfies Record<LintName, (who: string, values: Readonly<Record<string, number>>) => string>,
  descriptor: (fd: number) => `descriptor ${fd}`,
  descriptors: {
    edgeLeft: (bytes: number) =>
      `${plural(bytes, 'byte')} lie here, poll says readable, and an edge-triggered epoll will not report it again before more comes.`,
    edgeQueue: (clients: number) =>
      `${plural(clients, 'client waits', 'clients wait')} here, poll says readable, and an edge-triggered epoll will not report it again before another one comes.`,
    level: (bytes: number) =>
      `${plural(bytes, 'byte')} lie here: a level-triggered epoll reports it at each wait until they are read.`,
    oneShot: () => 'It was reported once (EPOLLONESHOT): epoll does not report it again before epoll_ctl arms it.',
    closedInSet: () => 'The program has closed this number, but a duplicate keeps it in the interest set.',
    noRoom: () => 'The last send was short: the rest waits until the peer has read.',
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
