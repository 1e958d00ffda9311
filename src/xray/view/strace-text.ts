/** A recording as `strace -f -ttt -o FILE` writes it, for tools that read that. */
import type { Header, XrayRecord } from '../records.js';

/** The texts of strerror(3), which strace prints after the name. */
const MESSAGES: Readonly<Record<string, string>> = {
  EAGAIN: 'Resource temporarily unavailable',
  EBADF: 'Bad file descriptor',
  ECONNRESET: 'Connection reset by peer',
  EEXIST: 'File exists',
  EINTR: 'Interrupted system call',
  EMFILE: 'Too many open files',
  ENFILE: 'Too many open files in system',
  ENOENT: 'No such file or directory',
  EPIPE: 'Broken pipe',
};

interface Entry {
  readonly t: number;
  readonly tid: number;
  readonly text: string;
}

export function formatStrace(lines: readonly (Header | XrayRecord)[]): string {
  let startedMs = 0;
  const numbers = new Map<number, number>();
  const entries: Entry[] = [];
  for (const line of lines) {
    if ('xray' in line) {
      startedMs = Date.parse(line.startedAt);
    } else if ('call' in line) {
      const { tid, call, args, ret, errno, isOperation } = line;
      // An operation of a ring is no call: it is known when a wait has found it done.
      const t = isOperation ? line.t + line.dur : line.t;
      entries.push({ t, tid, text: `${call}(${args.join(', ')}) = ${ret}${failure(errno)}` });
    } else if ('thread' in line) {
      // The kernel's number of a worker thread is not recorded: a number after that of its process stands for it.
      numbers.set(line.tid, line.thread === 'main' ? line.pid : line.pid + line.tid);
    } else if ('program' in line && line.program === 'ended') {
      const { exit, t } = line;
      const how = exit?.signal ? `killed by ${exit.signal}` : `exited with ${exit?.code ?? 0}`;
      entries.push({ t, tid: Math.min(...numbers.keys(), 1), text: `+++ ${how} +++` });
    }
  }
  return entries
    .sort((a, b) => a.t - b.t)
    .map(({ t, tid, text }) => `${numbers.get(tid) ?? tid} ${seconds(startedMs, t)} ${text}\n`)
    .join('');
}

function failure(errno: string | undefined): string {
  if (errno === undefined) return '';
  return MESSAGES[errno] === undefined ? ` ${errno}` : ` ${errno} (${MESSAGES[errno]})`;
}

/** Seconds since 1970, with microseconds. */
function seconds(startedMs: number, t: number): string {
  const us = 1000 * startedMs + Math.round(t);
  return `${Math.floor(us / 1_000_000)}.${String(us % 1_000_000).padStart(6, '0')}`;
}
