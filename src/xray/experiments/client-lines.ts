/** The lines between the X-ray and the clients of an experiment, on the standard streams of their process. */
import type { ClientActed } from '../records.js';

/** A client asks to go on when the program has nothing left to do. The X-ray answers with an empty line. */
interface Settle {
  readonly settle: true;
}

/** `t` is in microseconds of CLOCK_MONOTONIC. */
export type ClientLine = ClientActed | Settle;
