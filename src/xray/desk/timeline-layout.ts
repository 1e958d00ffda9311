/**
 * Where the marks of the timeline are. Time is not to scale: a thread sleeps for seconds and then makes ten calls in a tenth of a
 * millisecond, which would be invisible. So calls follow each other in order, and the width of each grows with the logarithm of its
 * duration.
 */
import type { Call, ClientActed, DescriptorKind, XrayRecord } from '../records.js';
import * as calls from '../view/calls.js';
import type { State } from '../view/state.js';
import type { Playable } from './clock.js';

type MarkKind = 'wait' | 'open' | 'in' | 'out' | 'other' | 'client';

export interface Mark {
  /** In the player's records. */
  readonly index: number;
  readonly record: Call | ClientActed;
  readonly kind: MarkKind;
  readonly lane: string;
  readonly x: number;
  readonly width: number;
  readonly height: number;
  readonly isBlocked: boolean;
  readonly isBad: boolean;
  readonly isPast: boolean;
}

interface TurnMark {
  readonly turn: number;
  readonly x: number;
  readonly width: number;
}

export interface Lane {
  readonly key: string;
  readonly fd: number | undefined;
  readonly kind: DescriptorKind | 'clients' | 'waits' | 'files';
}

export interface Layout {
  readonly marks: readonly Mark[];
  readonly turns: readonly TurnMark[];
  readonly lanes: readonly Lane[];
  /** Between the records that are in the state, and those that come after. */
  readonly playheadX: number;
}

export const LANES_MAX = 12;
const MARK_HEIGHT = 16;
const TURN_GAP = 10;
/** The share of the width that the past has, if later records are known. */
const PAST_SHARE = 0.7;

/** A call that took so long has waited for its descriptor. */
const WAITED_US = 1_000;

const OPENS = new Set(['accept4', 'socket', 'bind', 'listen', 'connect', 'close', 'shutdown', 'epoll_create1']);
const RANKS: readonly Lane['kind'][] = [
  'clients',
  'waits',
  'epoll',
  'listener',
  'connection',
  'timerfd',
  'eventfd',
  'inotify',
  'pipe',
  'other',
  'file',
  'files',
];

function kindOf(call: Call): MarkKind {
  if (isWait(call)) return 'wait';
  if (OPENS.has(call.call)) return 'open';
  if (calls.isSend(call)) return 'out';
  return calls.isRead(call) || call.call.startsWith('pread') ? 'in' : 'other';
}

function isWait(call: Call): boolean {
  return calls.isReadinessWait(call) || (calls.mayWait(call) && call.dur >= WAITED_US);
}

/** @param width  in pixels */
export function layOut(records: Playable, state: State, width: number): Layout {
  const past = width - Math.max(16, widthAfter(records, width * (1 - PAST_SHARE)));
  let begin = records.position;
  let used = 0;
  while (begin > records.begin) {
    const needed = widthOf(records.record(begin - 1));
    if (used + needed > past) break;
    used += needed;
    begin--;
  }
  return place(records, begin, state, used < past ? 0 : past - used, width);
}

function widthAfter(records: Playable, most: number): number {
  let used = 0;
  for (let i = records.position; i < records.end && used < most; i++) used += widthOf(records.record(i));
  return Math.min(used, most);
}

function place(records: Playable, begin: number, state: State, left: number, width: number): Layout {
  const marks: Mark[] = [];
  const turns: TurnMark[] = [];
  const lanes = new Map<string, Lane>();
  let x = left;
  let playheadX = left;
  for (let i = begin; i < records.end && x < width; i++) {
    const record = records.record(i);
    if (record === undefined) continue;
    const needed = widthOf(record);
    if ('events' in record) turns.push({ turn: record.turn, x: x + TURN_GAP / 2, width: 0 });
    if ('call' in record || 'client' in record) {
      const lane = laneOf(record, state);
      lanes.set(lane.key, lane);
      marks.push(mark(record, lane.key, i, x, needed, i < records.position));
    }
    x += needed;
    if (i < records.position) playheadX = x;
  }
  return {
    marks,
    turns: turns.map((each, i) => ({ ...each, width: (turns[i + 1]?.x ?? Math.min(x, width)) - each.x })),
    lanes: inOrder(lanes, marks),
    playheadX,
  };
}

/** The cost of a mark in pixels; 0 for a record that has none. */
function widthOf(record: XrayRecord | undefined): number {
  if (record === undefined) return 0;
  if ('events' in record) return TURN_GAP;
  if ('client' in record) return 9;
  if (!('call' in record)) return 0;
  const wide = Math.log2(1 + record.dur / 8);
  return isWait(record) ? clamp(14 + 3.2 * wide, 18, 76) : clamp(7 + 2.6 * wide, 8, 64);
}

function mark(
  record: Call | ClientActed,
  lane: string,
  index: number,
  x: number,
  width: number,
  isPast: boolean,
): Mark {
  const moved = Math.log2(1 + (record.bytes ?? 0)) / 20; // 1 MiB is as tall as a lane
  const place = {
    record,
    lane,
    index,
    x,
    width: width - 2,
    height: Math.round(MARK_HEIGHT * clamp(0.4 + 0.6 * moved, 0.4, 1)),
    isPast,
  };
  if (!('call' in record)) return { ...place, kind: 'client', isBlocked: false, isBad: false };
  const isBlocked = calls.isWouldBlock(record);
  const isBad = record.errno !== undefined && !isBlocked && record.errno !== 'EINTR' && record.errno !== 'EINPROGRESS';
  const kind = kindOf(record);
  return { ...place, kind, height: kind === 'wait' ? MARK_HEIGHT : place.height, isBlocked, isBad };
}

function laneOf(record: Call | ClientActed, { threads, descriptors }: State): Lane {
  if ('client' in record) return { key: 'clients', fd: undefined, kind: 'clients' };
  const key = `${threads.get(record.tid)?.pid ?? 0}/${record.fd}`;
  const guess = calls.guessedKind(record);
  const kind = guess === 'other' ? descriptors.get(key)?.kind : guess;
  if (record.fd < 0 && calls.isReadinessWait(record)) return { key: 'waits', fd: undefined, kind: 'waits' };
  if (record.fd < 0 || kind === undefined || kind === 'file') return { key: 'files', fd: undefined, kind: 'files' };
  return { key, fd: record.fd, kind };
}

/** The lanes that were used last, if they are too many. */
function inOrder(lanes: ReadonlyMap<string, Lane>, marks: readonly Mark[]): readonly Lane[] {
  const used = new Map<string, number>();
  for (const { lane, x } of marks) used.set(lane, x);
  const byUse = [...lanes.values()].sort((a, b) => (used.get(b.key) ?? 0) - (used.get(a.key) ?? 0));
  return byUse
    .slice(0, LANES_MAX)
    .sort((a, b) => RANKS.indexOf(a.kind) - RANKS.indexOf(b.kind) || (a.fd ?? 0) - (b.fd ?? 0));
}

function clamp(n: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, n));
}
