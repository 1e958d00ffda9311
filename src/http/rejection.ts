/** Why a message is refused. */
export interface Rejection {
  /** The status of the response. */
  readonly status: number;
  /** For people, such as `invalid Host header`. */
  readonly reason: string;
}

export const NONE: Rejection = { status: 0, reason: '' };
