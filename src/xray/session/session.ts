/** Observes a program, steps it, looks at it from outside, and makes records of all that is known. */
import { machine, release, type } from 'node:os';
import { setTimeout as later } from 'node:timers/promises';
import { Reactor } from '../../reactor/reactor.js';
import type { Hello, ObservedLine } from '../protocol.js';
import type { ExperimentMark, ExperimentName, Header, ProgramState, ThreadBegan, XrayRecord } from '../records.js';
import { type ExperimentPace, PACE, runClient } from './experiment-run.js';
import { LookTimers } from './look-timers.js';
import { ObservedProcesses } from './observed-processes.js';
import type { OnLines, ProgramEnd, StartedProgram } from './observed-program.js';
import { type ObservedThread, ObserverSocket, type ThreadEvents } from './observer-socket.js';
import { Listening } from './program-process.js';
import { Recording } from './recording.js';
import { type Order, Scheduler } from './scheduler.js';
import type { SessionOptions, SessionProcess } from './session-options.js';
import { Settling, type Watched } from './settling.js';
import { SlowMotion } from './slow-motion.js';
import { SocketFolder } from './socket-folder.js';
import { SourcePlaces } from './source-places.js';

/** A thread that is not held by then computes, or never waits. */
const HOLD_MS = 500;

/** After the end of the process, for what is left of its lines. */
const LAST_LINES_MS = 300;

interface Thread {
  readonly tid: number;
  readonly began: ThreadBegan;
  readonly observed: ObservedThread;
  turn: number;
}

export class Session implements StartedProgram, Watched {
  readonly #model: string;
  readonly #pace: ExperimentPace;
  readonly #startedAt = new Date().toISOString();
  readonly #zero = monotonicMicroseconds();
  readonly #folder = new SocketFolder();
  readonly #reactor = new Reactor();
  readonly #socket: ObserverSocket;
  readonly #process: SessionProcess;
  /** Resolves when all records are there. */
  readonly finished: Promise<void>;
  readonly #listening = new Listening();
  readonly #processes = new ObservedProcesses();
  readonly #looks = new LookTimers({
    look: () => void this.look(false),
    heldThreads: () => this.#scheduler.heldThreads,
    ask: (tid) => this.#threads.get(tid)?.observed.send('look'),
  });
  readonly #places: SourcePlaces;
  readonly #scheduler = new Scheduler();
  readonly #recording: Recording;
  readonly #threads = new Map<number, Thread>();
  #tids = 0;
  #turns = 0;
  #state: ProgramState = { t: 0, program: 'starting', isReady: false };
  #experiment: ExperimentMark | undefined;
  /** Ends it. */
  #endClient: (() => void) | undefined;
  readonly #settling = new Settling();
  readonly #slowMotion = new SlowMotion(() => this.#obey(this.#scheduler.tick()));
  lastLineMs = 0;
  #lastReportMs = 0;
  #holdTimer: NodeJS.Timeout | undefined;
  #onAllGone: (() => void) | undefined;

  constructor({ model, pace = PACE, sources, start }: SessionOptions) {
    this.#model = model;
    this.#pace = pace;
    this.#places = new SourcePlaces(sources);
    this.#recording = new Recording(
      () => this.#preamble(),
      () => void this.look(true),
    );
    this.#record(this.#state);
    const path = this.#folder.socketPath;
    this.#socket = new ObserverSocket(this.#reactor, { path }, (thread) => this.#onThread(thread));
    this.#reactor.attach();
    this.#process = start(path);
    this.finished = this.ended.then(
      (end) => this.#onEnd(end),
      () => {},
    );
  }

  get header(): Header {
    return {
      xray: 1,
      model: this.#model,
      kernel: `${type()} ${release()} ${machine()}`,
      node: process.version,
      clock: 'CLOCK_MONOTONIC',
      language: 'TypeScript',
      startedAt: this.#startedAt,
      port: this.#listening.find(this.pids),
    };
  }

  get hasEnded(): boolean {
    return this.#state.program === 'ended';
  }

  get holds(): boolean {
    return this.#scheduler.holds;
  }

  get isReady(): boolean {
    return this.#scheduler.isReady;
  }

  get isInTurn(): boolean {
    return this.#scheduler.isInTurn;
  }

  /** Now, if no thread could report. */
  get lastReportMs(): number {
    return this.#scheduler.heldThreads.length === 0 ? performance.now() : this.#lastReportMs;
  }

  get pids(): Iterable<number> {
    return this.#processes.pids;
  }

  get ended(): Promise<ProgramEnd> {
    return this.#process.ended;
  }

  /** @returns  the port, or how the process has ended */
  async whenListening(): Promise<number | ProgramEnd> {
    const found = await this.#listening.begun(this.ended, () => this.pids);
    if (typeof found !== 'number') return found;
    this.#announce('running');
    this.#looks.poll();
    return found;
  }

  subscribe(onLines: OnLines): () => void {
    return this.#recording.subscribe(this.header, onLines);
  }

  pause(): void {
    this.#obey(this.#scheduler.pause());
    this.#awaitHold();
  }

  resume(): void {
    this.#obey(this.#scheduler.resume());
  }

  step(): void {
    this.#obey(this.#scheduler.step());
    this.#awaitHold();
  }

  get speed(): number | undefined {
    return this.#slowMotion.turnsPerSecond;
  }

  setSpeed(turnsPerSecond: number | undefined): void {
    if (this.hasEnded) return;
    this.#slowMotion.set(turnsPerSecond);
    this.#obey(this.#scheduler.setSlow(turnsPerSecond !== undefined));
    this.#obey(this.#scheduler.tick());
  }

  async runExperiment(name: ExperimentName): Promise<void> {
    if (this.#experiment !== undefined) throw new Error('another experiment is running');
    const port = this.#listening.find(this.pids);
    if (port === 0) throw new Error('the program listens on Unix sockets only, and clients of experiments use TCP');
    this.#experiment = { t: this.#now(), experiment: name, state: 'begins' };
    this.#record(this.#experiment);
    try {
      await runClient(name, port, this.#pace, {
        onStart: (end) => {
          this.#endClient = end;
        },
        onActed: (act) => this.#record({ ...act, t: this.#since(act.t) }),
        settle: async () => {
          await this.#settling.wait(this, this.#pace.paceMs);
          this.look(true);
        },
      });
    } finally {
      this.#experiment = undefined;
      this.#endClient = undefined;
      this.look(false);
      this.#record({ t: this.#now(), experiment: name, state: 'ends' });
    }
  }

  kill(signal: NodeJS.Signals): void {
    // A handler of signals in JavaScript runs in turns of Node's loop, and a held thread has none.
    this.setSpeed(undefined);
    this.resume();
    this.#process.kill(signal);
  }

  async close(): Promise<void> {
    this.#endClient?.();
    if (this.#state.program !== 'ended') this.kill('SIGTERM');
    await this.#process.close();
    this.#stopTimers();
    this.#socket.close();
    this.#reactor.close();
    this.#recording.flush();
    this.#folder.remove();
  }

  #onThread(observed: ObservedThread): ThreadEvents {
    const { pid, thread: name, channel } = observed.hello;
    this.lastLineMs = performance.now();
    const tid = ++this.#tids;
    const thread: Thread = { tid, began: { t: this.#now(), tid, pid, thread: name }, observed, turn: 0 };
    this.#threads.set(tid, thread);
    this.#processes.threadBegan(tid, pid, channel);
    this.#record(thread.began);
    this.#obey(this.#scheduler.began(tid));
    return { onLine: (line) => this.#onLine(thread, line), onEnded: () => this.#onThreadEnded(tid, pid) };
  }

  #onThreadEnded(tid: number, pid: number): void {
    this.#threads.delete(tid);
    this.#processes.threadEnded(tid, pid);
    this.#record({ t: this.#now(), tid, gone: true });
    this.#obey(this.#scheduler.ended(tid));
    if (this.#threads.size === 0) this.#onAllGone?.();
  }

  #onLine(thread: Thread, line: Exclude<ObservedLine, Hello>): void {
    const { tid, observed } = thread;
    const { pid } = observed.hello;
    if ('held' in line) {
      this.#lastReportMs = performance.now();
      this.#processes.polled(tid, pid, line.readable);
      this.#obey(this.#scheduler.held(tid, line.isReady, line.obeyed));
      this.#looks.soon();
      return;
    }
    this.lastLineMs = performance.now();
    this.#scheduler.called(tid);
    if ('call' in line) {
      this.#processes.called(pid, line);
      if (line.call === 'listen') this.#listening.notice();
      const { at, t, ...call } = line;
      const place = at && this.#places.find(...at);
      const record = { t: this.#since(t), tid, turn: thread.turn, ...call, ...(place && { src: place.src }) };
      this.#recording.add(record, place?.text);
    } else if ('events' in line) {
      thread.turn = ++this.#turns;
      this.#record({ ...line, t: this.#since(line.t), tid, turn: thread.turn });
    } else if ('readable' in line) {
      this.#processes.polled(tid, pid, line.readable);
    } else if ('asks' in line || 'submits' in line) {
      this.#record({ ...line, t: this.#since(line.t), tid });
    } else {
      this.#processes.missed(pid);
      this.#record({ t: this.#now(), tid, ...line });
    }
  }

  async #onEnd({ code, signal }: ProgramEnd): Promise<void> {
    const allGone = new Promise<void>((resolve) => {
      if (this.#threads.size === 0) resolve();
      else this.#onAllGone = resolve;
    });
    await Promise.race([allGone, later(LAST_LINES_MS)]);
    this.#stopTimers();
    this.#state = { t: this.#now(), program: 'ended', isReady: false, exit: { code, signal } };
    this.#record(this.#state);
    this.#recording.flush();
  }

  #obey(orders: readonly Order[]): void {
    for (const [tid, command] of orders) this.#threads.get(tid)?.observed.send(command);
    if (this.#state.program !== 'starting') this.#announce(this.#scheduler.program);
  }

  /** Makes a record of the program's state, if it has changed. */
  #announce(program: ProgramState['program']): void {
    const { isReady } = this.#scheduler;
    if (this.#state.program === 'ended') return;
    if (program === this.#state.program && isReady === this.#state.isReady) return;
    this.#state = { t: this.#now(), program, isReady };
    this.#record(this.#state);
  }

  #awaitHold(): void {
    clearTimeout(this.#holdTimer);
    this.#holdTimer = setTimeout(() => {
      this.#scheduler.giveUpWaiting();
      this.#obey([]);
    }, HOLD_MS);
  }

  /** @returns  when it looked */
  look(isForced: boolean): number {
    const t = this.#now();
    for (const look of this.#processes.look(t, isForced)) this.#record(look);
    return t;
  }

  #preamble(): XrayRecord[] {
    const began = [...this.#threads.values()].map((thread) => thread.began);
    return [...began, this.#state, ...(this.#experiment === undefined ? [] : [this.#experiment])];
  }

  #record(record: XrayRecord): void {
    this.#recording.add(record);
  }

  #stopTimers(): void {
    this.#looks.stop();
    this.#slowMotion.stop();
    clearTimeout(this.#holdTimer);
  }

  /** Microseconds since the header's moment. */
  #now(): number {
    return this.#since(monotonicMicroseconds());
  }

  /** The same for a moment of CLOCK_MONOTONIC: to a tenth, which the subtraction blurs. */
  #since(t: number): number {
    return Math.round(10 * (t - this.#zero)) / 10;
  }
}

function monotonicMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
