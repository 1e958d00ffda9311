/**
 * Threads that wait in accept4 on one blocking listener: the gate polls in their place, and each of them sees the connection. One takes
 * it; the others must not block in the kernel, where no command reaches them. So only one thread at a time polls and accepts.
 */
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

const KEY = 'epoll-reactor X-ray';
const UNLOCKED = 0;
const LOCKED = 1;

export class AcceptLock {
  readonly #word: Int32Array;

  constructor() {
    if (isMainThread) setEnvironmentData(KEY, new Int32Array(new SharedArrayBuffer(4)) as never);
    const shared: unknown = getEnvironmentData(KEY);
    this.#word = shared instanceof Int32Array ? shared : new Int32Array(new SharedArrayBuffer(4));
  }

  run<T>(act: () => T): T {
    const word = this.#word;
    while (Atomics.compareExchange(word, 0, UNLOCKED, LOCKED) !== UNLOCKED) Atomics.wait(word, 0, LOCKED);
    try {
      return act();
    } finally {
      Atomics.store(word, 0, UNLOCKED);
      Atomics.notify(word, 0, 1);
    }
  }
}
