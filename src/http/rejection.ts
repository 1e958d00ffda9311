/** Why a message is refused. */
export interface Rejection {
  /** Of the response that tells the client. */
  readonly status: number;
  /** For people: what was there that should not be, without a capital and a full stop. */
  readonly reason: string;
}

export const NONE: Rejection = { status: 0, reason: '' };
