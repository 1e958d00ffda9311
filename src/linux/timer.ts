/** Time as a descriptor (timerfd_create(2)). */
import { constants, native } from '../native/addon.js';
import { isNotReady } from '../native/errno.js';
import { checked } from '../native/system-error.js';
import { OwnedDescriptor } from './owned-descriptor.js';

/** A timerfd counts in 64 bits. */
const COUNT_BYTES = 8;

/** Readable when a time has passed. It counts on in suspended threads and while Node's own loop stands still. Clock: CLOCK_MONOTONIC. */
export class Timer extends OwnedDescriptor {
  readonly #count = new BigUint64Array(1);
  readonly #bytes = new Uint8Array(this.#count.buffer, 0, COUNT_BYTES);

  /** A timer that is not set. @throws  SystemError EMFILE | ENFILE | ENOMEM  (timerfd_create(2)) */
  constructor() {
    const flags = constants.TFD_CLOEXEC | constants.TFD_NONBLOCK;
    super(checked(native.timerfd_create(constants.CLOCK_MONOTONIC, flags), 'timerfd_create'), 'Timer');
  }

  /**
   * Sets it anew, in place of what it was set to.
   * @param delayMs     milliseconds until it fires, from 0; may be a fraction, of which nanoseconds count. It never fires early
   * @param intervalMs  milliseconds between two times that it fires; 0 = it fires once
   * @throws            TypeError | RangeError  (timerfd_settime(2))
   */
  set(delayMs: number, intervalMs: number = 0): void {
    // The kernel takes 0 for "never".
    this.#settime(delayMs === 0 ? Number.MIN_VALUE : delayMs, intervalMs);
  }

  /** Takes back what set() has set. It is not readable afterwards. */
  clear(): void {
    this.#settime(0, 0);
  }

  /** How often it has fired since the last read(), set() or clear(); 0 for not yet. It is not readable afterwards. */
  read(): number {
    const n = native.read(this.fileno(), this.#bytes);
    if (isNotReady(n)) return 0;
    checked(n, 'read');
    return Number(this.#count[0]);
  }

  #settime(delayMs: number, intervalMs: number): void {
    checked(native.timerfd_settime(this.fileno(), delayMs, intervalMs), 'timerfd_settime');
  }
}
