/** A recording that begins in the middle, with what a reader must know of the time before: threads, descriptors, lines of source. */
import { type KernelDescriptor, LOOKED_MAX, type XrayRecord } from '../records.js';
import type { Descriptor, State } from './state.js';

/** @param base  the state before the records. Its totals are not part of the recording. */
export function excerpt(base: State, records: readonly XrayRecord[]): XrayRecord[] {
  const { t, program, isReady, experiment } = base;
  const threads = [...base.threads.values()].filter((thread) => !thread.isGone);
  return [
    ...threads.map(({ tid, pid, name }) => ({ t, tid, pid, thread: name })),
    { t, program, isReady },
    ...(experiment === undefined ? [] : [{ t, experiment, state: 'begins' as const }]),
    ...[...new Set(threads.map(({ pid }) => pid))].map((pid) => ({ t, pid, kernel: rows(base, pid) })),
    ...threads.flatMap(({ tid, pid }) => (['poll', 'select'] as const).flatMap((by) => asks(base, tid, pid, by))),
    ...withLines(base.lines, records),
  ];
}

function open({ descriptors }: State, pid: number): Descriptor[] {
  return [...descriptors.values()].filter((one) => one.pid === pid && one.isOpen).slice(0, LOOKED_MAX);
}

function rows(base: State, pid: number): KernelDescriptor[] {
  return open(base, pid).map(({ fd, kind, address, unread, unsent, readable, mask, askedBy }) => ({
    fd,
    kind,
    ...(address !== undefined && { address }),
    rx: unread ?? 0,
    tx: unsent ?? 0,
    readable,
    mask: askedBy === 'epoll' ? mask : null,
  }));
}

/** The set that a process has passed to poll or select. */
function asks(base: State, tid: number, pid: number, by: 'poll' | 'select'): XrayRecord[] {
  const set = open(base, pid).flatMap(({ fd, mask, askedBy }) =>
    askedBy === by && mask !== null ? [[fd, mask] as const] : [],
  );
  return set.length === 0 ? [] : [{ t: base.t, tid, by, asks: set }];
}

/** The text of a line of source is in the first call that it made: it may have been before the records. */
function withLines(lines: State['lines'], records: readonly XrayRecord[]): XrayRecord[] {
  const known = new Set<string>();
  return records.map((record) => {
    if (!('call' in record) || record.src === undefined || known.has(record.src)) return record;
    known.add(record.src);
    const line = record.line ?? lines.get(record.src);
    return line === undefined ? record : { ...record, line };
  });
}
