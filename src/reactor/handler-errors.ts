/** Errors that handlers throw during a turn: passed to onError, or thrown at the end of the turn. */

/** Takes what a handler threw, and the descriptor whose handler it was; undefined for a deadline or a flush. */
export type OnError = (error: unknown, fd: number | undefined) => void;

export class HandlerErrors {
  readonly #onError: OnError;
  #errors: unknown[] = [];

  /** @param onError  an error that it throws itself is thrown at the end of the turn */
  constructor(onError: OnError | undefined) {
    this.#onError =
      onError ??
      ((error) => {
        throw error;
      });
  }

  /** @param fd  the descriptor whose handler threw; undefined for a deadline or a flush */
  readonly report = (error: unknown, fd?: number): void => {
    try {
      this.#onError(error, fd);
    } catch (thrown) {
      this.#errors.push(thrown);
    }
  };

  /** @throws  the error, or an AggregateError of several */
  throwReported(): void {
    const errors = this.#errors;
    if (errors.length === 0) return;
    this.#errors = [];
    throw errors.length === 1 ? errors[0] : new AggregateError(errors, `${errors.length} handlers threw in one turn`);
  }
}
