/** The reason why a message is refused. */
export interface Rejection {
  /** The status of the response. */
  readonly status: number;
  /** Text for people, such as `invalid Host header`. */
  readonly reason: string;
}

export const NO_REJECTION: Rejection = { status: 0, reason: '' };
