/**
 * What a negative result of the addon means, in the field's words. These are outcomes, not errors: they are expected, tested
 * by value, and never made into an Error.
 */
import { constants } from './native.js';

const { EAGAIN, EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM } = constants;

/** The call would have had to wait (EAGAIN), or a signal came before it did anything (EINTR): try again when ready. */
export function isWouldBlock(n: number): boolean {
  return n === -EAGAIN || n === -EINTR;
}

/** The process, or the system, has no descriptor left, or no memory for one (accept(2), "Errors"). */
export function isOutOfDescriptors(n: number): boolean {
  return n === -EMFILE || n === -ENFILE || n === -ENOBUFS || n === -ENOMEM;
}
