/**
 * inotify(7): one descriptor for all changes on disk. A reactor handles it before the other events of a batch, so a client that writes
 * a file and then requests it gets the new one.
 */
import { constants, native } from '../native/addon.js';
import type { OwnedFd } from '../native/native-api.js';
import type { Reactor } from '../reactor/reactor.js';
import { READABLE } from '../reactor/readiness.js';

/** Reads at once, of 64 KiB: more than the 16,384 events that the kernel queues (fs.inotify.max_queued_events). */
const INOTIFY_READS_MAX = 80;

/** struct inotify_event: wd, mask, cookie, len, name[len]. */
const EVENT_BYTES = 16;
const BUFFER_BYTES = 64 * 1024;

/** Shared: it is in use only while events are read. */
const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

/** A "watch descriptor": one for each watched inode, and never used again for another. */
export type WatchId = number;

export interface InotifyListener {
  /** @param name  of an entry of the watched folder; '' for the watched folder or file itself */
  onEvent(watch: WatchId, mask: number, name: string): void;
  /** Events were lost: anything may have changed. */
  onOverflow(): void;
}

export class Inotify {
  readonly #listener: InotifyListener;
  #descriptor: OwnedFd | undefined;
  readonly #reactors = new Set<Reactor>();
  #isClosed = false;

  constructor(listener: InotifyListener) {
    this.#listener = listener;
  }

  /** Lets a reactor wait for changes. @returns false if inotify is unavailable (EMFILE: fs.inotify.max_user_instances) */
  attachTo(reactor: Reactor): boolean {
    if (this.#reactors.has(reactor)) return true;
    if (this.#isClosed) return false;
    this.#descriptor ??= createInotify();
    if (this.#descriptor === undefined) return false;
    for (const other of this.#reactors) if (other.isClosed) this.#reactors.delete(other);
    reactor.register(this.#descriptor.fd, READABLE, () => this.#read(), true);
    this.#reactors.add(reactor);
    this.#read(); // events that another reactor has not read yet
    return true;
  }

  /**
   * @param fd      of the file or folder, whatever its name is by now
   * @param events  IN_*
   * @returns       negative if there are too many watches (ENOSPC: fs.inotify.max_user_watches), it may not be read (EACCES), or
   *                there is no /proc
   */
  watch(fd: number, events: number): WatchId {
    if (this.#descriptor === undefined) return -1;
    return native.inotify_add_watch(this.#descriptor.fd, `/proc/self/fd/${fd}`, events);
  }

  /** Idempotent: the watch of a deleted file has ended already. */
  unwatch(watch: WatchId): void {
    if (this.#descriptor !== undefined) native.inotify_rm_watch(this.#descriptor.fd, watch);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#descriptor === undefined) return;
    for (const reactor of this.#reactors) if (!reactor.isClosed) reactor.unregister(this.#descriptor.fd);
    this.#reactors.clear();
    this.#descriptor.close();
    this.#descriptor = undefined;
  }

  #read(): void {
    for (let reads = 0; this.#descriptor !== undefined; reads++) {
      // More than the kernel queues: events come faster than they are read, and requests wait.
      if (reads === INOTIFY_READS_MAX) {
        this.#listener.onOverflow();
        return;
      }
      const length = native.read(this.#descriptor.fd, buffer, 0, BUFFER_BYTES);
      if (length <= 0) return;
      this.#tell(length);
    }
  }

  #tell(length: number): void {
    for (let at = 0; at < length; ) {
      const nameLength = buffer.readUInt32LE(at + 12);
      const nameStart = at + EVENT_BYTES;
      const mask = buffer.readUInt32LE(at + 4);
      if ((mask & constants.IN_Q_OVERFLOW) !== 0) {
        this.#listener.onOverflow();
      } else {
        const name = nameLength === 0 ? '' : buffer.toString('utf8', nameStart, buffer.indexOf(0, nameStart));
        this.#listener.onEvent(buffer.readInt32LE(at), mask, name);
      }
      at = nameStart + nameLength;
    }
  }
}

function createInotify(): OwnedFd | undefined {
  const fd = native.inotify_init1(constants.IN_NONBLOCK | constants.IN_CLOEXEC);
  return fd < 0 ? undefined : new native.OwnedFd(fd);
}
