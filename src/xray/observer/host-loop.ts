/** HostLoop of an observed thread: Node's own loop waits for the program. While the thread is held, no callback of it runs. */
import { AsyncResource } from 'node:async_hooks';
import type { HostLoopWatch, Native } from '../../native/native-api.js';
import type { Gate, Sleeper } from './gate.js';

/** What the observer does around callbacks. */
interface HostedTurns {
  /** Node's loop has called. */
  enter(): void;
  leave(): void;
  /** The thread is held, and this watch sleeps: it keeps the process alive as the watch did. */
  keepAlive(isKept: boolean): void;
}

export function gatedHostLoop(HostLoop: Native['HostLoop'], gate: Gate, turns: HostedTurns): Native['HostLoop'] {
  return class GatedHostLoop implements HostLoopWatch, Sleeper {
    readonly fd: number;
    readonly #onReadable: () => unknown;
    /** undefined while it sleeps: a descriptor that stays readable would keep Node's loop busy. */
    #watch: HostLoopWatch | undefined;
    #isRef = true;

    constructor(fd: number, onReadable: () => unknown) {
      this.fd = fd;
      this.#onReadable = AsyncResource.bind(onReadable); // a new watch would not have the async context of the first
      this.#watch = new HostLoop(fd, () => this.#call());
      gate.addSleeper(this);
    }

    #call(): boolean {
      if (gate.isHeld) {
        this.#sleep();
        gate.becameReady();
        return false;
      }
      turns.enter();
      try {
        return this.#onReadable() === true && !gate.isHeld;
      } finally {
        turns.leave();
        gate.endTurn();
      }
    }

    #sleep(): void {
      this.#watch?.close();
      this.#watch = undefined;
      if (this.#isRef) turns.keepAlive(true);
    }

    wake(): void {
      if (this.#watch !== undefined) return;
      if (this.#isRef) turns.keepAlive(false);
      this.#watch = new HostLoop(this.fd, () => this.#call());
      if (!this.#isRef) this.#watch.unref();
    }

    ref(): void {
      this.#setRef(true);
    }

    unref(): void {
      this.#setRef(false);
    }

    #setRef(isRef: boolean): void {
      if (this.#isRef === isRef) return;
      this.#isRef = isRef;
      if (this.#watch === undefined) turns.keepAlive(isRef);
      else if (isRef) this.#watch.ref();
      else this.#watch.unref();
    }

    close(): void {
      gate.removeSleeper(this);
      if (this.#watch === undefined && this.#isRef) turns.keepAlive(false);
      this.#isRef = false;
      this.#watch?.close();
      this.#watch = undefined;
    }
  };
}
