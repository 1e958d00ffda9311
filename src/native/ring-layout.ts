/**
 * Where the parts of a ring of io_uring are in its memory, in 32-bit words. linux/ring.ts writes and reads them, the X-ray's observer
 * reads.
 *
 * Source: io_uring_setup(2), linux/io_uring.h.
 */

/** struct io_uring_params */
export const PARAMS_WORDS = 30;
export const PARAMS_FEATURES = 5;
/** struct io_uring_sqe */
export const SQE_WORDS = 16;
/** struct io_uring_cqe */
export const CQE_WORDS = 4;

export interface RingLayout {
  /** `array[i]` is the place of submission i. */
  readonly submission: {
    readonly tail: number;
    readonly mask: number;
    readonly array: number;
    readonly entries: number;
  };
  readonly completion: { readonly head: number; readonly tail: number; readonly mask: number; readonly cqes: number };
}

/** @param params  as the kernel has filled it: its offsets are bytes */
export function ringLayout(params: Uint32Array): RingLayout {
  const word = (i: number): number => params[i] as number;
  return {
    submission: { tail: word(11) / 4, mask: word(12) / 4, array: word(16) / 4, entries: word(0) },
    completion: { head: word(20) / 4, tail: word(21) / 4, mask: word(22) / 4, cqes: word(25) / 4 },
  };
}
