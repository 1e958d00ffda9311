/**
 * A protocol gives meaning to a connection's bytes: the callbacks of a Connection, and the ways in which a protocol
 * ends it.
 */

export interface Protocol {
  /**
   * @param buffer  bytes [0, length) are the connection's; valid during the call only
   * @returns       bytes consumed. The others are given again, followed by new ones, or after resume().
   */
  onBytes(buffer: Buffer, length: number): number;
  /** The peer has shut its writing half: no more bytes come. A protocol that has nothing left to say calls finish(). */
  onEnd(): void;
  /**
   * The peer has shut its writing half while the protocol is paused and has bytes to read: onEnd() follows when they
   * are read.
   */
  onPeerClosing(): void;
  /** Everything is sent. Called after some of it had to wait, or after awaitFlush(). */
  onFlushed(): void;
  /** The deadline of setDeadline() has passed. */
  onDeadline(): void;
  /** The descriptor is closed, for whatever reason. Called once. */
  onClose(): void;
}

/**
 * How a connection ends after the last byte is sent. If the peer has sent more, close() resets the connection, and the
 * peer can lose bytes that it has not read yet.
 */
export type Ending = typeof CLOSES | typeof CLOSES_IF_QUIET | typeof LINGERS;
/** Closes: the peer has said that it sends no more. */
export const CLOSES = 0;
/** Closes, or lingers if the peer has sent more. */
export const CLOSES_IF_QUIET = 1;
/** Reads on for a moment, drops the bytes, and closes (RFC 9112 §9.6). */
export const LINGERS = 2;
