/**
 * Decides which thread of a program runs. It has neither sockets nor a clock: what has happened goes in, orders to threads come out.
 *
 *   mode    threads are           leaves it by
 *   FREE    free                  pause(), step(), setSlow(true)
 *   SLOW    held; a tick steps    pause(), step(), setSlow(false)
 *   PAUSED  held                  resume(), to SLOW or FREE
 *
 * A step arms all held threads, and lets the first of them go that is ready: so exactly one turn runs, and the clocks of the others stand
 * still again. If none is ready, they stay armed until one is: the program is asleep.
 *
 * A report says how many orders its thread has obeyed. One that answers an older order than the last is ignored: other threads may have
 * run since.
 */
import type { Command } from '../protocol.js';
import type { ProgramState } from '../records.js';

export type Order = readonly [tid: number, command: Command['do']];

const FREE = 0;
const SLOW = 1;
const PAUSED = 2;

interface Thread {
  /** How many it has been given. */
  orders: number;
  /** The thread has made calls, so it will come to a wait. A thread of Node's own loop never does. */
  hasCalled: boolean;
  isHeld: boolean;
  isReady: boolean;
  isArmed: boolean;
}

export class Scheduler {
  readonly #threads = new Map<number, Thread>();
  #mode = FREE;
  #isSlow = false;
  /** A step is wanted, and no thread was ready for it so far. */
  #isStepWanted = false;
  /** The thread that runs the turn of a step. */
  #goes: number | undefined;
  /** All threads were held since the pause began. */
  #isSettled = false;

  get program(): ProgramState['program'] {
    if (this.#mode !== PAUSED) return 'running';
    if (this.#isStepWanted || this.#goes !== undefined) return 'stepping';
    return this.#isSettled ? 'paused' : 'running';
  }

  /** Some held thread would return from its wait at once, or is running the turn of a step. */
  get isReady(): boolean {
    if (this.#goes !== undefined) return true;
    for (const { isHeld, isReady } of this.#threads.values()) if (isHeld && isReady) return true;
    return false;
  }

  /** The turn of a step has begun, and is not over. */
  get isInTurn(): boolean {
    return this.#goes !== undefined;
  }

  /** Threads are held: their clocks stand still. */
  get holds(): boolean {
    return this.#mode !== FREE;
  }

  get heldThreads(): number[] {
    return [...this.#threads].flatMap(([tid, { isHeld }]) => (isHeld ? [tid] : []));
  }

  began(tid: number): Order[] {
    const thread = { orders: 0, hasCalled: false, isHeld: false, isReady: false, isArmed: false };
    this.#threads.set(tid, thread);
    return [order(tid, thread, this.#mode === FREE ? 'free' : 'hold')];
  }

  ended(tid: number): Order[] {
    this.#threads.delete(tid);
    if (this.#goes === tid) this.#goes = undefined;
    this.#settle();
    return this.#armAll();
  }

  /** It has made calls. */
  called(tid: number): void {
    const thread = this.#threads.get(tid);
    if (thread !== undefined) thread.hasCalled = true;
  }

  /** @param obeyed  how many orders */
  held(tid: number, isReady: boolean, obeyed: number): Order[] {
    const thread = this.#threads.get(tid);
    if (thread === undefined || obeyed < thread.orders) return [];
    const hasGone = this.#goes === tid;
    thread.hasCalled = true;
    thread.isHeld = true;
    thread.isReady = isReady;
    if (hasGone) this.#goes = undefined;
    this.#settle();
    if (hasGone || !thread.isArmed) return this.#armAll();
    return this.#isStepWanted && isReady ? this.#go(tid, thread) : [];
  }

  pause(): Order[] {
    this.#isStepWanted = false;
    return this.#hold(PAUSED);
  }

  resume(): Order[] {
    if (this.#mode !== PAUSED) return [];
    return this.#isSlow ? this.#hold(SLOW) : this.#free();
  }

  /** One turn; one more may be asked for while a turn runs. */
  step(): Order[] {
    const orders = this.#mode === PAUSED ? [] : this.#hold(PAUSED);
    this.#isStepWanted = true;
    return [...orders, ...this.#armAll()];
  }

  /** @param isSlow  tick() steps, unless the program is paused */
  setSlow(isSlow: boolean): Order[] {
    this.#isSlow = isSlow;
    if (this.#mode === PAUSED) return [];
    if (isSlow) return this.#mode === SLOW ? [] : this.#hold(SLOW);
    return this.#mode === FREE ? [] : this.#free();
  }

  tick(): Order[] {
    if (this.#mode !== SLOW || this.#isStepWanted || this.#goes !== undefined) return [];
    this.#isStepWanted = true;
    return this.#armAll();
  }

  /** Threads that are not held after a while compute, or wait in Node's own loop: the pause does not wait for them. */
  giveUpWaiting(): void {
    if (this.#mode === PAUSED) this.#isSettled = true;
  }

  #hold(mode: typeof SLOW | typeof PAUSED): Order[] {
    const isHeld = this.#mode !== FREE;
    this.#mode = mode;
    this.#settle();
    const orders: Order[] = [];
    for (const [tid, thread] of this.#threads) {
      if (!isHeld || thread.isArmed) orders.push(order(tid, thread, 'hold'));
      thread.isArmed = false;
    }
    return orders;
  }

  #free(): Order[] {
    this.#mode = FREE;
    this.#isStepWanted = false;
    this.#isSettled = false;
    this.#goes = undefined;
    return [...this.#threads].map(([tid, thread]) => {
      thread.isHeld = false;
      thread.isReady = false;
      thread.isArmed = false;
      return order(tid, thread, 'free');
    });
  }

  /** An armed thread reports anew. */
  #armAll(): Order[] {
    if (!this.#isStepWanted || this.#goes !== undefined) return [];
    return [...this.#threads].flatMap(([tid, thread]): Order[] => {
      if (!thread.isHeld || thread.isArmed) return [];
      thread.isArmed = true;
      return [order(tid, thread, 'arm')];
    });
  }

  #go(tid: number, thread: Thread): Order[] {
    this.#isStepWanted = false;
    this.#goes = tid;
    thread.isHeld = false;
    thread.isReady = false;
    thread.isArmed = false;
    const orders = [order(tid, thread, 'go')];
    for (const [other, each] of this.#threads) {
      if (!each.isArmed) continue;
      each.isArmed = false;
      orders.push(order(other, each, 'hold'));
    }
    return orders;
  }

  #settle(): void {
    if (this.#mode !== PAUSED) return;
    let isAnyAway = false;
    for (const { hasCalled, isHeld } of this.#threads.values()) isAnyAway ||= hasCalled && !isHeld;
    this.#isSettled ||= !isAnyAway;
  }
}

function order(tid: number, thread: Thread, command: Order[1]): Order {
  thread.orders++;
  return [tid, command];
}
