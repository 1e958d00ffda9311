export type ErrorHeaders = Readonly<Record<string, string | number | readonly string[]>>;

export interface HttpErrorOptions {
  /** For the response, such as `Allow` with a 405. */
  readonly headers?: ErrorHeaders;
  readonly cause?: unknown;
}

/**
 * Thrown by a handler that has not answered yet, it becomes a response with this status, whose body has the message. Any other error
 * becomes a 500 without one.
 */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly headers: ErrorHeaders;

  /** @param status  400 to 599 */
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
  override readonly name = 'AbortError';
  readonly code = 'ECONNRESET';

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
