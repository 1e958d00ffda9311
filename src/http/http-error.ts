/** Headers of an error's response: names and values. */
export type ErrorHeaders = Readonly<Record<string, string | number | readonly string[]>>;

/** Options of an HttpError. */
export interface HttpErrorOptions {
  /** For the response, such as `Allow` with a 405. */
  readonly headers?: ErrorHeaders;
  /** The error behind it, as of Error. It is not sent. */
  readonly cause?: unknown;
}

/**
 * Thrown by a handler that has not answered yet, it becomes a response with this status, whose body has the message. Any other error
 * becomes a 500 without one.
 */
export class HttpError extends Error {
  /** `HttpError`. */
  override readonly name = 'HttpError';
  /** 400 to 599. */
  readonly status: number;
  /** Sent with the response. */
  readonly headers: ErrorHeaders;

  /**
   * An error for the client.
   * @param status   400 to 599
   * @param message  sent to the client as plain text
   * @throws         RangeError for another status
   */
  constructor(status: number, message: string, { headers = {}, cause }: HttpErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(`status: expected the status of an error, 400 to 599, got ${String(status)}`);
    }
    this.status = status;
    this.headers = headers;
  }
}

/**
 * The client has gone: while its body was read, or as the reason of an aborted signal. If a handler throws it, that is not reported
 * as an error.
 */
export class ClientGoneError extends Error {
  /** `AbortError`, as of what Node aborts. */
  override readonly name = 'AbortError';
  /** As of a socket of Node whose peer has gone. */
  readonly code = 'ECONNRESET';

  /** The error of a client that has gone. */
  constructor() {
    super('the client has gone');
  }
}

/** `error instanceof HttpError`, also of a Proxy that throws when it is asked for its prototype. */
export function isHttpError(error: unknown): error is HttpError {
  try {
    return error instanceof HttpError;
  } catch {
    return false;
  }
}

/** The client is to blame, or has gone: nothing that the operator of a server need hear of. */
export function isExpectedError(error: unknown): boolean {
  try {
    return error instanceof ClientGoneError || (error instanceof HttpError && error.status < 500);
  } catch {
    return false;
  }
}
