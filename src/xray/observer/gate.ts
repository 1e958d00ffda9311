/**
 * Where a thread is held: before its waits. The gate waits in place of the program, for the same descriptors and for commands, so that
 * `hold` takes effect also while the program sleeps. It polls: poll(2) takes no event from an epoll descriptor, and no edge.
 */
import { isInterrupted } from '../../native/errno.js';
import type { Native } from '../../native/native-api.js';
import type { Command, Held } from '../protocol.js';
import type { Channel } from './channel.js';
import type { StoppableClock } from './clock.js';

interface Polled {
  /** Pairs of poll(2), with room for one more. */
  readonly pollfds: Int32Array;
  readonly count: number;
}

/** What a program waits for. */
interface Awaited extends Polled {
  /** The moment of the program's clock at which the wait ends. */
  readonly endMs: number;
}

/** Why a wait is over: a descriptor is ready, its time is over, a signal came, or the program is no longer observed. */
export type Passed = 'ready' | 'late' | 'interrupted' | 'unobserved';

interface GateHooks {
  /** The thread is held, or was asked again. */
  onHeld(report: Pick<Held, 'isReady' | 'obeyed'>): void;
  /** The X-ray is gone. */
  onGone(): void;
  /** The thread is about to wait. @returns  for how long; then this is called again */
  beforeSleep(): number;
}

/** What waits in Node's own loop. */
export interface Sleeper {
  readonly fd: number;
  /** The thread is not held any more, or may run one turn. */
  wake(): void;
}

const INT_MAX = 2 ** 31 - 1;

export class Gate {
  readonly #native: Native;
  readonly #channel: Channel;
  readonly #clock: StoppableClock;
  readonly #hooks: GateHooks;
  readonly #sleepers = new Set<Sleeper>();
  /** `new`: the X-ray has not said yet whether the thread is free. `armed` is held with a running clock. */
  #mode: 'new' | 'free' | 'held' | 'armed' = 'new';
  /** Held, but one turn may run. */
  #mayGo = false;
  /** The wait of the program, while this thread is in pass(). */
  #awaited: Awaited | undefined;
  #reported: boolean | undefined;
  #obeyed = 0;
  readonly #commandsAlone = { pollfds: new Int32Array(2), count: 0 };

  constructor(native: Native, channel: Channel, clock: StoppableClock, hooks: GateHooks) {
    this.#native = native;
    this.#channel = channel;
    this.#clock = clock;
    this.#hooks = hooks;
  }

  get isHeld(): boolean {
    return this.#mode !== 'free' && !this.#mayGo;
  }

  /** A turn begins. @returns  whether it was stepped */
  beginTurn(): boolean {
    const isStepped = this.#mode !== 'free';
    this.#mayGo = false;
    return isStepped;
  }

  addSleeper(sleeper: Sleeper): void {
    this.#sleepers.add(sleeper);
  }

  removeSleeper(sleeper: Sleeper): void {
    this.#sleepers.delete(sleeper);
  }

  /** A turn in Node's own loop is over. */
  endTurn(): void {
    if (!this.isHeld) return;
    if (this.#mode === 'held') this.#clock.stop();
    this.#report();
  }

  /** A held thread could begin a turn in Node's own loop. */
  becameReady(): void {
    if (this.#mode !== 'new' && this.#reported !== true) this.#report(true);
  }

  /** Waits as the program would. While the thread is held it stays here, however ready its descriptors are. */
  pass(awaited: Awaited): Passed {
    this.#awaited = awaited;
    this.#reported = undefined;
    try {
      for (;;) {
        if (this.#channel.fd < 0) {
          this.#leave();
          return 'unobserved';
        }
        if (this.isHeld) {
          this.#stayHeld(awaited);
          continue;
        }
        const leftMs = awaited.endMs - this.#clock.now();
        const n = this.#poll(awaited, Math.min(leftMs, this.#hooks.beforeSleep()));
        if (isInterrupted(n)) return 'interrupted';
        if (n < 0) return 'ready'; // the call of the program will fail likewise
        if (this.#hasCommand(awaited)) this.obey();
        else if (n > 0) return 'ready';
        else if (this.#clock.now() >= awaited.endMs) return 'late';
      }
    } finally {
      this.#awaited = undefined;
    }
  }

  #stayHeld(awaited: Awaited): void {
    if (this.#mode === 'held') this.#clock.stop();
    const isNew = this.#mode === 'new';
    const isReady = isNew || this.#isReady();
    if (!isNew && isReady !== this.#reported) this.#report(isReady);
    // The wait is ready: from here on only a command changes the state.
    const polled = isReady ? this.#commandsAlone : awaited;
    const isTimed = !isReady && this.#mode === 'armed';
    this.#poll(polled, isTimed ? awaited.endMs - this.#clock.now() : Number.POSITIVE_INFINITY);
    if (this.#hasCommand(polled)) this.obey();
  }

  /** Does what the X-ray has asked for. */
  obey(): void {
    for (const command of this.#channel.receive()) this.#do(command);
    if (this.#channel.fd < 0) this.#leave();
  }

  #do(command: Command): void {
    const cannotStep = this.#mode === 'free' || this.#mode === 'new';
    if (command.do !== 'look') this.#obeyed++;
    switch (command.do) {
      case 'free':
        this.#mode = 'free';
        this.#release();
        break;
      case 'hold':
        this.#mode = 'held';
        this.#mayGo = false;
        this.#clock.stop();
        this.#report();
        break;
      case 'arm':
        if (cannotStep) break;
        this.#mode = 'armed';
        this.#clock.start();
        this.#report();
        break;
      case 'go':
        if (cannotStep) break;
        this.#mode = 'held';
        this.#mayGo = true;
        this.#release();
        break;
      case 'look':
        if (this.isHeld && !cannotStep) this.#report();
        break;
    }
  }

  #release(): void {
    this.#clock.start();
    for (const sleeper of this.#sleepers) sleeper.wake();
  }

  /** The X-ray is gone: the program goes on freely. */
  #leave(): void {
    this.#mode = 'free';
    this.#release();
    this.#hooks.onGone();
  }

  #report(isReady: boolean = this.#isReady()): void {
    this.#reported = isReady;
    this.#hooks.onHeld({ isReady, obeyed: this.#obeyed });
  }

  /** Whether the wait would return at once. An error counts: the wait returns with it. */
  #isReady(): boolean {
    const { poll, constants } = this.#native;
    const awaited = this.#awaited;
    if (awaited !== undefined) {
      return this.#clock.now() >= awaited.endMs || poll(awaited.pollfds, awaited.count, 0) !== 0;
    }
    const pollfds = Int32Array.from([...this.#sleepers].flatMap(({ fd }) => [fd, constants.POLLIN]));
    return poll(pollfds, this.#sleepers.size, 0) !== 0;
  }

  /** Polls the descriptors, and the channel after them. */
  #poll({ pollfds, count }: Polled, timeoutMs: number): number {
    pollfds[2 * count] = this.#channel.fd;
    pollfds[2 * count + 1] = this.#native.constants.POLLIN;
    const timeout = timeoutMs > INT_MAX ? -1 : Math.max(0, Math.ceil(timeoutMs));
    return this.#native.poll(pollfds, count + 1, timeout);
  }

  #hasCommand({ pollfds, count }: Polled): boolean {
    return (pollfds[2 * count + 1] as number) >>> 16 !== 0;
  }
}
