/**
 * select and poll, as Python has them in `select.select` and `select.poll`. Each call passes the whole interest set, and the
 * kernel looks at each member: epoll was made to avoid that.
 */
import { constants, native } from '../native/addon.js';
import { isInterrupted } from '../native/errno.js';
import { checked } from '../native/system-error.js';
import { INT_MAX, wholeNumber } from './arguments.js';

export const {
  /** There is something to read, or the end of the stream, or a connection to accept. (poll(2)) */
  POLLIN,
  /** Writing would not block. */
  POLLOUT,
  /** There is urgent data. */
  POLLPRI,
  /** An error condition. Reported whether asked for or not. */
  POLLERR,
  /** The other side has hung up. Reported whether asked for or not. */
  POLLHUP,
  /** The descriptor is not open. Reported whether asked for or not. */
  POLLNVAL,
  /** Descriptors below this number fit into a set of select(2): 1,024. */
  FD_SETSIZE,
} = constants;

const WORD_BITS = 32;

/**
 * Waits until one of `readers` is readable, or one of `writers` writable. (select(2))
 * @param timeoutMs  -1 = for ever
 * @returns          those that are ready; none on timeout, or when a signal came (EINTR): see Epoll.poll()
 * @throws           RangeError for a descriptor of 1,024 or more: the C library's fd_set has no bit for it; SystemError EBADF
 */
export function select(
  readers: readonly number[],
  writers: readonly number[],
  timeoutMs: number = -1,
): [readable: number[], writable: number[]] {
  const readable = fdSet(readers);
  const writable = fdSet(writers);
  const count = 1 + Math.max(-1, ...readers, ...writers);
  const n = native.select(count, readable, writable, timeoutMs);
  if (isInterrupted(n)) return [[], []];
  checked(n, 'select');
  return [readers.filter((fd) => has(readable, fd)), writers.filter((fd) => has(writable, fd))];
}

function fdSet(fds: readonly number[]): Uint32Array {
  const set = new Uint32Array(FD_SETSIZE / WORD_BITS);
  for (const fd of fds) {
    wholeNumber('fd', fd, 0, INT_MAX);
    if (fd >= FD_SETSIZE) throw new RangeError(`select: descriptor ${fd} does not fit into a set of ${FD_SETSIZE}`);
    set[fd >>> 5] = (set[fd >>> 5] as number) | (1 << (fd & 31));
  }
  return set;
}

function has(set: Uint32Array, fd: number): boolean {
  return ((set[fd >>> 5] as number) & (1 << (fd & 31))) !== 0;
}

const CAPACITY_INITIAL = 16;

/** Events are 16 bits. */
const EVENTS_MAX = 2 ** 16 - 1;

/** An interest set for poll(2), which each call passes to the kernel. Like select, but without the limit of 1,024. */
export class Poll {
  /** The kernel's pollfd, laid over two words: the descriptor; events in the low half and revents in the high one. */
  #pollfds = new Int32Array(2 * CAPACITY_INITIAL);
  #count = 0;
  readonly #places = new Map<number, number>();

  /** Adds a descriptor, or replaces its events. @throws  TypeError | RangeError for what cannot be a descriptor, or events of 16 bits */
  register(fd: number, events: number): void {
    wholeNumber('fd', fd, 0, INT_MAX);
    wholeNumber('events', events, 0, EVENTS_MAX);
    let place = this.#places.get(fd);
    if (place === undefined) {
      place = this.#count++;
      this.#places.set(fd, place);
      if (2 * this.#count > this.#pollfds.length) {
        const larger = new Int32Array(2 * this.#pollfds.length);
        larger.set(this.#pollfds);
        this.#pollfds = larger;
      }
    }
    this.#pollfds[2 * place] = fd;
    this.#pollfds[2 * place + 1] = events;
  }

  /** Removes a descriptor; the last one moves to its place. */
  unregister(fd: number): void {
    const place = this.#places.get(fd);
    if (place === undefined) return;
    this.#places.delete(fd);
    const last = --this.#count;
    if (place === last) return;
    const lastFd = this.#pollfds[2 * last] as number;
    this.#pollfds[2 * place] = lastFd;
    this.#pollfds[2 * place + 1] = this.#pollfds[2 * last + 1] as number;
    this.#places.set(lastFd, place);
  }

  /**
   * Waits until a descriptor of the set is ready. (poll(2))
   * @param timeoutMs  whole milliseconds; -1 = for ever
   * @returns          [fd, events] pairs of the ready descriptors; none on timeout, or when a signal came (EINTR): see
   *                   Epoll.poll(). The search looks at all members
   * @throws           SystemError EINVAL (more members than RLIMIT_NOFILE) | ENOMEM  (poll(2))
   */
  poll(timeoutMs: number = -1): [fd: number, events: number][] {
    let left = native.poll(this.#pollfds, this.#count, timeoutMs);
    if (isInterrupted(left)) return [];
    checked(left, 'poll');
    const ready: [fd: number, events: number][] = [];
    for (let i = 0; left > 0 && i < this.#count; i++) {
      const events = (this.#pollfds[2 * i + 1] as number) >>> 16;
      if (events === 0) continue;
      ready.push([this.#pollfds[2 * i] as number, events]);
      left--;
    }
    return ready;
  }
}
