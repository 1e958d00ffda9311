/**
 * Finds what is probably wrong in a program, by figures. A lint concludes from records alone that follow each other without a gap: the
 * reducer forgets the facts of descriptors, and the work of a turn, when records are missing.
 */
import type { Call, KernelLook, ProgramState, Turn, XrayRecord } from '../records.js';
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
  if ('program' in record) return afterProgram(record, after);
  return [];
}

/** The turn of that thread before this one is over, and all its records have come. */
function* afterTurn(before: State, { t, tid, events }: Turn): Generator<Sighting> {
  const thread = before.threads.get(tid);
  if (thread === undefined) return;
  for (const [fd, mask] of events) {
    const one = before.descriptors.get(keyOf(thread.pid, fd));
    if (one !== undefined) yield* afterReport(before, one, mask);
  }
  for (const key of thread.work.short) yield* shortSend(before.descriptors.get(key));
  for (const one of leftBefore(before, t)) {
    // A wait has returned without a report for it. It was the wait for its set, if there is no other.
    const isReported = events.some(([fd]) => fd === one.fd);
    if (one.pid === thread.pid && !isReported && hasOneWait(before, one.pid)) yield left(one);
  }
  yield* greedy(thread.work);
}

function* afterReport(before: State, one: Descriptor, mask: number): Generator<Sighting> {
  const { key, isOpen, facts } = one;
  if (!isOpen) {
    // Records of the threads of one process come in no exact order: another descriptor may have the number already.
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

/** One descriptor of several took nearly the whole turn. If a turn has one event, its descriptor may use the whole turn. */
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
    const { leftSince } = one.facts;
    // Looks are not recorded if they are the same, so a later one is rare.
    if (leftSince !== undefined && t - leftSince >= ASLEEP_US && after.program === 'running') yield left(one);
  }
}

/** The program is held, and its wait would not return: no report is on its way. */
function* afterProgram({ t, program, isReady }: ProgramState, after: State): Generator<Sighting> {
  if (program !== 'paused' || isReady) return;
  for (const one of leftBefore(after, t)) yield left(one);
}

/** Descriptors whose bytes the last report announced, and that were unread already at `t`. */
function leftBefore({ left, descriptors }: State, t: number): Descriptor[] {
  return left.flatMap((key) => {
    const one = descriptors.get(key);
    return one?.facts.leftSince !== undefined && one.facts.leftSince < t ? [one] : [];
  });
}

function left({ key, kind, unread }: Descriptor): Sighting {
  const lies = unread ?? 0;
  return sighting('edge-not-drained', key, kind === 'listener' ? { clients: lies } : { bytes: lies });
}

function hasOneWait(state: State, pid: number): boolean {
  const sets = [...state.descriptors.values()].filter((one) => one.pid === pid && one.isOpen && one.kind === 'epoll');
  return sets.length === 1 && liveThreads(state, pid) === 1;
}

function liveThreads({ threads }: State, pid: number): number {
  return [...threads.values()].filter((thread) => thread.pid === pid && !thread.isGone).length;
}

function sighting(lint: LintName, key: string | undefined, values: Finding['values']): Sighting {
  return { lint, key, values };
}
