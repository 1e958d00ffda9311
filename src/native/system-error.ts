/** The error of a failed system call. */
import { getSystemErrorMap } from 'node:util';
import { errorCode } from './errno.js';
import { hostAndPort } from './host-and-port.js';
import { printable } from './printable-text.js';

/** The address or path of the call. It stands at the end of the message, where control characters are escaped. */
export interface SystemErrorContext {
  /** In digits. */
  readonly address?: string;
  /** The port of the address. */
  readonly port?: number;
  /** The path of a file or a Unix domain socket. */
  readonly path?: string;
}

/** A failed system call, in the form of Node's own errors: `listen EADDRINUSE: address already in use 0.0.0.0:9369`. */
export class SystemError extends Error {
  /** `SystemError`. */
  override readonly name = 'SystemError';
  /** The error's name, such as `EADDRINUSE`. */
  readonly code: string;
  /** The error's number, negative as in Node's own errors. */
  readonly errno: number;
  /** The name of the call: its man page lists the errors. */
  readonly syscall: string;
  /** The Internet address that the call was about, in digits. */
  declare readonly address?: string;
  /** Its port. */
  declare readonly port?: number;
  /** The file or Unix domain socket that the call was about. */
  declare readonly path?: string;

  /**
   * The error of a call that failed.
   * @param errno    the result of the addon: -EBADF, not EBADF
   * @param syscall  the name of the call
   */
  constructor(errno: number, syscall: string, context: SystemErrorContext = {}) {
    const code = errorCode(errno);
    const reason = getSystemErrorMap().get(errno)?.[1] ?? `error number ${-errno}`;
    super(`${syscall} ${code}: ${reason}${describe(context)}`);
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
    Object.assign(this, context);
  }
}

function describe({ address, port, path }: SystemErrorContext): string {
  if (path !== undefined) return ` ${printable(path)}`;
  if (address === undefined) return '';
  if (port === undefined) return ` ${address}`;
  return ` ${hostAndPort(address, port)}`;
}

/**
 * Returns the result of a call, unless it is an error.
 * @returns  n
 * @throws   SystemError if n < 0
 */
export function checked(n: number, syscall: string, context?: SystemErrorContext): number {
  if (n < 0) throw new SystemError(n, syscall, context);
  return n;
}
