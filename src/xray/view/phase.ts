/** The part of a turn that a call belongs to. */
import type { Call } from '../records.js';
import * as calls from './calls.js';
import { keyOf } from './descriptors.js';
import type { Phase, State, Thread } from './state.js';

/**
 * A model does everything while it goes through the events, also its sends. The reactor of the real server sends after the events
 * (ARCHITECTURE.md, "One turn"), and then serves the deadlines that are due.
 */
export function phaseOf(state: State, thread: Thread, call: Call, isWait: boolean): Phase {
  if (isWait) return call.turn === thread.turn ? 'ready' : 'wait';
  if (state.header?.model !== 'server') return 'dispatch';
  if (call.call === 'timerfd_settime') return 'deadlines';
  if (calls.isSend(call)) return 'flush';
  return state.phase === 'deadlines' || closesByDeadline(state, thread, call) ? 'deadlines' : 'dispatch';
}

/** A connection is closed that this turn did not report, and the timer was reported. */
function closesByDeadline({ turnRecord, descriptors }: State, { pid }: Thread, call: Call): boolean {
  if (!calls.isClose(call) && call.call !== 'shutdown') return false;
  const events = turnRecord?.events ?? [];
  if (descriptors.get(keyOf(pid, call.fd))?.kind !== 'connection' || events.some(([fd]) => fd === call.fd))
    return false;
  return events.some(([fd]) => descriptors.get(keyOf(pid, fd))?.kind === 'timerfd');
}
