/** Changes of files as a descriptor (inotify(7)). */
import { constants, native } from '../native/addon.js';
import { isNotReady } from '../native/errno.js';
import { checked } from '../native/system-error.js';
import { OwnedDescriptor } from './owned-descriptor.js';

/** For Watcher.add(), and in WatchEvent.mask (inotify(7)). */
export const {
  /** Reported: bytes of the file were read. */
  IN_ACCESS,
  /** Reported: its rights, times, owner or number of names changed. */
  IN_ATTRIB,
  /** Reported: bytes were written, or its length was changed. */
  IN_MODIFY,
  /** Reported: it was opened. */
  IN_OPEN,
  /** Reported: it was closed after it had been open for writing. */
  IN_CLOSE_WRITE,
  /** Reported: it was closed after it had been open for reading alone. */
  IN_CLOSE_NOWRITE,
  /** Reported for a folder: a name was made in it. */
  IN_CREATE,
  /** Reported for a folder: a name was removed from it. */
  IN_DELETE,
  /** Reported for a folder: a name was moved out of it; `cookie` is that of IN_MOVED_TO. */
  IN_MOVED_FROM,
  /** Reported for a folder: a name was moved into it. */
  IN_MOVED_TO,
  /** Reported: the watched file or folder itself was deleted. */
  IN_DELETE_SELF,
  /** Reported: the watched file or folder itself was moved. */
  IN_MOVE_SELF,
  /** For add() alone: ENOTDIR for anything but a folder. */
  IN_ONLYDIR,
  /** For add() alone: files of the folder that have no name any more are not reported. */
  IN_EXCL_UNLINK,
  /** In a mask alone: the watch has ended, by remove(), or with what it watched. */
  IN_IGNORED,
  /** In a mask alone: the event is about a folder. */
  IN_ISDIR,
  /** In a mask alone: events were lost, and anything may have changed. */
  IN_Q_OVERFLOW,
  /** In a mask alone: the filesystem was unmounted. */
  IN_UNMOUNT,
} = constants;

/** A "watch descriptor": one for each watched inode, and never used again for another. */
export type WatchId = number;

/** A struct inotify_event. */
export interface WatchEvent {
  /** What add() returned; -1 with IN_Q_OVERFLOW. */
  readonly watch: WatchId;
  /** IN_* bits. IN_Q_OVERFLOW: more happened than the kernel queues, and anything may have changed. */
  readonly mask: number;
  /** The same number, from 1, in the IN_MOVED_FROM and the IN_MOVED_TO of one rename(2); else 0. */
  readonly cookie: number;
  /** The name of the entry in a watched folder; '' for the watched file or folder itself. */
  readonly name: string;
}

/** wd, mask, cookie, len, name[len]. */
const EVENT_BYTES = 16;
const BUFFER_BYTES = 64 * 1024;

/** Shared: it is in use only during read(). */
const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

const NO_EVENTS: readonly WatchEvent[] = [];

/** Readable when something has changed that it watches. */
export class Watcher extends OwnedDescriptor {
  /** A watcher of nothing. @throws  SystemError EMFILE (fs.inotify.max_user_instances) | ENFILE | ENOMEM  (inotify_init1(2)) */
  constructor() {
    const flags = constants.IN_NONBLOCK | constants.IN_CLOEXEC;
    super(checked(native.inotify_init1(flags), 'inotify_init1'), 'Watcher');
  }

  /**
   * Watches a file, or a folder and the names in it (not the folders below), also under another name later.
   * @param events  IN_* bits. They replace those of an earlier add() of the same inode.
   * @throws        SystemError ENOENT | EACCES | ENOSPC (fs.inotify.max_user_watches) | EINVAL (no bit)  (inotify_add_watch(2))
   */
  add(path: string, events: number): WatchId {
    return checked(native.inotify_add_watch(this.fileno(), path, events), 'inotify_add_watch', { path });
  }

  /**
   * Ends a watch; IN_IGNORED is its last event.
   * @throws  SystemError EINVAL (no such watch, or it has ended)  (inotify_rm_watch(2))
   */
  remove(watch: WatchId): void {
    checked(native.inotify_rm_watch(this.fileno(), watch), 'inotify_rm_watch');
  }

  /** Takes the next events, up to 64 KiB of them; none if nothing has happened. It stays readable while there are more. */
  read(): readonly WatchEvent[] {
    const length = native.read(this.fileno(), buffer);
    if (isNotReady(length)) return NO_EVENTS;
    checked(length, 'read');
    const events: WatchEvent[] = [];
    for (let at = 0; at < length; ) {
      const nameLength = buffer.readUInt32LE(at + 12);
      const nameStart = at + EVENT_BYTES;
      events.push({
        watch: buffer.readInt32LE(at),
        mask: buffer.readUInt32LE(at + 4),
        cookie: buffer.readUInt32LE(at + 8),
        name: nameLength === 0 ? '' : buffer.toString('utf8', nameStart, buffer.indexOf(0, nameStart)),
      });
      at = nameStart + nameLength;
    }
    return events;
  }
}
