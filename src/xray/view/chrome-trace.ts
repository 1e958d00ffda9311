/**
 * A recording in the Trace Event Format, which Perfetto's UI and chrome://tracing open: each thread is a track of waits and turns, with
 * the calls of a turn below it. Slices of a track must nest. What a disk thread does overlaps them, so it is an async event.
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
import type { Call, Header, KernelLook, Turn, XrayRecord } from '../records.js';
import { formatBits } from './bits.js';
import * as calls from './calls.js';

type Args = Readonly<Record<string, string | number>>;

/** Times are microseconds. */
type TraceEvent = { readonly name: string; readonly pid: number; readonly tid: number } & (
  | { readonly ph: 'M'; readonly args: Args }
  | { readonly ph: 'X'; readonly cat: string; readonly ts: number; readonly dur: number; readonly args: Args }
  | { readonly ph: 'i'; readonly cat: string; readonly ts: number; readonly s: 't' | 'p' | 'g'; readonly args: Args }
  | { readonly ph: 'C'; readonly ts: number; readonly args: Args }
  | { readonly ph: 'b' | 'e'; readonly cat: string; readonly ts: number; readonly id: number; readonly args: Args }
);

interface ChromeTrace {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: 'ns';
  readonly otherData: Readonly<Record<string, string>>;
}

/** The clients are no threads of the program. No process of Linux has this number: they end at 2 ** 22. */
const CLIENTS_PID = 2 ** 22 + 1;

/** A thread, while its records pass. */
interface Track {
  readonly pid: number;
  readonly tid: number;
  /** The end of its last slice. */
  until: number;
  turn: Turn | undefined;
  /** When the turn began, for the track: not before the end of the last slice. */
  since: number;
  /** The wait of the turn has not come yet. */
  isAwaited: boolean;
  calls: TraceEvent[];
}

export function chromeTrace(lines: readonly (Header | XrayRecord)[]): ChromeTrace {
  const trace = new Trace();
  for (const line of lines) trace.add(line);
  return trace.end();
}

class Trace {
  readonly #events: TraceEvent[] = [];
  readonly #tracks = new Map<number, Track>();
  readonly #clients = new Set<number>();
  /** The last value of each counter: only changes are written. */
  readonly #counters = new Map<string, string>();
  #header: Header | undefined;
  #jobs = 0;

  add(line: Header | XrayRecord): void {
    if ('xray' in line) {
      this.#header = line;
    } else if ('thread' in line) {
      this.#track(line.tid, line.pid);
      this.#named('process_name', line.pid, line.tid, `${this.#header?.model ?? 'program'} ${line.pid}`);
      this.#named('thread_name', line.pid, line.tid, line.thread);
    } else if ('events' in line) {
      this.#begin(line);
    } else if ('call' in line) {
      this.#call(line);
    } else if ('kernel' in line) {
      this.#look(line);
    } else if ('does' in line) {
      this.#client(line.client);
      const args = { port: line.port, ...(line.bytes !== undefined && { bytes: line.bytes }) };
      this.#instant(line.does, 'client', line.t, CLIENTS_PID, line.client, 't', args);
    } else if ('program' in line) {
      this.#instant(line.program, 'program', line.t, ...this.#first(), 'g', {});
    } else if ('experiment' in line) {
      this.#instant(`${line.experiment} ${line.state}`, 'experiment', line.t, ...this.#first(), 'g', {});
    } else if ('skipped' in line) {
      const { pid, tid } = this.#track(line.tid);
      this.#instant('not recorded', 'gap', line.t, pid, tid, 't', { ...line.skipped });
    }
  }

  end(): ChromeTrace {
    for (const track of this.#tracks.values()) this.#endTurn(track);
    const { model = '', kernel = '', node = '', startedAt = '' } = this.#header ?? {};
    return { traceEvents: this.#events, displayTimeUnit: 'ns', otherData: { model, kernel, node, startedAt } };
  }

  #track(tid: number, pid?: number): Track {
    let track = this.#tracks.get(tid);
    if (track === undefined) {
      track = { pid: pid ?? 0, tid, until: 0, turn: undefined, since: 0, isAwaited: false, calls: [] };
      this.#tracks.set(tid, track);
    }
    return track;
  }

  #first(): readonly [pid: number, tid: number] {
    const [first] = this.#tracks.values();
    return [first?.pid ?? 0, first?.tid ?? 0];
  }

  #named(name: 'process_name' | 'thread_name', pid: number, tid: number, value: string): void {
    this.#events.push({ name, ph: 'M', pid, tid, args: { name: value } });
  }

  #client(client: number): void {
    if (this.#clients.has(client)) return;
    if (this.#clients.size === 0) this.#named('process_name', CLIENTS_PID, client, 'clients');
    this.#clients.add(client);
    this.#named('thread_name', CLIENTS_PID, client, `client ${client}`);
  }

  #instant(name: string, cat: string, ts: number, pid: number, tid: number, s: 't' | 'p' | 'g', args: Args): void {
    this.#events.push({ name, cat, ph: 'i', ts, pid, tid, s, args });
  }

  #begin(turn: Turn): void {
    const track = this.#track(turn.tid);
    this.#endTurn(track);
    track.turn = turn;
    track.since = Math.max(turn.t, track.until);
    track.isAwaited = true;
  }

  /** The slice of a turn ends with its last call. */
  #endTurn(track: Track): void {
    const { turn, since, calls, pid, tid } = track;
    if (turn === undefined) return;
    const dur = Math.max(0, track.until - since);
    const events = turn.events.map(([fd, mask]) => `${fd} ${formatBits(mask)}`).join(', ');
    const args = { events, sleptMs: turn.sleptMs };
    this.#events.push({ name: `turn ${turn.turn}`, cat: 'turn', ph: 'X', ts: since, dur, pid, tid, args }, ...calls);
    track.turn = undefined;
    track.calls = [];
  }

  #call(call: Call): void {
    const track = this.#track(call.tid);
    if (calls.isJob(call)) {
      const job = { name: call.call, cat: 'job', id: ++this.#jobs, pid: track.pid, tid: track.tid };
      const end = call.t + call.dur;
      this.#events.push({ ...job, ph: 'b', ts: call.t, args: argsOf(call) }, { ...job, ph: 'e', ts: end, args: {} });
      return;
    }
    if (call.isAsync) this.#endTurn(track);
    const isInTurn = call.turn === track.turn?.turn;
    if (isInTurn && track.isAwaited && calls.mayWait(call)) {
      // A wait is over when its turn begins: the observer reads the clock for the turn first.
      this.#events.push(slice(call, 'wait', track, Math.max(track.until, Math.min(call.t, track.since)), track.since));
      track.until = track.since;
    } else {
      const ts = Math.max(call.t, track.until, isInTurn ? track.since : 0);
      const end = Math.max(ts, call.t + call.dur);
      (isInTurn ? track.calls : this.#events).push(slice(call, 'call', track, ts, end));
      track.until = end;
    }
    track.isAwaited = false;
  }

  #look({ t, pid, kernel }: KernelLook): void {
    const tid = [...this.#tracks.values()].find((track) => track.pid === pid)?.tid ?? 0;
    for (const { fd, kind, rx, tx } of kernel) {
      if (kind !== 'listener' && kind !== 'connection') continue;
      const name = kind === 'listener' ? `accept queue of ${fd}` : `bytes at ${fd}`;
      const args = kind === 'listener' ? { clients: rx } : { unread: rx, unsent: tx };
      const value = JSON.stringify(args);
      const key = `${pid} ${name}`;
      if (this.#counters.get(key) === value) continue;
      this.#counters.set(key, value);
      this.#events.push({ name, ph: 'C', ts: t, pid, tid, args });
    }
  }
}

function slice(call: Call, cat: 'wait' | 'call', { pid, tid }: Track, ts: number, end: number): TraceEvent {
  return { name: call.call, cat, ph: 'X', ts, dur: end - ts, pid, tid, args: argsOf(call) };
}

function argsOf({ args, ret, errno, bytes, head, src, turn }: Call): Args {
  return {
    arguments: args.join(', '),
    result: ret,
    turn,
    ...(errno !== undefined && { errno }),
    ...(bytes !== undefined && { bytes }),
    ...(head !== undefined && { head }),
    ...(src !== undefined && { src }),
  };
}
