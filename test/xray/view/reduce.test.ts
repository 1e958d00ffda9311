/** `reduce`: the state of the page after each record. */
import { describe, expect, test } from '@jest/globals';
import { LOOKED_MAX } from '../../../src/xray/records.js';
import { EPOLLIN, EPOLLONESHOT, EPOLLOUT } from '../../../src/xray/view/bits.js';
import { DESCRIPTORS_MAX } from '../../../src/xray/view/descriptors.js';
import { INITIAL, reduce, TURNS_MAX } from '../../../src/xray/view/reduce.js';
import type { State } from '../../../src/xray/view/state.js';
import {
  asks,
  call,
  connected,
  fixture,
  HEADER,
  type Line,
  look,
  main,
  row,
  stateAfter,
  turn,
  woken,
} from './recording.js';

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const one of value instanceof Map ? value.values() : Object.values(value)) frozen(one);
  }
  return value;
}

describe('a recording of the model epoll', () => {
  const lines = fixture('epoll');
  const until = (isLast: (line: Line) => boolean): State => stateAfter(lines.slice(0, lines.findIndex(isLast) + 1));

  test('each state is made without changing the one before it', () => {
    let state: State | undefined;
    for (const line of lines) state = frozen(reduce(state, line));
    expect(state).toEqual(stateAfter(lines));
  });

  test('the listener and the epoll descriptor are in the table before the first wait', () => {
    const state = until((line) => 'program' in line && line.program === 'running');
    expect(row(state, 5)).toMatchObject({
      kind: 'listener',
      address: '127.0.0.1:8080',
      mask: EPOLLIN,
      waitsFor: 'connection',
    });
    expect(row(state, 6)).toMatchObject({ kind: 'epoll', mask: null });
    expect(state.turn).toBe(0);
  });

  test('EPOLLOUT appears in the mask of a client that does not read, and goes again', () => {
    const masks: (number | null)[] = [];
    let state: State | undefined;
    for (const line of lines) {
      state = reduce(state, line);
      const mask = state.descriptors.get('4100/7')?.mask;
      if (mask !== undefined && masks.at(-1) !== mask) masks.push(mask);
    }
    expect(masks).toEqual([null, EPOLLIN, EPOLLOUT, EPOLLIN, null, EPOLLIN, null]);
    const stopped = until((line) => 'does' in line && line.does === 'stop-reading');
    expect(row(stopped, 7)).toMatchObject({ waitsFor: 'room', bytesOut: 2_626_560 });
  });

  test('three connects while the program is paused are an accept queue of 3', () => {
    const state = until((line) => 'pid' in line && 'kernel' in line && line.kernel[0]?.rx === 3);
    expect(row(state, 5)).toMatchObject({ unread: 3, readable: EPOLLIN });
    expect(state).toMatchObject({ program: 'paused', isReady: true, phase: 'wait' });
  });

  test('a descriptor number that is used again is a new row', () => {
    const state = until((line) => 'experiment' in line && line.experiment === 'reused' && line.state === 'ends');
    expect(row(state, 7)).toMatchObject({ reuses: 1, address: '127.0.0.1:55030', bytesIn: 40, bytesOut: 161 });
  });

  test('the end of the process keeps its exit and its last call', () => {
    const state = stateAfter(lines);
    expect(state).toMatchObject({ program: 'ended', exit: { signal: 'SIGKILL' }, lastCall: { call: 'close', fd: 8 } });
    expect([...state.descriptors.values()].every((one) => !one.isOpen)).toBe(true);
    expect([...state.threads.values()].every((one) => one.isGone)).toBe(true);
  });

  test('skipped turns are counted, and say how far the page is behind', () => {
    const state = until((line) => 'skipped' in line);
    expect(state.counts).toMatchObject({ skippedTurns: 36, skippedCalls: 180 });
    expect(state.behind).toMatchObject({ turns: (state.behind?.shown ?? 0) + 36 });
  });

  test('turns, requests and bytes are counted', () => {
    const { counts } = stateAfter(lines);
    expect(counts).toMatchObject({ turns: 10, events: 10, requests: 2, bytesIn: 114, bytesOut: 3_145_933 });
  });

  test('requests that come with one call are all counted', () => {
    const pipelined = call(200, 1, 'recv', '7, "GET"..., 65536, 0', 4000, { head: 'GET / HTTP/1.1', requests: 100 });
    expect(stateAfter([...connected(), pipelined]).counts.requests).toBe(100);
  });
});

describe('the phase of a turn', () => {
  test('a model waits, has events, and goes through them', () => {
    const state = stateAfter([...connected(), call(200, 2, 'epoll_wait', '6, [[7, EPOLLIN]], -1', 1)]);
    expect(state.phase).toBe('wait');
    const ready = stateAfter([turn(205, 2, [[7, 1]])], state);
    expect(ready.phase).toBe('ready');
    const received = stateAfter([call(210, 2, 'recv', '7, "GET", 1024, 0', 3)], ready);
    expect(received.phase).toBe('dispatch');
    expect(stateAfter([call(220, 2, 'send', '7, "HTTP", 4, 0', 4)], received).phase).toBe('dispatch');
  });

  test('a wait whose call is recorded after its turn leaves the turn ready', () => {
    const state = stateAfter([
      ...connected(),
      turn(205, 2, [[7, 1]]),
      call(200, 2, 'epoll_wait', '6, [[7, EPOLLIN]], -1', 1),
    ]);
    expect(state.phase).toBe('ready');
    expect(state.turns.at(-1)).toMatchObject({ turn: 2, calls: 1, dur: 0 });
  });

  test('the real server sends in its flush, and closes by a deadline in its deadlines', () => {
    const lines = [{ ...HEADER, model: 'server' }, ...connected().slice(1)];
    const flush = stateAfter([...lines, ...woken(200, 2, [[7, 1]]), call(210, 2, 'send', '7, "HTTP", 4, 0', 4)]);
    expect(flush.phase).toBe('flush');
    const timer = [call(215, 2, 'timerfd_create', 'CLOCK_MONOTONIC, 0', 9), ...woken(220, 3, [[9, 1]])];
    expect(stateAfter([...timer, call(230, 3, 'close', '7', 0)], flush).phase).toBe('deadlines');
  });
});

describe('what a descriptor waits for', () => {
  const waits = (...lines: Line[]): string =>
    row(stateAfter([...connected('EPOLLIN|EPOLLOUT|EPOLLET'), ...lines]), 7).waitsFor;

  test('an edge-triggered connection waits for room only after a send was short', () => {
    expect(waits()).toBe('request');
    expect(waits(call(200, 1, 'send', '7, "x", 100, 0', 60))).toBe('room');
    expect(waits(call(200, 1, 'send', '7, "x", 100, 0', -1, { errno: 'EAGAIN' }))).toBe('room');
    expect(waits(call(200, 1, 'send', '7, "x", 100, 0', 100))).toBe('request');
    expect(waits(call(200, 1, 'writev', '7, ["x", "y"], 2', 60, { given: 100 }))).toBe('room');
    expect(waits(call(200, 1, 'writev', '7, ["x", "y"], 2', 100, { given: 100 }))).toBe('request');
    expect(waits(call(200, 1, 'sendfile', '7, 9, 0, 100', 60))).toBe('room');
  });

  test('a send that blocks waits for room until its call returns', () => {
    const stuck = [call(150, 1, 'epoll_ctl', '6, EPOLL_CTL_DEL, 7', 0), asks(200, 'send', [[7, EPOLLOUT]])];
    expect(row(stateAfter([...connected(), ...stuck]), 7)).toMatchObject({ waitsFor: 'room', mask: null });
    expect(waits(...stuck, call(210, 2, 'send', '7, "x", 100, 0', 100))).toBe('request');
  });

  test('a one-shot event leaves nothing to wait for until the descriptor is armed again', () => {
    const lines = [...connected('EPOLLIN|EPOLLONESHOT'), turn(200, 2, [[7, 1]])];
    expect(row(stateAfter(lines), 7)).toMatchObject({ mask: EPOLLONESHOT, waitsFor: 'nothing' });
    const armed = call(210, 2, 'epoll_ctl', '6, EPOLL_CTL_MOD, 7, EPOLLOUT|EPOLLONESHOT', 0);
    expect(row(stateAfter([...lines, armed]), 7).waitsFor).toBe('room');
  });

  test('a timer waits for its deadline, an eventfd for a wakeup, inotify for a change', () => {
    const state = stateAfter([
      ...connected(),
      call(200, 1, 'timerfd_create', 'CLOCK_MONOTONIC, 0', 10),
      call(210, 1, 'eventfd', '0, 0', 11),
      call(220, 1, 'inotify_init1', '0', 12),
    ]);
    expect([10, 11, 12].map((fd) => row(state, fd).waitsFor)).toEqual(['deadline', 'wakeup', 'change']);
  });

  test('poll and select pass their set with each call', () => {
    const state = stateAfter([
      ...connected(),
      asks(200, 'poll', [
        [5, EPOLLIN],
        [8, EPOLLOUT],
      ]),
    ]);
    expect(row(state, 8)).toMatchObject({ mask: EPOLLOUT, askedBy: 'poll' });
    const next = stateAfter([asks(300, 'poll', [[5, EPOLLIN]])], state);
    expect(row(next, 8)).toMatchObject({ mask: null, askedBy: undefined });
  });
});

describe('a look at the kernel', () => {
  test('sets the table right after turns that were not recorded', () => {
    const state = stateAfter([
      ...connected(),
      { t: 1000, tid: 1, skipped: { turns: 5, calls: 20, events: 5 } },
      look(2000, [
        { fd: 5, kind: 'listener', mask: 0x19 },
        { fd: 6, kind: 'epoll' },
        { fd: 9, address: '127.0.0.1:55099', mask: 0x1d, rx: 7, readable: 1 },
      ]),
    ]);
    expect(row(state, 7)).toMatchObject({ isOpen: false, closedAt: 2000 });
    expect(row(state, 9)).toMatchObject({ isOpen: true, mask: EPOLLIN | EPOLLOUT, askedBy: 'epoll', unread: 7 });
    expect(row(state, 5)).toMatchObject({ reuses: 0, mask: EPOLLIN });
  });

  test('finds that a number belongs to another connection', () => {
    const state = stateAfter([...connected(), look(2000, [{ fd: 7, address: '127.0.0.1:56000', mask: 0x19 }])]);
    expect(row(state, 7)).toMatchObject({ reuses: 1, since: 2000, address: '127.0.0.1:56000' });
  });

  test('counts what lies unread, and calls take from it', () => {
    const looked = look(1005, [
      { fd: 5, kind: 'listener', rx: 3 },
      { fd: 7, mask: EPOLLIN, rx: 1976, readable: EPOLLIN },
    ]);
    const read = call(1010, 2, 'recv', '7, "…", 1024, 0', 1024);
    const accepted = call(1020, 2, 'accept4', '5, 127.0.0.1:50001, 0', 8);
    const state = stateAfter([...connected(), looked, read, accepted]);
    expect(row(state, 7).unread).toBe(952);
    expect(row(state, 5).unread).toBe(2);
    const before = stateAfter([...connected(), looked, { ...read, t: 1001 }]); // the look has seen what it left
    expect(row(before, 7).unread).toBe(1976);
  });

  test('that is older than what the table knows changes nothing', () => {
    const state = stateAfter([...connected(), call(900, 1, 'close', '7', 0), look(500, [{ fd: 7, mask: 0x19 }])]);
    expect(row(state, 7)).toMatchObject({ isOpen: false, mask: null });
  });

  test('that shows a descriptor before its accept is recorded makes no second one', () => {
    const lines = connected();
    const early = [
      ...lines.slice(0, -2),
      look(130, [{ fd: 7, address: '127.0.0.1:55012', mask: 0x19 }]),
      ...lines.slice(-2),
    ];
    expect(row(stateAfter(early), 7)).toMatchObject({ reuses: 0, since: 110, mask: EPOLLIN });
  });

  test('that has no room for all descriptors says nothing about those that it lacks', () => {
    const rows = Array.from({ length: LOOKED_MAX }, (_, i) => ({ fd: 100 + i, mask: 0x19 }));
    expect(row(stateAfter([...connected(), look(500, rows)]), 7)).toMatchObject({ isOpen: true, mask: EPOLLIN });
  });

  test('leaves the mask that poll passes', () => {
    const state = stateAfter([...connected(), asks(200, 'poll', [[8, EPOLLIN]]), look(300, [{ fd: 8 }])]);
    expect(row(state, 8)).toMatchObject({ mask: EPOLLIN, askedBy: 'poll' });
  });
});

describe('a recording that begins in the middle', () => {
  test('has rows for the descriptors of its calls', () => {
    const state = stateAfter([turn(100, 41, [[7, 1]]), call(110, 41, 'recv', '7, "GET / ", 1024, 0', 6)]);
    expect(row(state, 7, 0)).toMatchObject({ kind: 'connection', bytesIn: 6, reuses: 0 });
  });

  test('gives its descriptors to the process that a look names', () => {
    const state = stateAfter([call(110, 41, 'recv', '7, "GET / ", 1024, 0', 6), look(200, [{ fd: 7, mask: 0x19 }])]);
    expect([...state.descriptors.keys()]).toEqual(['4100/7']);
    expect(row(state, 7)).toMatchObject({ bytesIn: 6, mask: EPOLLIN });
    expect(state.threads.get(1)?.pid).toBe(4100);
  });
});

describe('threads and processes', () => {
  test('two processes have descriptors of the same number', () => {
    const state = stateAfter([
      main(1, 1),
      main(2, 2),
      call(10, 1, 'socket', '', 5),
      call(20, 1, 'socket', '', 5, { tid: 2 }),
    ]);
    expect([...state.descriptors.keys()]).toEqual(['1/5', '2/5']);
  });

  test('descriptors stay open until the last thread of their process has ended', () => {
    const lines = [main(1, 1), main(1, 2), call(10, 1, 'socket', '', 5)];
    const one = stateAfter([...lines, { t: 20, tid: 2, gone: true }]);
    expect(row(one, 5, 1).isOpen).toBe(true);
    expect(row(stateAfter([{ t: 30, tid: 1, gone: true }], one), 5, 1).isOpen).toBe(false);
  });

  test('calls of a turn that come after a look which shows their descriptor closed count for it, and do not open it', () => {
    const state = stateAfter([
      ...connected(),
      look(3000, [
        { fd: 5, kind: 'listener' },
        { fd: 6, kind: 'epoll' },
      ]),
      call(1000, 1, 'send', '7, "", 10, 0', 10),
      call(1010, 1, 'epoll_ctl', '6, EPOLL_CTL_MOD, 7, EPOLLOUT', 0),
      call(1020, 1, 'close', '7', 0),
    ]);
    expect(row(state, 7)).toMatchObject({ isOpen: false, closedAt: 1025, bytesOut: 10, mask: null, reuses: 0 });
  });

  test('the version that landlock_create_ruleset returns without a ruleset is no descriptor', () => {
    const version = call(10, 0, 'landlock_create_ruleset', 'NULL, 1', 7);
    expect(stateAfter([HEADER, main(), version]).descriptors.size).toBe(0);
    const ruleset = call(20, 0, 'landlock_create_ruleset', '{0xffff}, 0', 7);
    expect(row(stateAfter([HEADER, main(), version, ruleset]), 7).kind).toBe('other');
  });

  test('an accept that comes after the calls on its descriptor, which another thread made, opens no second one', () => {
    const accepted = call(100, 1, 'accept4', '5, 127.0.0.1:55012, 0', 9, { tid: 2 });
    const lines = [HEADER, main(), main(4100, 2), call(150, 0, 'recv', '9, "", 1024, 0', 10)];
    const state = stateAfter([...lines, accepted]);
    expect(row(state, 9)).toMatchObject({ reuses: 0, since: 100, address: '127.0.0.1:55012', bytesIn: 10 });
    const older = call(50, 1, 'accept4', '5, 127.0.0.1:55001, 0', 9, { tid: 3 });
    expect(row(stateAfter([older], state), 9)).toEqual(row(state, 9));
  });

  test('a call counts for its own turn when turns of two threads mix', () => {
    const state = stateAfter([
      main(),
      main(4100, 2),
      turn(10, 1, []),
      turn(12, 2, [], 0, 2),
      call(15, 1, 'send', '7, "", 1, 0', 1),
    ]);
    expect(state.turns.map(({ turn, calls, dur }) => [turn, calls, dur])).toEqual([
      [1, 1, 10],
      [2, 0, 0],
    ]);
  });
});

describe('bounds', () => {
  test(`at most ${DESCRIPTORS_MAX} descriptors are kept: closed ones go first, then the oldest connections`, () => {
    let state = stateAfter(connected());
    state = stateAfter([call(300, 1, 'close', '7', 0)], state);
    for (let fd = 8; fd < 8 + DESCRIPTORS_MAX; fd++)
      state = reduce(state, call(1000 + fd, 1, 'accept4', '5, 127.0.0.1:1', fd));
    expect(state.descriptors.size).toBe(DESCRIPTORS_MAX);
    expect(
      ['4100/5', '4100/6', '4100/7', '4100/8', '4100/9', '4100/10'].filter((key) => state.descriptors.has(key)),
    ).toEqual(['4100/5', '4100/6', '4100/10']);
  });

  test(`at most ${TURNS_MAX} turns are summarised`, () => {
    let state: State = INITIAL;
    for (let i = 1; i <= TURNS_MAX + 5; i++) state = reduce(state, turn(i, i, []));
    expect(state.turns.map((one) => one.turn).slice(0, 1)).toEqual([6]);
    expect(state.turns).toHaveLength(TURNS_MAX);
  });

  test('a record of a kind that is not known changes nothing', () => {
    const state = stateAfter(connected());
    expect(reduce(state, JSON.parse('{"t": 999, "novelty": 1}'))).toBe(state);
  });
});

test('with 100 descriptors a record costs less than 20 µs', () => {
  const lines: Line[] = [...connected()];
  for (let fd = 8; fd < 106; fd++) lines.push(call(200 + fd, 1, 'accept4', '5, 127.0.0.1:1', fd));
  let state = stateAfter(lines);
  const many: Line[] = [];
  for (let i = 0; i < 4000; i++) {
    const t = 1000 + 100 * i;
    const fd = 8 + (i % 98);
    many.push(turn(t, i + 2, [[fd, 1]]), call(t - 20, i + 2, 'epoll_wait', `6, [[${fd}, EPOLLIN]], -1`, 1));
    many.push(
      call(t + 10, i + 2, 'recv', `${fd}, "GET", 1024, 0`, 3),
      call(t + 20, i + 2, 'send', `${fd}, "HTTP", 4, 0`, 4),
    );
  }
  const best = Math.min(
    ...[1, 2, 3].map(() => {
      const begin = process.cpuUsage().user;
      state = stateAfter(many, state);
      return (process.cpuUsage().user - begin) / many.length;
    }),
  );
  expect(best).toBeLessThan(20);
});

test('operations of io_uring change a descriptor when they are done, and say what it waits for while they are under way', () => {
  const operation = { isOperation: true, dur: 400 } as const;
  const submits = (t: number, name: string, fd: number): Line => ({ t, tid: 1, submits: [[name, fd]] });
  const begin = [
    HEADER,
    main(),
    submits(10, 'accept4', 5),
    call(15, 1, 'openat2', '17, "a"', 7),
    call(20, 1, 'close', '7', 0),
  ];
  const accepted = [...begin, call(10, 2, 'accept4', '5, NULL, 0', 7, operation)];
  expect(row(stateAfter(begin), 5)).toMatchObject({ kind: 'listener', mask: null });
  expect(row(stateAfter(accepted), 7)).toMatchObject({ kind: 'connection', isOpen: true, since: 410, mask: null });
  expect(row(stateAfter([...accepted, submits(500, 'recv', 7)]), 7).waitsFor).toBe('request');
  const sending = [...accepted, submits(500, 'send', 7)];
  expect(row(stateAfter(sending), 7).waitsFor).toBe('room');
  const sent = [...sending, call(500, 3, 'send', '7, "a", 9, 0', 9, operation), submits(910, 'close', 7)];
  expect(row(stateAfter(sent), 7)).toMatchObject({ isOpen: true, bytesOut: 9, waitsFor: 'nothing' });
  expect(row(stateAfter([...sent, call(910, 4, 'close', '7', 0, operation)]), 7).isOpen).toBe(false);
});

test('a look that comes before an accept is found done shows its connection, and it counts once', () => {
  const looked = [HEADER, main(), look(100, [{ fd: 7, address: '127.0.0.1:55012' }])];
  const state = stateAfter([...looked, call(10, 2, 'accept4', '5, NULL, 0', 7, { isOperation: true, dur: 400 })]);
  expect(row(state, 7)).toMatchObject({ reuses: 0, since: 100, address: '127.0.0.1:55012' });
});
