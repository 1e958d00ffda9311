/** Lints: each fires on its fault, and is silent on programs that only look like it. */
import { describe, expect, test } from '@jest/globals';
import { EPOLLHUP, EPOLLIN, EPOLLOUT } from '../../../src/xray/view/bits.js';
import type { Finding } from '../../../src/xray/view/state.js';
import { asks, call, connected, fixture, type Line, look, main, stateAfter, woken } from './recording.js';

const IN_OUT_EDGE = 'EPOLLIN|EPOLLOUT|EPOLLET';
const GAP: Line = { t: 1, tid: 1, skipped: { turns: 1, calls: 2, events: 1 } };

const findings = (...lines: Line[]): readonly Finding[] => stateAfter([...connected(), ...lines]).findings;
const edge = (...lines: Line[]): readonly Finding[] => stateAfter([...connected(IN_OUT_EDGE), ...lines]).findings;

/** Turns 2, 3 … that report `mask` for 7, each followed by `then`. */
function reports(count: number, mask: number, then: (t: number, turn: number) => Line[] = () => []): Line[] {
  return Array.from({ length: count }, (_, i) => {
    const t = 1000 * (i + 1);
    return [...woken(t, i + 2, [[7, mask]]), ...then(t + 10, i + 2)];
  }).flat();
}

const recv = (t: number, turn: number, ret = 10, more = {}): Line =>
  call(t, turn, 'recv', '7, "…", 1024, 0', ret, more);
const send = (t: number, turn: number, taken: number, more = {}): Line =>
  call(t, turn, 'send', '7, "…", 1000, MSG_NOSIGNAL', taken, more);

test('the recording of the model epoll has no findings', () => {
  expect(stateAfter(fixture('epoll')).findings).toEqual([]);
});

describe('reported 5 times and nothing read', () => {
  test('is found at the sixth report, and counts on', () => {
    expect(findings(...reports(5, EPOLLIN))).toEqual([]);
    expect(findings(...reports(6, EPOLLIN))).toEqual([
      { lint: 'reported-not-read', key: '4100/7', values: { times: 5 }, firstTurn: 7, lastTurn: 7, count: 1 },
    ]);
    expect(findings(...reports(8, EPOLLIN))).toMatchObject([
      { values: { times: 7 }, firstTurn: 7, lastTurn: 9, count: 3 },
    ]);
  });

  test('is found for a hang-up that the program neither reads nor closes', () => {
    expect(findings(...reports(6, EPOLLIN | EPOLLHUP))).toMatchObject([{ lint: 'reported-not-read' }]);
    expect(findings(...reports(6, EPOLLHUP))).toMatchObject([{ lint: 'reported-not-read' }]);
  });

  test('is not found if a read would block, a send makes progress, or the interest changes', () => {
    const reads = (t: number, turn: number): Line[] => [recv(t, turn, -1, { errno: 'EAGAIN' })];
    expect(findings(...reports(9, EPOLLIN, reads))).toEqual([]);
    expect(edge(...reports(9, EPOLLIN | EPOLLOUT, (t, turn) => [send(t, turn, 1000)]))).toEqual([]);
    const modified = (t: number, turn: number): Line[] => [
      call(t, turn, 'epoll_ctl', '6, EPOLL_CTL_MOD, 7, EPOLLIN', 0),
    ];
    expect(findings(...reports(9, EPOLLIN, modified))).toEqual([]);
  });

  test('is not found across a gap: the reads may have been skipped', () => {
    expect(findings(...reports(5, EPOLLIN), GAP, ...reports(5, EPOLLIN))).toEqual([]);
    expect(findings(...reports(5, EPOLLIN), { t: 1, tid: 1, dropped: 3 }, ...reports(5, EPOLLIN))).toEqual([]);
  });

  test('is not found for a number that was closed and used again', () => {
    const again = [call(5500, 6, 'close', '7', 0), call(5510, 6, 'accept4', '5, 127.0.0.1:2', 7)];
    expect(findings(...reports(5, EPOLLIN), ...again, ...reports(1, EPOLLIN))).toEqual([]);
  });
});

describe('a short send without EPOLLOUT', () => {
  const next = woken(2000, 3, [[5, 1]]);

  test('is found when the turn is over', () => {
    expect(findings(...woken(1000, 2, [[7, 1]]), send(1010, 2, 600))).toEqual([]);
    expect(findings(...woken(1000, 2, [[7, 1]]), send(1010, 2, 600), ...next)).toMatchObject([
      { lint: 'short-send-no-epollout', key: '4100/7', values: { given: 1000, taken: 600 } },
    ]);
  });

  test('is found for a send that takes nothing', () => {
    const lines = [...woken(1000, 2, [[7, 1]]), send(1010, 2, -1, { errno: 'EAGAIN' }), ...next];
    expect(findings(...lines)).toMatchObject([{ lint: 'short-send-no-epollout', values: { taken: 0 } }]);
  });

  test('is not found if the program asks for EPOLLOUT, has it always, sends the rest, or closes', () => {
    const short = [...woken(1000, 2, [[7, 1]]), send(1010, 2, 600)];
    expect(findings(...short, call(1020, 2, 'epoll_ctl', '6, EPOLL_CTL_MOD, 7, EPOLLOUT', 0), ...next)).toEqual([]);
    expect(edge(...short, ...next)).toEqual([]);
    expect(findings(...short, call(1020, 2, 'send', '7, "…", 400, 0', 400), ...next)).toEqual([]);
    expect(findings(...short, call(1020, 2, 'close', '7', 0), ...next)).toEqual([]);
  });

  test('is not found for a program that passes POLLOUT to poll, or uses no set', () => {
    const short = [...woken(1000, 2, [[7, 1]]), send(1010, 2, 600)];
    const removed = call(1020, 2, 'epoll_ctl', '6, EPOLL_CTL_DEL, 7, 0', 0);
    expect(findings(...short, removed, ...next)).toEqual([]);
    expect(findings(...short, removed, asks(1100, 'poll', [[7, EPOLLOUT]]), ...next)).toEqual([]);
    expect(findings(...short, removed, asks(1100, 'poll', [[7, EPOLLIN]]), ...next)).toHaveLength(1);
  });

  test('is not found across a gap, nor for a thread that goes on sending', () => {
    expect(findings(...woken(1000, 2, [[7, 1]]), send(1010, 2, 600), GAP, ...next)).toEqual([]);
    const job = call(1010, 2, 'sendfile_job', '7, 9, 0, 1000', -1, { errno: 'EAGAIN' });
    expect(findings(...woken(1000, 2, [[7, 1]]), job, ...next)).toEqual([]);
  });
});

describe('EPOLLOUT with nothing to send', () => {
  const asked = call(150, 1, 'epoll_ctl', '6, EPOLL_CTL_MOD, 7, EPOLLIN|EPOLLOUT', 0);

  test('is found at the sixth report without a send, also if the program reads', () => {
    const lines = [asked, ...reports(6, EPOLLOUT)];
    expect(findings(...lines)).toMatchObject([{ lint: 'epollout-nothing-to-send', values: { times: 5 } }]);
    const reading = reports(6, EPOLLIN | EPOLLOUT, (t, turn) => [recv(t, turn)]);
    expect(findings(asked, ...reading)).toMatchObject([{ lint: 'epollout-nothing-to-send' }]);
  });

  test('is not found if each report is followed by a send, or edges come for both directions', () => {
    expect(findings(asked, ...reports(9, EPOLLOUT, (t, turn) => [send(t, turn, 1000)]))).toEqual([]);
    expect(edge(...reports(9, EPOLLIN | EPOLLOUT, (t, turn) => [recv(t, turn)]))).toEqual([]);
  });

  test('is not found across a gap', () => {
    expect(findings(asked, ...reports(5, EPOLLOUT), GAP, ...reports(5, EPOLLOUT))).toEqual([]);
  });
});

describe('edge-triggered, and bytes are left', () => {
  const left = (t: number, rx = 1976): Line =>
    look(t, [
      { fd: 6, kind: 'epoll' },
      { fd: 5, kind: 'listener', mask: 0x19 },
      { fd: 7, mask: 0x8000001d, rx, readable: 5 },
    ]);
  const full = [...woken(1000, 2, [[7, EPOLLIN | EPOLLOUT]]), recv(1010, 2, 1024)];
  const running: Line = { t: 50, program: 'running', isReady: false };
  const paused: Line = { t: 4000, program: 'paused', isReady: false };
  const found = [{ lint: 'edge-not-drained', key: '4100/7', values: { bytes: 1976 } }];

  test('is found when the program is paused and its wait would not return', () => {
    expect(edge(running, ...full, left(3000))).toEqual([]);
    expect(edge(running, ...full, left(3000), { ...paused, isReady: true })).toEqual([]);
    expect(edge(running, ...full, left(3000), paused)).toMatchObject(found);
    expect(edge(running, ...full, paused, left(5000), { ...paused, t: 6000 })).toMatchObject(found);
  });

  test('is found when a later wait has not reported it, or none has returned for a second', () => {
    expect(edge(running, ...full, left(3000), left(1_002_999))).toEqual([]);
    expect(edge(running, ...full, left(3000), ...woken(4000, 3, [[5, 1]]))).toMatchObject(found);
    expect(edge(running, ...full, left(3000), ...woken(4000, 3, []))).toMatchObject(found);
    expect(edge(running, ...full, left(3000), left(1_003_000))).toMatchObject(found);
  });

  test('is not found when the next wait reports it, or was one for another set', () => {
    expect(edge(running, ...full, left(3000), ...woken(4000, 3, [[7, 1]]))).toEqual([]);
    const other = call(3500, 2, 'epoll_create1', 'EPOLL_CLOEXEC', 9);
    expect(edge(running, ...full, left(3000), other, ...woken(4000, 3, [[5, 1]]))).toEqual([]);
  });

  test('is found after a read that a signal interrupted, which says nothing of what is left', () => {
    const interrupted = recv(1020, 2, -1, { errno: 'EINTR' });
    expect(edge(running, ...full, interrupted, left(3000), paused)).toMatchObject(found);
  });

  test('is not found if the program has read since the look', () => {
    expect(edge(running, ...full, left(3000), recv(3500, 2, 1024), paused)).toEqual([]);
  });

  test('is not found while the program is held for a second, and could go on', () => {
    expect(edge(running, ...full, left(3000), { ...paused, isReady: true }, left(1_100_000))).toEqual([]);
  });

  test('is found for an accept queue that was not emptied', () => {
    const listener = call(150, 1, 'epoll_ctl', '6, EPOLL_CTL_MOD, 5, EPOLLIN|EPOLLET', 0);
    const accepted = [...woken(1000, 2, [[5, 1]]), call(1010, 2, 'accept4', '5, 127.0.0.1:2', 8)];
    const queue = look(3000, [{ fd: 5, kind: 'listener', mask: 0x80000019, rx: 9, readable: 1 }]);
    const lines = [listener, ...accepted, queue, paused];
    expect(findings(...lines)).toMatchObject([{ lint: 'edge-not-drained', key: '4100/5', values: { clients: 9 } }]);
  });

  test('is not found after EAGAIN, a short read, or for a level-triggered descriptor', () => {
    const looks = [left(3000), paused];
    expect(edge(...full, recv(1020, 2, -1, { errno: 'EAGAIN' }), ...looks)).toEqual([]);
    expect(edge(...full, recv(1020, 2, 700), ...looks)).toEqual([]);
    const level = (t: number): Line => look(t, [{ fd: 7, mask: 0x19, rx: 1976, readable: 5 }]);
    expect(findings(...full, level(3000), paused)).toEqual([]);
  });

  test('is not found while the program waits for room to send, or across a gap', () => {
    const looks = [left(3000), paused];
    expect(edge(...full, send(1020, 2, 600), ...looks)).toEqual([]);
    expect(edge(...full, GAP, ...looks)).toEqual([]);
  });
});

describe('a closed descriptor that is still in the set', () => {
  const closed = call(1000, 1, 'close', '7', 0);
  const looked = (t: number): Line => look(t, [{ fd: 7, kind: 'other', mask: 0x19, isClosed: true }]);

  test('is found by a look at the kernel, and shown with its mask', () => {
    const state = stateAfter([...connected(), closed, looked(200_000)]);
    expect(state.findings).toMatchObject([{ lint: 'closed-in-set', key: '4100/7', values: { mask: 0x19 } }]);
    expect(state.descriptors.get('4100/7')).toMatchObject({ isOpen: false, mask: EPOLLIN });
  });

  test('is found by a report for its number', () => {
    expect(findings(closed, ...woken(2000, 2, [[7, EPOLLHUP]]))).toMatchObject([{ lint: 'closed-in-set' }]);
  });

  test('is not found within 50 ms of the close, nor for a number that is in use again', () => {
    expect(findings(closed, looked(51_004))).toEqual([]);
    expect(findings(closed, looked(51_005))).toHaveLength(1);
    const again = call(1500, 1, 'accept4', '5, 127.0.0.1:2', 7);
    expect(findings(closed, again, look(200_000, [{ fd: 7, mask: 0x19 }]), ...woken(300_000, 2, [[7, 1]]))).toEqual([]);
  });

  test('is not found by a report across a gap, or if another thread may have the number', () => {
    expect(findings(closed, GAP, ...woken(2000, 2, [[7, EPOLLHUP]]))).toEqual([]);
    expect(findings(main(4100, 2), closed, ...woken(2000, 2, [[7, EPOLLHUP]]))).toEqual([]);
  });
});

describe('accept failing with EMFILE in a loop', () => {
  const failing = (count: number, apart: number, errno = 'EMFILE'): Line[] =>
    Array.from({ length: count }, (_, i) => [
      ...woken(1000 + i * apart, 2 + i, [[5, 1]]),
      call(1010 + i * apart, 2 + i, 'accept4', '5, ...', -1, { errno }),
    ]).flat();

  test('is found at the fifth failure within a second', () => {
    expect(findings(...failing(4, 100))).toEqual([]);
    expect(findings(...failing(5, 100))).toMatchObject([{ lint: 'accept-emfile-loop', values: { times: 5, ms: 0.4 } }]);
  });

  test('is not found if the fifth failure comes after more than a second', () => {
    expect(findings(...failing(5, 250_000))).toHaveLength(1);
    expect(findings(...failing(5, 250_001))).toEqual([]);
  });

  test('is not found if the server waits between its attempts, or accept only would block', () => {
    expect(findings(...failing(9, 400_000))).toEqual([]);
    expect(findings(...failing(9, 100, 'EAGAIN'))).toEqual([]);
  });
});

describe('a turn of more than 50 ms', () => {
  test('is found by the end of its last call, once for a turn', () => {
    const lines = [...woken(1000, 2, [[7, 1]]), recv(1010, 2), send(70_000, 2, 1000), recv(71_000, 2)];
    expect(findings(...lines)).toMatchObject([{ lint: 'long-turn', key: undefined, values: { ms: 70.005 }, count: 1 }]);
  });

  test('is not found for one of exactly 50 ms', () => {
    const lasting = (us: number): Line[] => [...woken(1000, 2, [[7, 1]]), recv(1000 + us - 5, 2)];
    expect(findings(...lasting(50_000))).toEqual([]);
    expect(findings(...lasting(50_001))).toHaveLength(1);
  });

  test('is not found for its sleep, a pause after it, or jobs of other threads', () => {
    expect(findings(...woken(500_000, 2, [[7, 1]], 400), recv(500_010, 2))).toEqual([]);
    expect(findings(...woken(1000, 2, [[7, 1]]), recv(1010, 2), ...woken(900_000, 3, [[7, 1]]))).toEqual([]);
    const job = call(70_000, 2, 'pread_job', '9, 0, 1024, "…"', 1024);
    expect(findings(...woken(1000, 2, [[7, 1]]), job)).toEqual([]);
  });

  test("is not found for an answer that a timer of Node's own loop sends later", () => {
    expect(findings(...woken(1000, 2, [[7, 1]]), recv(1010, 2), send(90_000, 2, 1000, { isAsync: true }))).toEqual([]);
  });

  test('is not found for a turn with a gap in it', () => {
    expect(findings(...woken(1000, 2, [[7, 1]]), { t: 2000, tid: 1, dropped: 2 }, send(90_000, 2, 1000))).toEqual([]);
  });
});

describe('a descriptor that took more than 90 % of a turn', () => {
  const eight = call(150, 1, 'accept4', '5, 127.0.0.1:2', 8);
  const both = woken(1000, 2, [
    [7, 1],
    [8, 1],
  ]);
  const other = (t: number): Line => call(t, 2, 'recv', '8, "…", 1024, 0', 10);
  const next = woken(200_000, 3, [[5, 1]]);

  test('is found if others were ready too', () => {
    const lines = [eight, ...both, recv(1010, 2), send(30_000, 2, 1000), other(30_100), ...next];
    expect(findings(...lines)).toMatchObject([
      { lint: 'one-descriptor-took-the-turn', key: '4100/7', values: { percent: 99, others: 1 } },
    ]);
  });

  test('is found in a turn of 10 ms, and in none that is shorter', () => {
    const lasting = (us: number): Line[] => [eight, ...both, recv(1010, 2), other(1000 + us - 5), ...next];
    expect(findings(...lasting(9999))).toEqual([]);
    expect(findings(...lasting(10_000))).toHaveLength(1);
  });

  test('is not found for one that took exactly 90 %', () => {
    const sharing = (us: number): Line[] => {
      const rest = call(1000 + us, 2, 'recv', '8, "…", 1024, 0', 10, { dur: 20_000 - us });
      return [eight, ...both, recv(1000, 2), rest, ...next];
    };
    expect(findings(...sharing(18_000))).toEqual([]);
    expect(findings(...sharing(18_001))).toMatchObject([{ key: '4100/7', values: { percent: 90 } }]);
  });

  test('counts the time in which its handler computes and reads files', () => {
    const file = call(20_000, 2, 'pread', '9, "…", 1024, 0', 1024);
    expect(findings(eight, ...both, recv(1010, 2), file, other(30_000), ...next)).toMatchObject([{ key: '4100/7' }]);
  });

  test('is not found if no other was ready, the turn was short, or both took their part', () => {
    expect(findings(eight, ...woken(1000, 2, [[7, 1]]), recv(1010, 2), send(30_000, 2, 1000), ...next)).toEqual([]);
    expect(findings(eight, ...both, recv(1010, 2), send(9000, 2, 1000), other(9010), ...next)).toEqual([]);
    expect(
      findings(eight, ...both, recv(1010, 2), send(20_000, 2, 1000), other(20_010), recv(30_000, 2), ...next),
    ).toEqual([]);
  });
});

test('the newest 50 findings are kept', () => {
  const lines = Array.from({ length: 51 }, (_, i) => [
    call(1000, 1, 'accept4', '5, 127.0.0.1:2', 8 + i),
    call(1010, 1, 'epoll_ctl', `6, EPOLL_CTL_ADD, ${8 + i}, EPOLLIN`, 0),
    call(1020, 1, 'close', `${8 + i}`, 0),
    ...woken(2000 + i, 2 + i, [[8 + i, EPOLLHUP]]),
  ]).flat();
  const keys = findings(...lines).map(({ key }) => key);
  expect(keys).toEqual(Array.from({ length: 50 }, (_, i) => `4100/${9 + i}`));
});
