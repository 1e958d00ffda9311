/** The records of tests: a recording that was made by hand, and records with little in them. */
import { readFileSync } from 'node:fs';
import type { Asks, Call, Header, KernelDescriptor, Turn, XrayRecord } from '../../../src/xray/records.js';
import { formatBits } from '../../../src/xray/view/bits.js';
import { reduce } from '../../../src/xray/view/reduce.js';
import type { Descriptor, State } from '../../../src/xray/view/state.js';

export type Line = Header | XrayRecord;

export const PID = 4100;

/** Lines of test/xray/fixtures/NAME.jsonl. */
export function fixture(name: string): Line[] {
  const text = readFileSync(new URL(`../fixtures/${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

export function stateAfter(lines: readonly Line[], state?: State): State {
  const last = lines.reduce<State | undefined>(reduce, state);
  if (last === undefined) throw new Error('no lines');
  return last;
}

export function row(state: State, fd: number, pid = PID): Descriptor {
  const one = state.descriptors.get(`${pid}/${fd}`);
  if (one === undefined) throw new Error(`no descriptor ${fd}`);
  return one;
}

export const HEADER: Header = {
  xray: 1,
  model: 'epoll',
  kernel: '6.12.0',
  node: 'v24.11.0',
  clock: 'CLOCK_MONOTONIC',
  language: 'TypeScript',
  startedAt: '2026-11-29T10:00:00.000Z',
  port: 8080,
};

export const main = (pid = PID, tid = 1): XrayRecord => ({ t: 0, tid, pid, thread: 'main' });

/** A call of 5 µs, in thread 1 unless `more` says otherwise. */
export function call(t: number, turn: number, name: string, args: string, ret: number, more: Partial<Call> = {}): Call {
  const list = args === '' ? [] : args.split(', ');
  const fd =
    /^\d+$/.test(list[0] ?? '') && !['poll', 'select', 'socket', 'eventfd'].includes(name) ? Number(list[0]) : -1;
  return { t, dur: 5, turn, tid: 1, call: name, fd, args: list, ret, ...more };
}

export function turn(t: number, number: number, events: Turn['events'], sleptMs = 0, tid = 1): Turn {
  return { t, tid, turn: number, events, sleptMs };
}

/** A turn after epoll_wait on 6. */
export function woken(t: number, number: number, events: Turn['events'], sleptMs = 0): [Turn, Call] {
  const text = `[${events.map(([fd, mask]) => `[${fd}, ${formatBits(mask)}]`).join(', ')}]`;
  const slept = { dur: 1000 * sleptMs, args: ['6', text, '-1'] };
  return [turn(t, number, events, sleptMs), call(t - slept.dur, number, 'epoll_wait', '6', events.length, slept)];
}

export function asks(t: number, by: Asks['by'], set: Asks['asks']): Asks {
  return { t, tid: 1, by, asks: set };
}

export function look(t: number, kernel: readonly Partial<KernelDescriptor>[], pid = PID): XrayRecord {
  const rows = kernel.map(
    (one) => ({ fd: 0, kind: 'connection', rx: 0, tx: 0, readable: 0, mask: null, ...one }) as const,
  );
  return { t, pid, kernel: rows };
}

/** A listener 5 and a connection 7 in the epoll set 6, with these masks. */
export function connected(mask = 'EPOLLIN'): Line[] {
  return [
    HEADER,
    main(),
    call(10, 0, 'socket', 'AF_INET, SOCK_STREAM, 0', 5),
    call(20, 0, 'listen', '5, 4096', 0),
    call(30, 0, 'epoll_create1', 'EPOLL_CLOEXEC', 6),
    call(40, 0, 'epoll_ctl', '6, EPOLL_CTL_ADD, 5, EPOLLIN', 0),
    ...woken(100, 1, [[5, 1]]),
    call(110, 1, 'accept4', '5, 127.0.0.1:55012, SOCK_NONBLOCK', 7),
    call(120, 1, 'epoll_ctl', `6, EPOLL_CTL_ADD, 7, ${mask}`, 0),
  ];
}
