/**
 * What changes on disk, told by inotify(7): one descriptor, which the reactor waits for like any other, and before all others
 * of a batch. So who writes a file and then asks for it finds it changed.
 */
import { constants, native, type OwnedFd } from '../native.js';
import type { Reactor } from '../reactor/reactor.js';
import { READABLE } from '../reactor/readiness.js';

const { IN_ATTRIB, IN_CREATE, IN_DELETE, IN_DELETE_SELF, IN_IGNORED, IN_ISDIR, IN_MODIFY, IN_MOVE_SELF } = constants;
const { IN_MOVED_FROM, IN_MOVED_TO, IN_ONLYDIR, IN_Q_OVERFLOW, IN_UNMOUNT } = constants;

/** Of the inode itself, by whatever name it is written: its bytes, its rights, its number of names. */
const FILE_EVENTS = IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
const FOLDER_EVENTS =
  IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;
/** Of a folder: what was known by its path is known no more. */
const FOLDER_LOST = IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT;

/** struct inotify_event: wd, mask, cookie, len, name[len]. */
const EVENT_BYTES = 16;
const BUFFER_BYTES = 64 * 1024;

/** Descriptor numbers, as inotify has them: one for each inode that is watched. */
export type WatchId = number;

export interface WatchListener {
  /** The file of a watch was written, or is another's now. */
  onFileChanged(watch: WatchId): void;
  /** A name in a watched folder stands for something else than before. @param name  relative to the root */
  onNameChanged(name: string): void;
  /** Anything may have changed. All watches are gone. */
  onLost(): void;
}

export class FolderWatch {
  readonly #listener: WatchListener;
  readonly #buffer = Buffer.alloc(BUFFER_BYTES);
  #inotify: OwnedFd | undefined;
  /** Watched folders by their path relative to the root ('' or with a slash at its end), and back. */
  readonly #watches = new Map<string, WatchId>();
  readonly #folders = new Map<WatchId, string>();
  readonly #reactors = new Set<Reactor>();

  constructor(listener: WatchListener) {
    this.#listener = listener;
  }

  /** Lets a reactor wait for changes. @returns false where there is no inotify for this process (EMFILE) */
  attachTo(reactor: Reactor): boolean {
    if (this.#reactors.has(reactor)) return true;
    this.#inotify ??= createInotify();
    if (this.#inotify === undefined) return false;
    reactor.register(this.#inotify.fd, READABLE, () => this.#read(), true);
    this.#reactors.add(reactor);
    return true;
  }

  isWatching(folder: string): boolean {
    return this.#watches.has(folder);
  }

  /** @param fd  of the open folder  @returns  false where there are too many watches (ENOSPC) */
  watchFolder(folder: string, fd: number): boolean {
    const watch = this.#add(fd, FOLDER_EVENTS);
    if (watch < 0) return false;
    // A folder by two names (a bind mount): its events would be told of one of them only.
    const known = this.#folders.get(watch);
    if (known !== undefined && known !== folder) return false;
    this.#watches.set(folder, watch);
    this.#folders.set(watch, folder);
    return true;
  }

  /** @param fd  of the open file  @returns  negative where there are too many watches (ENOSPC) */
  watchFile(fd: number): WatchId {
    return this.#add(fd, FILE_EVENTS);
  }

  /** Idempotent: a watch whose file is gone has ended by itself. */
  unwatchFile(watch: WatchId): void {
    if (this.#inotify !== undefined) native.inotify_rm_watch(this.#inotify.fd, watch);
  }

  close(): void {
    for (const reactor of this.#reactors) {
      if (!reactor.isClosed && this.#inotify !== undefined) reactor.unregister(this.#inotify.fd);
    }
    this.#reactors.clear();
    this.#watches.clear();
    this.#folders.clear();
    this.#inotify?.close();
    this.#inotify = undefined;
  }

  #add(fd: number, events: number): WatchId {
    if (this.#inotify === undefined) return -1;
    return native.inotify_add_watch(this.#inotify.fd, `/proc/self/fd/${fd}`, events);
  }

  #read(): void {
    const buffer = this.#buffer;
    while (this.#inotify !== undefined) {
      const length = native.read(this.#inotify.fd, buffer, 0, BUFFER_BYTES);
      if (length <= 0) return;
      for (let at = 0; at < length; ) {
        const nameLength = buffer.readUInt32LE(at + 12);
        const isKept = this.#onEvent(buffer.readInt32LE(at), buffer.readUInt32LE(at + 4), at + EVENT_BYTES, nameLength);
        if (!isKept) return;
        at += EVENT_BYTES + nameLength;
      }
    }
  }

  /** @returns  whether what is known is kept */
  #onEvent(watch: WatchId, mask: number, nameStart: number, nameLength: number): boolean {
    const folder = this.#folders.get(watch);
    if (folder === undefined && (mask & IN_Q_OVERFLOW) === 0) {
      if ((mask & IN_IGNORED) === 0) this.#listener.onFileChanged(watch);
      return true;
    }
    // A folder that is moved takes along all the names below it; and of an overflow nobody knows what is missing.
    const isLost = (mask & (IN_Q_OVERFLOW | FOLDER_LOST)) !== 0 || (mask & IN_ISDIR) !== 0;
    if (isLost && !isNewFolder(mask)) {
      this.#forget();
      return false;
    }
    if (nameLength > 0) {
      const end = this.#buffer.indexOf(0, nameStart);
      this.#listener.onNameChanged(folder + this.#buffer.toString('utf8', nameStart, end));
    }
    return true;
  }

  /** Begins anew: with another inotify, so that nothing of what was queued for the old watches is taken for the new ones. */
  #forget(): void {
    const reactors = [...this.#reactors];
    this.close();
    this.#listener.onLost();
    for (const reactor of reactors) if (!reactor.isClosed) this.attachTo(reactor);
  }
}

/** A folder that appears: only its name is new. */
function isNewFolder(mask: number): boolean {
  return (mask & IN_CREATE) !== 0;
}

function createInotify(): OwnedFd | undefined {
  const fd = native.inotify_init1(constants.IN_NONBLOCK | constants.IN_CLOEXEC);
  return fd < 0 ? undefined : new native.OwnedFd(fd);
}
