/** The arguments of an exercise's program, and the reports of its runner. */

/** The arguments of serve(), in this order. */
export interface Setup {
  /** Clients that are connected before serve() is called: a descriptor of each. */
  readonly clients?: number;
  /** Their descriptors block. */
  readonly isBlocking?: true;
  /** Each has a second descriptor, which the program does not know. */
  readonly hasCopies?: true;
  /** The listening socket, which does not block. */
  readonly listens?: true;
  /** The number of descriptors that the program can still open. */
  readonly descriptorsLeft?: number;
  /** A Buffer of so many bytes. */
  readonly bodyBytes?: number;
  /** The address of this port on 127.0.0.1. */
  readonly port?: number;
}

export type Report = { readonly port: number } | { readonly fds: readonly number[] } | { readonly returned: unknown };

const LINE_BYTES = 8;

/** So many that one send takes only a part. */
export const BODY_BYTES = 8 * 1024 * 1024;

/** Numbered lines of 8 bytes, so that a lost or repeated piece is found. */
export function bodyOf(length: number): Buffer {
  // Digit by digit: a string for each line takes 0.2 s for 8 MiB, and this 0.02.
  const body = Buffer.alloc(length, `${'0'.repeat(LINE_BYTES - 1)}\n`);
  for (let line = 0; line * LINE_BYTES < length; line++) {
    let at = (line + 1) * LINE_BYTES - 1;
    for (let rest = line; rest > 0; ) {
      const digit = rest % 10;
      body[--at] = 0x30 + digit;
      rest = (rest - digit) / 10;
    }
  }
  return body;
}
