/** Whether this system lets a program make a ring. Docker's default filter does not, nor kernel.io_uring_disabled. */
import { describe } from '@jest/globals';
import { native } from '../../src/native/addon.js';

export const hasIoUring = tryRing();

/** A describe() that is skipped where io_uring is refused. */
export const describeWithIoUring = hasIoUring ? describe : describe.skip;

function tryRing(): boolean {
  const ring = new native.IoUring(1, 1, new Uint32Array(30));
  const isMade = ring.fd >= 0;
  ring.close();
  return isMade;
}
