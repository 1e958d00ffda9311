/**
 * Sockets that this process was started with, by the protocol of sd_listen_fds(3): they are descriptors 3 and up; LISTEN_FDS
 * is their number, LISTEN_FDNAMES their names, LISTEN_PID the process that they are for. systemd's socket activation uses this
 * protocol. Our supervisor does, too, with one difference: Node learns the pid of a child too late to write it into the child's
 * environment, so the supervisor sets LISTEN_PPID to its own pid. No other program takes it for LISTEN_PID.
 */
import { constants, native } from '../../native/addon.js';
import { UserError } from '../config/user-error.js';

/** SD_LISTEN_FDS_START. */
export const FIRST_FD = 3;

export interface HandedSocket {
  readonly fd: number;
  /** The sender's name for the socket; systemd: FileDescriptorName=, by default the name of the unit. */
  readonly name: string;
}

/**
 * Takes the sockets out of the environment, so that a process started later does not take them for its own.
 * @returns  none if they are for another process
 * @throws   UserError for values that sd_listen_fds(3) refuses, and for a descriptor that does not listen
 */
export function takeListenFds(environment: NodeJS.ProcessEnv = process.env): readonly HandedSocket[] {
  const { LISTEN_FDNAMES: names } = environment;
  const count = countListenFds(environment);
  for (const name of ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_PPID', 'LISTEN_FDNAMES']) delete environment[name];
  const named = names?.split(':');
  if (named !== undefined && count > 0 && named.length !== count) {
    throw wrong(`LISTEN_FDNAMES has ${named.length} names for ${count} sockets`);
  }
  const handed: HandedSocket[] = [];
  for (let fd = FIRST_FD; fd < FIRST_FD + count; fd++) {
    if (native.getsockopt(fd, constants.SOL_SOCKET, constants.SO_ACCEPTCONN) !== 1) {
      throw wrong(`LISTEN_FDS=${count}: descriptor ${fd} is not a listening socket`);
    }
    handed.push({ fd, name: decoded(named?.[fd - FIRST_FD] ?? '') });
  }
  return handed;
}

/**
 * How many sockets this process was started with. It leaves the environment as it is.
 * @throws  UserError for values that sd_listen_fds(3) refuses
 */
export function countListenFds(environment: NodeJS.ProcessEnv = process.env): number {
  const { LISTEN_FDS: fds, LISTEN_PID: pid, LISTEN_PPID: parentPid } = environment;
  const isOurs = parentPid === `${process.ppid}` || (pid !== undefined && numberOf('LISTEN_PID', pid) === process.pid);
  return fds !== undefined && isOurs ? numberOf('LISTEN_FDS', fds) : 0;
}

/** The environment for a child whose descriptors from 3 up are these. */
export function listenFdsEnvironment(names: readonly string[]): NodeJS.ProcessEnv {
  return {
    LISTEN_FDS: `${names.length}`,
    LISTEN_PPID: `${process.pid}`,
    LISTEN_FDNAMES: names.map(encodeURIComponent).join(':'), // a colon ends a name
  };
}

function numberOf(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw wrong(`${name}: expected a number, got ${JSON.stringify(text.slice(0, 40))}`);
  return Number(text);
}

function wrong(message: string): UserError {
  return new UserError(message, 'these variables come from the program that starts the server: see sd_listen_fds(3)');
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // another program's
  }
}
