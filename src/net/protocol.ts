/** What a connection's bytes mean: the callbacks of a Connection, and how a protocol ends it. */

export interface Protocol {
  /**
   * @param buffer  bytes [0, length) are the connection's; valid during the call only
   * @returns       bytes consumed. The others come again, with more behind them, or after resume().
   */
  onBytes(buffer: Buffer, length: number): number;
  /** The peer has shut its writing half: no more bytes come. A protocol that has nothing left to say calls finish(). */
  onEnd(): void;
  /** The same while the protocol is paused, with bytes that it has not taken yet: onEnd() comes behind them. */
  onPeerClosing(): void;
  /** All is sent, after some of it had to wait, or after awaitFlush(). */
  onFlushed(): void;
  /** The deadline of setDeadline() is over. */
  onDeadline(): void;
  /** The descriptor is closed, for whatever reason. Called once. */
  onClose(): void;
}

/** What follows the last byte that is sent. close() resets a peer that has sent more, which can lose what it has not read yet. */
export type Ending = typeof CLOSES | typeof CLOSES_IF_QUIET | typeof LINGERS;
/** The peer has said that it sends no more. */
export const CLOSES = 0;
/** Looks whether the peer has sent more: then the connection lingers. */
export const CLOSES_IF_QUIET = 1;
/** Reads on for a moment, and drops it (RFC 9112 §9.6). */
export const LINGERS = 2;
