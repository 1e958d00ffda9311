/** The interest table: the state of each descriptor, from calls, events and looks at the kernel. */
import {
  type Asks,
  type Call,
  type DescriptorKind,
  type KernelDescriptor,
  type KernelLook,
  LOOKED_MAX,
  type Submits,
} from '../records.js';
import { asked, EPOLLIN, EPOLLONESHOT, EPOLLOUT, has, parseBits, spent } from './bits.js';
import * as calls from './calls.js';
import { factsAfterCall, factsAfterReport, hasLeft, NO_FACTS } from './facts.js';
import { type Rows, RowsDraft } from './rows.js';
import type { Descriptor, WaitsFor } from './state.js';

export const DESCRIPTORS_MAX = 1000;

export const keyOf = (pid: number, fd: number): string => `${pid}/${fd}`;

/** The table, while a record changes it. */
export class Table {
  readonly #rows: RowsDraft<Descriptor>;

  constructor(rows: Rows<Descriptor>) {
    this.#rows = new RowsDraft(rows);
  }

  get(key: string): Descriptor | undefined {
    return this.#rows.get(key);
  }

  all(): Descriptor[] {
    return this.#rows.all();
  }

  /** Changes a descriptor, and finds out again what it waits for. */
  set(descriptor: Descriptor): void {
    const waitsFor = waitOf(descriptor);
    this.#rows.set(descriptor.key, waitsFor === descriptor.waitsFor ? descriptor : { ...descriptor, waitsFor });
  }

  /** Adds a descriptor. If there are too many, the oldest closed one gives way, or else the oldest connection. */
  add(descriptor: Descriptor): void {
    if (this.#rows.size >= DESCRIPTORS_MAX && this.get(descriptor.key) === undefined) {
      const all = this.all().sort((a, b) => a.since - b.since);
      const first = all.find((one) => !one.isOpen) ?? all.find((one) => one.kind === 'connection') ?? all[0];
      if (first !== undefined) this.delete(first.key);
    }
    this.set(descriptor);
  }

  delete(key: string): void {
    this.#rows.delete(key);
  }

  /** The table must not be used after it. */
  done(): Rows<Descriptor> {
    return this.#rows.done();
  }
}

function waitOf({ kind, isOpen, mask, facts }: Descriptor): WaitsFor {
  if (!isOpen) return 'nothing';
  switch (kind) {
    case 'listener':
      return 'connection';
    case 'timerfd':
      return 'deadline';
    case 'eventfd':
    case 'pipe':
      return 'wakeup';
    case 'inotify':
      return 'change';
    case 'connection':
      break;
    default:
      return 'nothing';
  }
  if (facts.underWay !== undefined) {
    return facts.underWay === 'send' ? 'room' : facts.underWay === 'recv' ? 'request' : 'nothing';
  }
  const waitsForRoom = facts.shortSend !== undefined;
  if (mask === null) return waitsForRoom ? 'room' : 'request';
  // An edge-triggered mask asks for both directions all the time, so only the last send shows what it waits for.
  if (has(mask, EPOLLOUT) && (waitsForRoom || !has(mask, EPOLLIN))) return 'room';
  return has(mask, EPOLLIN) ? 'request' : 'nothing';
}

/** A descriptor that was opened at `since`, or is seen then for the first time. */
function fresh(table: Table, pid: number, fd: number, kind: DescriptorKind, since: number): Descriptor {
  const key = keyOf(pid, fd);
  const before = table.get(key);
  return {
    key,
    pid,
    fd,
    kind,
    address: undefined,
    since,
    reuses: before === undefined ? 0 : before.reuses + 1,
    isOpen: true,
    closedAt: undefined,
    mask: null,
    askedBy: undefined,
    eventMask: 0,
    eventTurn: 0,
    readable: null,
    unread: null,
    lookedAt: 0,
    unsent: null,
    lastCall: undefined,
    bytesIn: 0,
    bytesOut: 0,
    waitsFor: 'nothing',
    facts: NO_FACTS,
  };
}

/** The last moment of which the table knows something of a descriptor. */
function knownUntil({ since, closedAt, lastCall }: Descriptor): number {
  return Math.max(since, closedAt ?? 0, lastCall === undefined ? 0 : lastCall.t + lastCall.dur);
}

/**
 * The descriptor that a call was made on. The record of a call may come after a look that shows it closed: the records of a turn come
 * when it is over.
 */
function usedBy(table: Table, pid: number, fd: number, call: Call): Descriptor | undefined {
  const known = table.get(keyOf(pid, fd));
  if (known?.isOpen || (known?.closedAt !== undefined && call.t <= known.closedAt)) return known;
  if (call.errno === 'EBADF') return undefined;
  const found = fresh(table, pid, fd, calls.guessedKind(call), call.t); // its opening was not recorded
  table.add(found);
  return found;
}

export function onCall(table: Table, pid: number, call: Call): void {
  const own = call.fd < 0 ? undefined : usedBy(table, pid, call.fd, call);
  if (own !== undefined) afterCall(table, own, call);
  for (const [fd, kind] of calls.opened(call)) afterOpening(table, pid, call, fd, kind);
  if (call.call === 'epoll_ctl' && call.ret === 0) onControl(table, pid, call);
}

function afterOpening(table: Table, pid: number, call: Call, fd: number, kind: DescriptorKind): void {
  const known = table.get(keyOf(pid, fd));
  const text = call.call === 'accept4' ? call.args[1] : undefined;
  const address = text?.includes(':') ? text : undefined;
  if (known === undefined || (call.isOperation ? isUsed(known) : known.since < call.t)) {
    const opened = fresh(table, pid, fd, kind, call.t + call.dur);
    table.add(address === undefined ? opened : { ...opened, address });
  } else if (isSameAddress(known.address, address)) {
    // A look, or a call of another thread, has shown it before the record of its opening came.
    const since = call.isOperation ? known.since : call.t;
    table.set({ ...known, kind, since, address: known.address ?? address });
  } // Otherwise the number has been used again since, by a thread whose records came first.
}

/** An operation may have begun before the number was used for others. Only a look shows what it opens before it is found done. */
function isUsed({ isOpen, lastCall }: Descriptor): boolean {
  return !isOpen || lastCall !== undefined;
}

function afterCall(table: Table, own: Descriptor, call: Call): void {
  const end = call.t + call.dur;
  if (calls.isClose(call)) {
    const facts = { ...NO_FACTS, isClosedForSure: true };
    table.set({ ...own, isOpen: false, closedAt: end, mask: null, askedBy: undefined, lastCall: call, facts });
    return;
  }
  const moved = calls.moved(call);
  const isSend = calls.isSend(call);
  table.set({
    ...own,
    kind: call.call === 'listen' ? 'listener' : own.kind,
    address: addressAfter(own, call),
    lastCall: call,
    unread: unreadAfter(own, call, isSend ? 0 : moved),
    bytesIn: own.bytesIn + (isSend ? 0 : moved),
    bytesOut: own.bytesOut + (isSend ? moved : 0),
    facts: factsAfterCall(own.facts, call),
  });
}

/** Less what the call has taken since the last look: bytes, or a client of the accept queue. */
function unreadAfter({ unread, lookedAt }: Descriptor, call: Call, received: number): number | null {
  if (unread === null || call.t < lookedAt) return unread;
  return Math.max(0, unread - (call.call === 'accept4' && call.ret >= 0 ? 1 : received));
}

function addressAfter({ kind, address }: Descriptor, call: Call): string | undefined {
  if (call.ret < 0) return address;
  if (call.call === 'connect' || call.call === 'getpeername') return call.args[1];
  return call.call === 'getsockname' && kind === 'listener' ? call.args[1] : address;
}

function onControl(table: Table, pid: number, call: Call): void {
  const target = usedBy(table, pid, Number(call.args[2]), call);
  if (!target?.isOpen) return;
  const isRemoved = call.args[1] === 'EPOLL_CTL_DEL';
  const mask = isRemoved ? null : asked(parseBits(call.args[3] ?? ''));
  // The interest has changed, so reports from before say nothing about it. A new registration reports what lies there.
  const facts = { ...target.facts, unreadReports: 0, unusedReports: 0, isDrained: undefined, leftSince: undefined };
  table.set({ ...target, mask, askedBy: isRemoved ? undefined : 'epoll', facts });
}

/** A thread is about to call poll or select with this set, or waits in a send that blocks. */
export function onAsks(table: Table, pid: number, { t, by, asks }: Asks): void {
  if (by === 'send') {
    for (const [fd] of asks) onStuckSend(table, table.get(keyOf(pid, fd)));
    return;
  }
  const set = new Map(asks);
  for (const one of table.all()) {
    if (one.pid !== pid || one.askedBy !== by || set.has(one.fd)) continue;
    table.set({ ...one, mask: null, askedBy: undefined });
  }
  for (const [fd, mask] of set) {
    const known = table.get(keyOf(pid, fd));
    const one = known?.isOpen ? known : fresh(table, pid, fd, 'other', t);
    if (one.mask !== mask || one.askedBy !== by) table.set({ ...one, mask, askedBy: by });
  }
}

/** A thread has passed operations to a ring. */
export function onSubmits(table: Table, pid: number, { t, submits }: Submits): void {
  for (const [call, fd] of submits) {
    const known = table.get(keyOf(pid, fd));
    const one = known?.isOpen ? known : fresh(table, pid, fd, calls.guessedKind({ call }), t);
    table.add({ ...one, facts: { ...one.facts, underWay: call } });
  }
}

/** It is in no set. The record of its call comes when it is over. */
function onStuckSend(table: Table, one: Descriptor | undefined): void {
  if (one?.isOpen) table.set({ ...one, facts: { ...one.facts, shortSend: { given: undefined, taken: 0 } } });
}

/** A wait has reported a descriptor. */
export function onReport(table: Table, pid: number, fd: number, mask: number, turn: number): void {
  const one = table.get(keyOf(pid, fd));
  if (one === undefined) return;
  const left = one.mask !== null && has(one.mask, EPOLLONESHOT) ? spent(one.mask) : one.mask;
  table.set({ ...one, mask: left, eventMask: mask, eventTurn: turn, facts: factsAfterReport(one, mask) });
}

/** Applies a look at the kernel, except where the table knows something later. @returns  keys of descriptors with bytes left */
export function onLook(table: Table, look: KernelLook): string[] {
  const left: string[] = [];
  const isWhole = look.kernel.length < LOOKED_MAX;
  const seen = new Set<string>();
  for (const kernel of look.kernel) {
    const key = keyOf(look.pid, kernel.fd);
    seen.add(key);
    const known = table.get(key);
    if (known !== undefined && knownUntil(known) > look.t) continue;
    const isSame = known !== undefined && isStill(known, kernel);
    const one = isSame ? known : fresh(table, look.pid, kernel.fd, kernel.kind, look.t);
    const looked = {
      ...one,
      kind: kernel.kind,
      address: kernel.address ?? one.address,
      ...(kernel.mask !== null
        ? { mask: asked(kernel.mask), askedBy: 'epoll' as const }
        : isWhole && one.askedBy === 'epoll' && { mask: null, askedBy: undefined }),
      isOpen: kernel.isClosed !== true,
      closedAt: kernel.isClosed ? (one.closedAt ?? look.t) : undefined,
      readable: kernel.readable,
      unread: kernel.rx,
      lookedAt: look.t,
      unsent: kernel.tx,
    };
    const leftSince = hasLeft(looked) ? (looked.facts.leftSince ?? look.t) : undefined;
    const facts = leftSince === looked.facts.leftSince ? looked.facts : { ...looked.facts, leftSince };
    if (leftSince !== undefined) left.push(key);
    if (isSame) table.set({ ...looked, facts });
    else table.add({ ...looked, facts });
  }
  if (!isWhole) return left;
  for (const one of table.all()) {
    // A look need not show files, so a file that it does not show may be open.
    if (one.pid !== look.pid || !one.isOpen || one.kind === 'file' || one.kind === 'other') continue;
    if (seen.has(one.key) || knownUntil(one) > look.t) continue;
    table.set({ ...one, isOpen: false, closedAt: look.t, mask: null, askedBy: undefined, facts: NO_FACTS });
  }
  return left;
}

/** @returns  whether the number still belongs to the descriptor that the table knows */
function isStill(known: Descriptor, kernel: KernelDescriptor): boolean {
  if (!known.isOpen) return kernel.isClosed === true;
  if (known.kind !== kernel.kind && known.kind !== 'other' && kernel.kind !== 'other') return false;
  return isSameAddress(known.address, kernel.address);
}

/** By their ports, if both are known: an IPv6 address has several forms. */
function isSameAddress(one: string | undefined, other: string | undefined): boolean {
  const port = (address: string): string => address.slice(address.lastIndexOf(':'));
  return one === undefined || other === undefined || port(one) === port(other);
}

/** Records are missing: what the lints remember may no longer hold. Files come and go within a turn, so they are forgotten. */
export function onGap(table: Table, pid: number): void {
  for (const one of table.all()) {
    if (one.pid !== pid) continue;
    if (one.kind === 'file') table.delete(one.key);
    else if (one.facts !== NO_FACTS) table.set({ ...one, facts: NO_FACTS });
  }
}

/** The process has ended. */
export function closeAll(table: Table, t: number, pid?: number): void {
  for (const one of table.all()) {
    if (!one.isOpen || (pid !== undefined && one.pid !== pid)) continue;
    table.set({ ...one, isOpen: false, closedAt: t, mask: null, askedBy: undefined, facts: NO_FACTS });
  }
}
