/**
 * Finds what is probably wrong in a program, by figures. A lint concludes from records alone that follow each other without a gap: the
 * reducer forgets the facts of descriptors, and the work of a turn, when records are missing.
 */
import type { Call, KernelLook, Turn, XrayRecord } from '../records.js';
import { EPOLLOUT, has } from './bits.js';
import * as calls from './calls.js';
import { keyOf } from './descriptors.js';
import type { Descriptor, Finding, LintName, State, Work } from './state.js';

/** Reports or failures in a row that are no accident. */
const TIMES = 5;

/** Shorter turns delay no client by a time that it could notice beside the network. */
const LONG_TURN_US = 50_000;

/** In a shorter turn, a single garbage collection of V8 (some milliseconds) would make one descriptor look greedy. */
const SHARED_TURN_US = 10_000;
const SHARE_MAX = 0.9;

/** A program that is started holds copies of descriptors for some milliseconds, until it calls execve. */
const CLOSED_US = 50_000;

/** A program that has not been woken for so long sleeps, or has worse faults. */
const ASLEEP_US = 1_000_000;

/** While the program is paused, looks come every 200 ms; in the time of one, a report that it is ready has come. */
const PAUSED_LOOKS_US = 100_000;

const FINDINGS_MAX = 50;

/** What a lint sees in one record. */
type Sighting = Pick<Finding, 'lint' | 'key' | 'values'>;

/** The findings of `after`, the state after a record. */
export function findingsAfter(before: State, record: XrayRecord, after: State): readonly Finding[] {
  const seen = [...sightings(before, record, after)];
  return seen.length === 0 ? after.findings : seen.reduce((all, one) => noted(all, one, after.turn), after.findings);
}

/** A finding counts the turns in which it was seen. */
function noted(all: readonly Finding[], one: Sighting, turn: number): readonly Finding[] {
  const i = all.findIndex(({ lint, key }) => lint === one.lint && key === one.key);
  const known = all[i];
  if (known === undefined) {
    return [...all.slice(1 - FINDINGS_MAX), { ...one, firstTurn: turn, lastTurn: turn, count: 1 }];
  }
  const count = known.lastTurn === turn ? known.count : known.count + 1;
  return all.with(i, { ...known, values: one.values, lastTurn: turn, count });
}

function sightings(before: State, record: XrayRecord, after: State): Iterable<Sighting> {
  if ('call' in record) return afterCall(record, after);
  if ('events' in record) return afterTurn(before, record);
  if ('kernel' in record) return afterLook(record, after);
  return [];
}

/** The turn of that thread before this one is over, and all its records have come. */
function* afterTurn(before: State, { tid, events }: Turn): Generator<Sighting> {
  const thread = before.threads.get(tid);
  if (thread === undefined) return;
  for (const [fd, mask] of events) {
    const one = before.descriptors.get(keyOf(thread.pid, fd));
    if (one !== undefined) yield* afterReport(before, one, mask);
  }
  for (const key of thread.work.short) yield* shortSend(before.descriptors.get(key));
  yield* greedy(thread.work);
}

function* afterReport(before: State, one: Descriptor, mask: number): Generator<Sighting> {
  const { key, isOpen, facts } = one;
  if (!isOpen) {
    // Records of threads of one process come in no exact order: another one may have the number already.
    if (facts.isClosedForSure && liveThreads(before, one.pid) === 1) yield sighting('closed-in-set', key, { mask });
    return;
  }
  if (facts.unreadReports >= TIMES) yield sighting('reported-not-read', key, { times: facts.unreadReports });
  if (facts.unusedReports >= TIMES && has(mask, EPOLLOUT)) {
    yield sighting('epollout-nothing-to-send', key, { times: facts.unusedReports });
  }
}

function* shortSend(one: Descriptor | undefined): Generator<Sighting> {
  if (one === undefined || !one.isOpen || one.askedBy === undefined || has(one.mask, EPOLLOUT)) return;
  const { shortSend } = one.facts;
  if (shortSend?.given === undefined) return;
  yield sighting('short-send-no-epollout', one.key, { given: shortSend.given, taken: shortSend.taken });
}

/** One descriptor of several took nearly the whole turn. A turn with one event is its descriptor's by right. */
function* greedy({ since, until, events, spent }: Work): Generator<Sighting> {
  if (since === undefined || events < 2 || until - since < SHARED_TURN_US) return;
  for (const [key, us] of spent) {
    const share = us / (until - since);
    if (share <= SHARE_MAX) continue;
    const values = { percent: Math.floor(100 * share), ms: (until - since) / 1000, others: events - 1 };
    yield sighting('one-descriptor-took-the-turn', key, values);
  }
}

/**
 * A turn lasts, for this, until the end of its last call: the time after it may be a pause, or a moment between two turns of slow
 * motion.
 */
function* afterCall(call: Call, after: State): Generator<Sighting> {
  const thread = after.threads.get(call.tid);
  if (thread === undefined) return;
  const { since, until } = thread.work;
  if (since !== undefined && call.turn === thread.turn && until - since > LONG_TURN_US) {
    yield sighting('long-turn', undefined, { ms: (until - since) / 1000 });
  }
  if (!calls.isFull(call) || call.call !== 'accept4') return;
  const one = after.descriptors.get(keyOf(thread.pid, call.fd));
  const refused = one?.facts.refused;
  if (one === undefined || refused === undefined || refused.times < TIMES) return;
  yield sighting('accept-emfile-loop', one.key, { times: refused.times, ms: (call.t - refused.since) / 1000 });
}

function* afterLook({ t, pid, kernel }: KernelLook, after: State): Generator<Sighting> {
  for (const { fd, mask, isClosed } of kernel) {
    const one = after.descriptors.get(keyOf(pid, fd));
    if (one === undefined) continue;
    if (isClosed && mask !== null && one.closedAt !== undefined && t - one.closedAt >= CLOSED_US) {
      yield sighting('closed-in-set', one.key, { mask });
    }
    if (!isLeft(one, t, after)) continue;
    const lies = one.unread ?? 0;
    yield sighting('edge-not-drained', one.key, one.kind === 'listener' ? { clients: lies } : { bytes: lies });
  }
}

/**
 * Bytes lie there that the last report has announced, and no other report is on its way: a wait has returned since without one, or time
 * has passed in which a sleeping program would have been woken.
 */
function isLeft({ facts: { leftSince }, pid }: Descriptor, t: number, after: State): boolean {
  if (leftSince === undefined) return false;
  if (after.program === 'paused') return !after.isReady && t - leftSince >= PAUSED_LOOKS_US;
  const threads = [...after.threads.values()].filter((thread) => thread.pid === pid && !thread.isGone);
  const hasGoneOn = threads.every(({ work }) => work.since !== undefined && work.since > leftSince);
  return after.program === 'running' && (hasGoneOn || t - leftSince >= ASLEEP_US);
}

function liveThreads({ threads }: State, pid: number): number {
  return [...threads.values()].filter((thread) => thread.pid === pid && !thread.isGone).length;
}

function sighting(lint: LintName, key: string | undefined, values: Finding['values']): Sighting {
  return { lint, key, values };
}
