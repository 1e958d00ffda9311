/** The state after one more record. Pure; a state shares with the one before it all that has not changed. */
import type {
  Call,
  ClientActed,
  ExperimentMark,
  Header,
  ProgramState,
  Skipped,
  ThreadBegan,
  Turn,
  XrayRecord,
} from '../records.js';
import * as calls from './calls.js';
import { closeAll, keyOf, onAsks, onCall, onGap, onLook, onReport, onSubmits, Table } from './descriptors.js';
import { findingsAfter } from './lints.js';
import { phaseOf } from './phase.js';
import { Rows } from './rows.js';
import type { State, Thread, TurnSummary } from './state.js';
import { beginWork, NO_WORK, workAfter } from './work.js';

export const TURNS_MAX = 300;
const THREADS_MAX = 200;
const CLIENTS_MAX = 200;
/** A program that has not been behind for so long is not behind. */
const BEHIND_US = 1_000_000;

export const INITIAL: State = {
  header: undefined,
  t: 0,
  program: 'starting',
  isReady: false,
  exit: undefined,
  turn: 0,
  turnRecord: undefined,
  phase: 'wait',
  lastCall: undefined,
  threads: new Map(),
  descriptors: new Rows(),
  left: [],
  turns: [],
  findings: [],
  experiment: undefined,
  clients: new Map(),
  lines: new Map(),
  behind: undefined,
  counts: {
    calls: 0,
    turns: 0,
    events: 0,
    requests: 0,
    bytesIn: 0,
    bytesOut: 0,
    asleepMs: 0,
    skippedTurns: 0,
    skippedCalls: 0,
    dropped: 0,
  },
};

/** A header begins anew. Lines of kinds that this version does not know change nothing. */
export function reduce(state: State | undefined, line: Header | XrayRecord): State {
  if ('xray' in line) return { ...INITIAL, header: line };
  const before = state ?? INITIAL;
  const after = step(before, line);
  if (after === before) return before;
  const t = Math.max(before.t, line.t);
  const findings = findingsAfter(before, line, after);
  return t === after.t && findings === after.findings ? after : { ...after, t, findings };
}

function step(state: State, record: XrayRecord): State {
  if ('call' in record) return afterCall(state, record);
  if ('events' in record) return afterTurn(state, record);
  if ('kernel' in record) {
    const { descriptors } = state;
    const table = new Table(descriptors);
    const adopted = adopt(state, table, record.pid);
    const left = [...state.left.filter((key) => table.get(key)?.pid !== record.pid), ...onLook(table, record)];
    return {
      ...state,
      threads: adopted,
      descriptors: table.done(),
      left,
      phase: isAsleep(state, record.t) ? 'wait' : state.phase,
    };
  }
  if ('asks' in record) {
    const table = new Table(state.descriptors);
    onAsks(table, threadOf(state, record.tid).pid, record);
    return { ...state, descriptors: table.done() };
  }
  if ('submits' in record) {
    const table = new Table(state.descriptors);
    onSubmits(table, threadOf(state, record.tid).pid, record);
    return { ...state, descriptors: table.done() };
  }
  if ('program' in record) return afterProgram(state, record);
  if ('thread' in record) return afterThreadBegan(state, record);
  if ('gone' in record) return afterThreadEnded(state, record.tid, record.t);
  if ('skipped' in record) return afterSkipped(state, record);
  if ('dropped' in record) {
    const counts = { ...state.counts, dropped: state.counts.dropped + record.dropped };
    return { ...afterGap(state, record.tid), counts };
  }
  if ('does' in record) return afterClient(state, record);
  if ('experiment' in record) return afterExperiment(state, record);
  return state;
}

/** A look comes when the records of the turn before it have come; the program waits, as far as they show. */
function isAsleep({ lastCall }: State, t: number): boolean {
  return lastCall === undefined || lastCall.t + lastCall.dur <= t;
}

function afterCall(state: State, call: Call): State {
  const thread = threadOf(state, call.tid);
  const table = new Table(state.descriptors);
  const own = call.fd < 0 ? undefined : table.get(keyOf(thread.pid, call.fd));
  const isWait = isWaitOf(thread, call);
  onCall(table, thread.pid, call);
  const isBytes = (own ?? table.get(keyOf(thread.pid, call.fd)))?.kind === 'connection';
  const moved = isBytes ? calls.moved(call) : 0;
  const isSend = calls.isSend(call);
  const { counts } = state;
  return {
    ...state,
    lastCall: call,
    phase: phaseOf(state, thread, call, isWait),
    threads: new Map(state.threads).set(call.tid, {
      ...thread,
      lastCall: call,
      work: isWait ? thread.work : workAfter(thread, call, table),
    }),
    descriptors: table.done(),
    turns: call.turn === 0 ? state.turns : turnsAfter(state.turns, call),
    lines:
      call.line !== undefined && call.src !== undefined ? new Map(state.lines).set(call.src, call.line) : state.lines,
    counts: {
      ...counts,
      calls: counts.calls + 1,
      requests: counts.requests + (call.requests ?? 0),
      bytesIn: counts.bytesIn + (isSend ? 0 : moved),
      bytesOut: counts.bytesOut + (isSend ? moved : 0),
    },
  };
}

/** The first call of a turn is its wait. */
function isWaitOf(thread: Thread, call: Call): boolean {
  return call.turn !== 0 && thread.lastCall?.turn !== call.turn && calls.mayWait(call);
}

function afterTurn(state: State, turn: Turn): State {
  const thread = threadOf(state, turn.tid);
  const table = new Table(state.descriptors);
  for (const [fd, mask] of turn.events) onReport(table, thread.pid, fd, mask, turn.turn);
  const summary: TurnSummary = {
    turn: turn.turn,
    tid: turn.tid,
    t: turn.t,
    events: turn.events.length,
    // Its wait has been counted if it came before this record.
    calls: thread.lastCall?.turn === turn.turn ? 1 : 0,
    sleptMs: turn.sleptMs,
    dur: 0,
  };
  const { behind, counts } = state;
  return {
    ...state,
    turn: turn.turn,
    turnRecord: turn,
    phase: 'ready',
    program: state.program === 'starting' ? 'running' : state.program,
    threads: new Map(state.threads).set(turn.tid, { ...thread, turn: turn.turn, work: beginWork(turn) }),
    descriptors: table.done(),
    turns: [...(state.turns.length < TURNS_MAX ? state.turns : state.turns.slice(1 - TURNS_MAX)), summary],
    behind: behind !== undefined && turn.t - behind.t > BEHIND_US ? undefined : behind,
    counts: {
      ...counts,
      turns: counts.turns + 1,
      events: counts.events + turn.events.length,
      asleepMs: counts.asleepMs + turn.sleptMs,
    },
  };
}

/** Turns of several threads mix, so the turn of a call need not be the last. */
function turnsAfter(turns: readonly TurnSummary[], call: Call): readonly TurnSummary[] {
  const i = turns.findLastIndex((one) => one.turn <= call.turn);
  const one = turns[i];
  if (one?.turn !== call.turn) return turns;
  const dur = calls.isJob(call) ? one.dur : Math.max(one.dur, call.t + call.dur - one.t);
  return turns.with(i, { ...one, calls: one.calls + 1, dur });
}

function afterProgram(state: State, { t, program, isReady, exit }: ProgramState): State {
  const next = { ...state, program, isReady, exit: exit ?? state.exit };
  if (program === 'running') return next;
  if (program !== 'ended') return { ...next, phase: 'wait', behind: undefined };
  const table = new Table(state.descriptors);
  closeAll(table, t);
  const threads = new Map(Array.from(state.threads, ([tid, thread]) => [tid, { ...thread, isGone: true }]));
  return { ...next, threads, descriptors: table.done() };
}

/** A recording may begin after its threads: their process is the only one that is known, or 0 until a look names it. */
function threadOf(state: State, tid: number): Thread {
  const known = state.threads.get(tid);
  if (known !== undefined) return known;
  const pids = new Set(Array.from(state.threads.values(), ({ pid }) => pid));
  const [pid = 0] = pids.size === 1 ? pids : [];
  return { tid, pid, name: String(tid), turn: 0, isGone: false, lastCall: undefined, work: NO_WORK };
}

/** Gives the threads of an unknown process, and its descriptors, to `pid`, if no thread of that one is known. */
function adopt(state: State, table: Table, pid: number): State['threads'] {
  const all = [...state.threads.values()];
  if (!all.some((thread) => thread.pid === 0) || all.some((thread) => thread.pid === pid)) return state.threads;
  for (const one of state.descriptors.values()) {
    if (one.pid !== 0) continue;
    table.delete(one.key);
    table.add({ ...one, pid, key: keyOf(pid, one.fd) });
  }
  return new Map(all.map((thread) => [thread.tid, thread.pid === 0 ? { ...thread, pid } : thread]));
}

function afterThreadBegan(state: State, { tid, pid, thread: name }: ThreadBegan): State {
  const threads = new Map(state.threads);
  if (threads.size >= THREADS_MAX) {
    const first = [...threads.values()].find((thread) => thread.isGone);
    if (first !== undefined) threads.delete(first.tid);
  }
  const known = threads.get(tid);
  const work = NO_WORK;
  threads.set(
    tid,
    known ? { ...known, pid, name } : { tid, pid, name, turn: 0, isGone: false, lastCall: undefined, work },
  );
  return { ...state, threads };
}

function afterThreadEnded(state: State, tid: number, t: number): State {
  const thread = { ...threadOf(state, tid), isGone: true };
  const threads = new Map(state.threads).set(tid, thread);
  // Descriptors belong to the process: they stay open until its last thread is gone.
  if ([...threads.values()].some((one) => one.pid === thread.pid && !one.isGone)) return { ...state, threads };
  const table = new Table(state.descriptors);
  closeAll(table, t, thread.pid);
  return { ...state, threads, descriptors: table.done() };
}

/** Records of a thread are missing: nothing is concluded from what was before them. */
function afterGap(state: State, tid: number): State {
  const thread = threadOf(state, tid);
  const table = new Table(state.descriptors);
  onGap(table, thread.pid);
  const threads = new Map(state.threads).set(tid, { ...thread, work: NO_WORK });
  return { ...state, threads, descriptors: table.done() };
}

function afterSkipped(state: State, { t, tid, skipped }: Skipped): State {
  const { counts, turns } = state;
  const since = state.behind?.t ?? t - BEHIND_US;
  const shown = Math.max(1, turns.length - 1 - turns.findLastIndex((turn) => turn.t <= since));
  return {
    ...afterGap(state, tid),
    behind: { t, shown, turns: shown + skipped.turns },
    counts: {
      ...counts,
      skippedTurns: counts.skippedTurns + skipped.turns,
      skippedCalls: counts.skippedCalls + skipped.calls,
    },
  };
}

function afterClient(state: State, act: ClientActed): State {
  if (!state.clients.has(act.client) && state.clients.size >= CLIENTS_MAX) return state;
  return { ...state, clients: new Map(state.clients).set(act.client, act) };
}

function afterExperiment(state: State, { experiment, state: change }: ExperimentMark): State {
  return change === 'begins' ? { ...state, experiment, clients: new Map() } : { ...state, experiment: undefined };
}
