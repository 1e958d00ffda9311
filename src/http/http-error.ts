/** Headers of an error's response: names and values. */
export type ErrorHeaders = Readonly<Record<string, string | number | readonly string[]>>;

/** Options of an HttpError. */
export interface HttpErrorOptions {
  /** Headers of the response, such as `Allow` with a 405. */
  readonly headers?: ErrorHeaders;
  /** The cause, as for any Error. It is not sent. */
  readonly cause?: unknown;
}

/**
 * A handler that has not answered yet throws it to answer with this status and message. For any other error the client gets a
 * 500 without a message.
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
 * The client has gone: thrown while its body is read, and the reason of an aborted signal. If a handler throws it, it is not
 * reported as an error.
 */
export class ClientGoneError extends Error {
  /** `AbortError`, as in Node's own errors of aborted operations. */
  override readonly name = 'AbortError';
  /** As for a socket of Node whose peer has gone. */
  readonly code = 'ECONNRESET';

  /** The error of a client that has gone. */
  constructor() {
    super('the client has gone');
  }
}

/** `error instanceof HttpError`, but false for a Proxy that throws when its prototype is read. */
export function isHttpError(error: unknown): error is HttpError {
  try {
    return error instanceof HttpError;
  } catch {
    return false;
  }
}

/** The client is at fault, or has gone. The server does not report such errors to its operator. */
export function isExpectedError(error: unknown): boolean {
  try {
    return error instanceof ClientGoneError || (error instanceof HttpError && error.status < 500);
  } catch {
    return false;
  }
}
