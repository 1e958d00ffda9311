/**
 * Sockets that whoever started this process has opened for it, by the protocol of sd_listen_fds(3): they are descriptors 3
 * and up; LISTEN_FDS says how many, LISTEN_FDNAMES what they are called, LISTEN_PID for whom they are. systemd's socket
 * activation hands them over so, and so does our own supervisor: a worker does not care who it was.
 */
const FIRST_FD = 3;

export interface HandedSocket {
  readonly fd: number;
  /** What the other side calls it; systemd: FileDescriptorName=, by default the name of the unit. */
  readonly name: string;
}

/**
 * Takes them out of the environment, so that no process which is started later thinks they are its own.
 *
 * For whom they are: systemd forks, and knows the pid of the process that it starts. Who starts one by spawn(), as Node does,
 * learns it too late, and names itself. So a parent's pid is taken as well.
 */
export function takeListenFds(environment: NodeJS.ProcessEnv = process.env): readonly HandedSocket[] {
  const { LISTEN_FDS: count = '', LISTEN_PID: pid = '', LISTEN_FDNAMES: names = '' } = environment;
  delete environment['LISTEN_FDS'];
  delete environment['LISTEN_PID'];
  delete environment['LISTEN_FDNAMES'];
  if (!/^\d{1,5}$/.test(count) || (Number(pid) !== process.pid && Number(pid) !== process.ppid)) return [];
  const named = names.split(':');
  return Array.from({ length: Number(count) }, (_, i) => ({ fd: FIRST_FD + i, name: decoded(named[i] ?? '') }));
}

/** The environment for a child whose descriptors from 3 up are these. */
export function listenFdsEnvironment(names: readonly string[]): NodeJS.ProcessEnv {
  return {
    LISTEN_FDS: `${names.length}`,
    LISTEN_PID: `${process.pid}`,
    LISTEN_FDNAMES: names.map(encodeURIComponent).join(':'), // a colon ends a name
  };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // not one of ours
  }
}
