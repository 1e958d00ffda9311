/**
 * inotify(7): one descriptor for all changes on disk. A reactor handles it before the other events of a batch, so a client that writes
 * a file and then requests it gets the new one.
 */
import { IN_Q_OVERFLOW, Watcher, type WatchId } from '../linux/watcher.js';
import { native } from '../native/addon.js';
import type { Reactor } from '../reactor/reactor.js';
import { READABLE } from '../reactor/readiness.js';

export type { WatchId } from '../linux/watcher.js';

/** Reads at once, of 64 KiB: more than the 16,384 events that the kernel queues (fs.inotify.max_queued_events). */
const INOTIFY_READS_MAX = 80;

export interface InotifyListener {
  /** @param name  the name of an entry of the watched folder; '' for the watched folder or file itself */
  onEvent(watch: WatchId, mask: number, name: string): void;
  /** Events were lost: anything may have changed. */
  onOverflow(): void;
}

export class Inotify {
  readonly #listener: InotifyListener;
  #watcher: Watcher | undefined;
  readonly #reactors = new Set<Reactor>();
  #isClosed = false;

  constructor(listener: InotifyListener) {
    this.#listener = listener;
  }

  /** Lets a reactor wait for changes. @returns false if inotify is unavailable (EMFILE: fs.inotify.max_user_instances) */
  attachTo(reactor: Reactor): boolean {
    if (this.#reactors.has(reactor)) return true;
    if (this.#isClosed) return false;
    this.#watcher ??= createWatcher();
    if (this.#watcher === undefined) return false;
    for (const other of this.#reactors) if (other.isClosed) this.#reactors.delete(other);
    reactor.register(this.#watcher.fileno(), READABLE, () => this.#read(), true);
    this.#reactors.add(reactor);
    this.#read(); // events that another reactor has not read yet
    return true;
  }

  /**
   * @param fd      a descriptor of the file or folder, whatever its present name
   * @param events  IN_*
   * @returns       negative if there are too many watches (ENOSPC: fs.inotify.max_user_watches), it may not be read (EACCES), or
   *                there is no /proc
   */
  watch(fd: number, events: number): WatchId {
    if (this.#watcher === undefined) return -1;
    return native.inotify_add_watch(this.#watcher.fileno(), `/proc/self/fd/${fd}`, events);
  }

  /** Idempotent: the watch of a deleted file has ended already. */
  unwatch(watch: WatchId): void {
    if (this.#watcher !== undefined) native.inotify_rm_watch(this.#watcher.fileno(), watch);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#watcher === undefined) return;
    for (const reactor of this.#reactors) if (!reactor.isClosed) reactor.unregister(this.#watcher.fileno());
    this.#reactors.clear();
    this.#watcher.close();
    this.#watcher = undefined;
  }

  #read(): void {
    for (let reads = 0; this.#watcher !== undefined; reads++) {
      // More than the kernel queues: events come faster than they are read, and requests wait.
      if (reads === INOTIFY_READS_MAX) {
        this.#listener.onOverflow();
        return;
      }
      const events = this.#watcher.read();
      if (events.length === 0) return;
      for (const { watch, mask, name } of events) {
        if ((mask & IN_Q_OVERFLOW) !== 0) this.#listener.onOverflow();
        else this.#listener.onEvent(watch, mask, name);
      }
    }
  }
}

function createWatcher(): Watcher | undefined {
  try {
    return new Watcher();
  } catch {
    return undefined;
  }
}
