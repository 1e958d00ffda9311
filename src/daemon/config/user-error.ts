/** A mistake of the user's, or of their system: told in a line with a hint what to do, and no stack trace. */
import { dirname } from 'node:path';
import { hostAndPort } from '../../native/host-and-port.js';
import { printable } from '../../native/printable.js';
import { SystemError } from '../../native/system-error.js';

/** What to do about an option that is wrong. */
export const SETTING_HINT = 'epoll-reactor --help names all options; docs/configuration.md has examples';

export class UserError extends Error {
  override readonly name = 'UserError';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(printable(message));
    this.hint = printable(hint);
  }
}

/** What went wrong when listening, in the user's terms. Other errors come back as they are. */
export function explainListenError(error: unknown): unknown {
  if (!(error instanceof SystemError)) return error;
  if (error.path !== undefined) return explainPathError(error, error.path);
  const { address: host = '', port = 0 } = error;
  const where = hostAndPort(host, port);
  switch (error.code) {
    case 'EADDRINUSE':
      return new UserError(
        `${where} is taken by another program`,
        `choose another port with --port, or see who has it: ss -ltnp 'sport = :${port}'`,
      );
    case 'EACCES':
      return new UserError(
        `${where} may not be used without root's rights`,
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
        'a program listens there, or it is no socket; choose another path, or see who has it: ss -lxp',
      );
    case 'EACCES':
      return new UserError(`${path} may not be made by this user`, `look at its folder: ls -ld ${dirname(path)}`);
    case 'ENOENT':
      return noFolderFor(path);
    default:
      return error;
  }
}

/** Of a Unix socket, or a log. */
export function noFolderFor(path: string): UserError {
  return new UserError(`${path} is in no folder that exists`, `make its folder first: mkdir -p ${dirname(path)}`);
}

/** What is wrong with the sites of a configuration: an option, or a folder. */
export function explainSiteError(error: unknown): unknown {
  if (error instanceof TypeError) return new UserError(error.message, SETTING_HINT);
  return error instanceof SystemError ? explainFolderError(error, error.path ?? '') : error;
}

/** What went wrong when opening the folder to serve. */
export function explainFolderError(error: unknown, folder: string): unknown {
  if (!(error instanceof SystemError)) return error;
  switch (error.code) {
    case 'ENOENT':
      return new UserError(`there is no folder ${folder}`, 'give the path of a folder that exists');
    case 'ENOTDIR':
      return new UserError(`${folder} is not a folder`, 'give the folder that holds it');
    case 'EACCES':
      return new UserError(`the folder ${folder} may not be read`, `look at its rights: ls -ld ${folder}`);
    default:
      return error;
  }
}
