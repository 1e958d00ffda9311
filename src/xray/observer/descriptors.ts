/** The descriptors that the program has opened by the addon's calls: which of them are non-blocking, and the answer of poll(2) for each. */
import type { Native } from '../../native/native-api.js';
import { type ObservedReadiness, PAIRS_MAX } from '../protocol.js';

export class Descriptors {
  readonly #native: Native;
  readonly #followed = new Set<number>();
  /** A missing descriptor is blocking, or not yet known. */
  readonly #nonBlocking = new Set<number>();
  readonly #asked: number;
  #pollfds = new Int32Array(0);

  constructor(native: Native) {
    const { POLLIN, POLLPRI, POLLOUT, EPOLLRDHUP } = native.constants;
    this.#native = native;
    this.#asked = POLLIN | POLLPRI | POLLOUT | EPOLLRDHUP;
  }

  opened(fd: number, isNonBlocking: boolean): void {
    this.#followed.add(fd);
    if (isNonBlocking) this.#nonBlocking.add(fd);
    else this.#nonBlocking.delete(fd);
  }

  /** Another thread has opened it, and this one uses it. */
  follow(fd: number): void {
    this.#followed.add(fd);
  }

  /** Its flags may have changed. */
  changed(fd: number): void {
    this.#nonBlocking.delete(fd);
  }

  closed(fd: number): void {
    this.#followed.delete(fd);
    this.#nonBlocking.delete(fd);
  }

  /** Whether a call on it may wait. */
  blocks(fd: number): boolean {
    if (this.#nonBlocking.has(fd)) return false;
    const { F_GETFL, O_NONBLOCK } = this.#native.constants;
    const flags = this.#native.fcntl(fd, F_GETFL, 0);
    if (flags < 0) return false; // the call itself will fail
    if ((flags & O_NONBLOCK) === 0) return true;
    this.#nonBlocking.add(fd);
    return false;
  }

  /** Asks poll(2), which consumes no edge. A descriptor that was closed by its object, or by another thread, is forgotten. */
  readiness(): ObservedReadiness['readable'] {
    const fds = [...this.#followed].slice(0, PAIRS_MAX);
    if (this.#pollfds.length < 2 * fds.length) this.#pollfds = new Int32Array(4 * fds.length);
    const pollfds = this.#pollfds;
    for (const [i, fd] of fds.entries()) {
      pollfds[2 * i] = fd;
      pollfds[2 * i + 1] = this.#asked;
    }
    this.#native.poll(pollfds, fds.length, 0);
    const bits = fds.map((fd, i) => [fd, (pollfds[2 * i + 1] as number) >>> 16] as const);
    const { POLLNVAL } = this.#native.constants;
    for (const [fd, revents] of bits) if ((revents & POLLNVAL) !== 0) this.closed(fd);
    return bits.filter(([, revents]) => (revents & POLLNVAL) === 0);
  }
}
