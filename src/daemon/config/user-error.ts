/** Mistakes of users and faults of their systems: one line and a hint, without a stack. */
import { dirname } from 'node:path';
import { hostAndPort } from '../../native/host-and-port.js';
import { printable } from '../../native/printable-text.js';
import { SystemError } from '../../native/system-error.js';

/** The hint for a wrong option. */
export const SETTING_HINT = 'epoll-reactor --help lists the options; docs/configuration.md has examples';

export class UserError extends Error {
  override readonly name = 'UserError';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(printable(message));
    this.hint = printable(hint);
  }
}

/** An error of listening in the user's terms. Other errors are returned unchanged. */
export function explainListenError(error: unknown): unknown {
  if (!(error instanceof SystemError)) return error;
  if (error.path !== undefined) return explainPathError(error, error.path);
  const { address: host = '', port = 0 } = error;
  const where = hostAndPort(host, port);
  switch (error.code) {
    case 'EADDRINUSE':
      return new UserError(
        `${where} is taken by another program`,
        `choose another port with --port, or find the program: ss -ltnp 'sport = :${port}'`,
      );
    case 'EACCES':
      return new UserError(
        `${where} can be used by root only`,
        `choose a port from 1024 up, or allow it: sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}`,
      );
    case 'EADDRNOTAVAIL':
      return new UserError(
        `${host} is not an address of this machine`,
        'use --host 127.0.0.1 for this machine only, 0.0.0.0 for all its IPv4 addresses, :: for all; ip addr lists them',
      );
    default:
      return error;
  }
}

function explainPathError(error: SystemError, path: string): unknown {
  switch (error.code) {
    case 'EADDRINUSE':
      return new UserError(
        `${path} is in use`,
        'a program listens there, or it is not a socket; choose another path, or find the program: ss -lxp',
      );
    case 'EACCES':
      return new UserError(`${path} cannot be created by this user`, `look at its folder: ls -ld ${dirname(path)}`);
    case 'ENOENT':
      return noFolderFor(path);
    default:
      return error;
  }
}

/** For a Unix socket, or a log. */
export function noFolderFor(path: string): UserError {
  return new UserError(`the folder of ${path} does not exist`, `make its folder first: mkdir -p ${dirname(path)}`);
}

/** An error of the sites in the user's terms: a wrong option, or a folder. */
export function explainSiteError(error: unknown): unknown {
  if (error instanceof TypeError) return new UserError(error.message, SETTING_HINT);
  return error instanceof SystemError ? explainFolderError(error, error.path ?? '') : error;
}

/** An error of opening the folder to serve, in the user's terms. */
export function explainFolderError(error: unknown, folder: string): unknown {
  if (!(error instanceof SystemError)) return error;
  switch (error.code) {
    case 'ENOENT':
      return new UserError(`there is no folder ${folder}`, 'give the path of a folder that exists');
    case 'ENOTDIR':
      return new UserError(`${folder} is not a folder`, 'give the folder that holds it');
    case 'EACCES':
      return new UserError(`the folder ${folder} cannot be read`, `check its permissions: ls -ld ${folder}`);
    default:
      return error;
  }
}
