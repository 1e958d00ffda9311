/** How the time of a turn went to the descriptors, as far as its calls show it. */
import type { Call, Turn } from '../records.js';
import * as calls from './calls.js';
import { keyOf, type Table } from './descriptors.js';
import type { Thread, Work } from './state.js';

const NO_TIMES: ReadonlyMap<string, number> = new Map();

/** Before the first wait, and after a gap. */
export const NO_WORK: Work = {
  since: undefined,
  events: 0,
  until: 0,
  key: undefined,
  spent: NO_TIMES,
  short: [],
};

export function beginWork({ t, events }: Turn): Work {
  return { since: t, events: events.length, until: t, key: undefined, spent: NO_TIMES, short: [] };
}

/**
 * The time of a call is its descriptor's. The time before a call is that of the descriptor of the call before it: a handler
 * receives, and then computes. Calls on files serve the descriptor before them.
 */
export function workAfter({ pid, work }: Thread, call: Call, table: Table): Work {
  if (work.since === undefined || calls.isJob(call) || call.isAsync) return work;
  const own = servedBy(pid, call, table) ?? work.key;
  const end = Math.max(work.until, call.t + call.dur);
  const spent = new Map(work.spent);
  const before = work.key ?? own;
  if (before !== undefined) spent.set(before, (spent.get(before) ?? 0) + Math.max(0, call.t - work.until));
  if (own !== undefined) spent.set(own, (spent.get(own) ?? 0) + Math.max(0, end - Math.max(call.t, work.until)));
  const isShort = own !== undefined && table.get(own)?.facts.shortSend !== undefined && !work.short.includes(own);
  return { ...work, until: end, key: own, spent, short: isShort ? [...work.short, own] : work.short };
}

function servedBy(pid: number, call: Call, table: Table): string | undefined {
  const fd = call.call === 'epoll_ctl' ? Number(call.args[2]) : call.fd;
  const one = table.get(keyOf(pid, fd));
  return one === undefined || one.kind === 'file' || one.kind === 'epoll' || one.kind === 'other' ? undefined : one.key;
}
