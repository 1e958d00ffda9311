/** What the lints remember of a descriptor, after each call on it and each report. */
import type { Call } from '../records.js';
import { EPOLLET, EPOLLIN, EPOLLOUT, has, READABLE } from './bits.js';
import * as calls from './calls.js';
import type { Descriptor, Facts } from './state.js';

export const NO_FACTS: Facts = {
  unreadReports: 0,
  unusedReports: 0,
  shortSend: undefined,
  isDrained: undefined,
  leftSince: undefined,
  refused: undefined,
  underWay: undefined,
  isClosedForSure: false,
};

/** Failures that are counted together. A server that waits between its attempts is in no loop. */
const REFUSED_WITHIN_US = 1_000_000;

export function factsAfterCall(before: Facts, call: Call): Facts {
  const facts = call.isOperation ? { ...before, underWay: undefined } : before;
  if (calls.isSend(call)) {
    // Some bytes are progress, for both directions: a program may send first and read later.
    return { ...facts, unreadReports: 0, unusedReports: 0, leftSince: undefined, shortSend: shortSend(call) };
  }
  if (calls.isRead(call)) {
    const refused = calls.isFull(call) ? refusedAgain(facts.refused, call.t) : undefined;
    return { ...facts, unreadReports: 0, leftSince: undefined, isDrained: isDrained(call), refused };
  }
  return facts.unreadReports === 0 ? facts : { ...facts, unreadReports: 0 };
}

function refusedAgain(before: Facts['refused'], t: number): Facts['refused'] {
  if (before === undefined || t - before.since > REFUSED_WITHIN_US) return { times: 1, since: t };
  return { times: before.times + 1, since: before.since };
}

function shortSend(call: Call): Facts['shortSend'] {
  if (calls.isJob(call)) return undefined; // a thread goes on with it
  const given = calls.length(call);
  if (calls.isWouldBlock(call)) return { given, taken: 0 };
  return given !== undefined && call.ret >= 0 && call.ret < given ? { given, taken: call.ret } : undefined;
}

/** epoll(7): a stream that gives less than was asked for has no more. */
function isDrained(call: Call): boolean {
  if (call.ret < 0) return !calls.isFull(call) && call.errno !== 'EINTR';
  const room = calls.length(call);
  return room === undefined ? call.call !== 'accept4' : call.ret < room;
}

export function factsAfterReport({ facts, mask, askedBy }: Descriptor, reported: number): Facts {
  const isEdge = has(mask, EPOLLET);
  const isAskedToWrite = askedBy !== undefined && has(mask, EPOLLOUT);
  return {
    ...facts,
    unreadReports: has(reported, READABLE) ? facts.unreadReports + 1 : facts.unreadReports,
    // Edges for writing come with edges for reading, and cost nothing.
    unusedReports: has(reported, EPOLLOUT) && isAskedToWrite && !isEdge ? facts.unusedReports + 1 : 0,
    isDrained: has(reported, EPOLLIN) ? false : facts.isDrained,
    leftSince: undefined,
  };
}

/** Whether bytes of the last report are left unread: the program has not read to their end, and it waits for nothing else. */
export function hasLeft({ isOpen, mask, unread, readable, facts }: Descriptor): boolean {
  if (!isOpen || !has(mask, EPOLLET) || !has(mask, EPOLLIN) || unread === null || unread === 0) return false;
  return has(readable, EPOLLIN) && facts.isDrained === false && facts.shortSend === undefined;
}
