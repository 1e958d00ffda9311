/** A call from another thread as a descriptor (eventfd(2)). */
import { constants, native } from '../native/addon.js';
import { isNotReady } from '../native/errno.js';
import { checked } from '../native/system-error.js';
import { OwnedDescriptor } from './owned-descriptor.js';

/** Readable after wake(), until read(). */
export class Waker extends OwnedDescriptor {
  /** @throws  SystemError EMFILE | ENFILE | ENOMEM  (eventfd(2)) */
  constructor() {
    super(checked(native.eventfd(0, constants.EFD_CLOEXEC | constants.EFD_NONBLOCK), 'eventfd'), 'Waker');
  }

  /**
   * Wakes the waker with this descriptor, from any thread of the process. Only while it is open: later its number may be reused.
   * @throws  SystemError EBADF | EINVAL (no eventfd)  (eventfd_write(3))
   */
  static wake(fd: number): void {
    const n = native.eventfd_write(fd, 1);
    if (!isNotReady(n)) checked(n, 'eventfd_write'); // its counter is full: it is readable
  }

  /** Makes it readable. */
  wake(): void {
    Waker.wake(this.fileno());
  }

  /** How often it was woken since the last read(); 0 for not at all. It is not readable afterwards. */
  read(): number {
    const n = native.eventfd_read(this.fileno());
    return isNotReady(n) ? 0 : checked(n, 'eventfd_read');
  }
}
