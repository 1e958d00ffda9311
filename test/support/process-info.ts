/** Facts about a process, from /proc: proc_pid_stat(5) and its neighbours. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** USER_HZ, in which /proc counts: 100 on every Linux that Node runs on. */
const TICK_MS = 10;

/** The fields of /proc/PID/stat from the third on (the second, the name, may hold blanks); empty if the process is gone. */
function stat(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** R = it has or wants the processor; S = it waits; T = stopped; Z = ended, its status not read yet; '' = gone. */
export function stateOf(pid: number): string {
  return stat(pid)[0] ?? '';
}

export function isRunning(pid: number): boolean {
  return !['', 'Z', 'X'].includes(stateOf(pid));
}

/** All its threads wait: none has or wants the processor. */
export function isAsleep(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((thread) => stateOf(Number(thread)) === 'S');
}

/** Stopped by SIGSTOP, which takes a moment. */
export function isStopped(pid: number): boolean {
  return stateOf(pid) === 'T';
}

/** Ticks (of 10 ms) of processor time that all threads of the process have used: utime + stime. */
export function cpuTicks(pid: number): number {
  const fields = stat(pid);
  return Number(fields[11]) + Number(fields[12]);
}

export function processorMs(pid: number): number {
  return TICK_MS * cpuTicks(pid);
}

/** How often the main thread has waited: each wait ends with a wakeup. */
export function wakeups(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]);
}

/** Children, their children, and so on. */
export function descendantsOf(pid: number): number[] {
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((each) => each > 0);
  const parents = new Map(pids.map((each) => [each, Number(stat(each)[1])]));
  const descendants = [pid];
  for (const ancestor of descendants) {
    // The loop also walks those that it adds.
    for (const [each, parent] of parents) if (parent === ancestor) descendants.push(each);
  }
  return descendants.slice(1);
}

/** The open descriptors of a process: number and target, such as `socket:[12345]` or `/srv/www`. */
export function descriptorsOf(pid: number | 'self'): [fd: string, target: string][] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd): [string, string][] => {
    try {
      return [[fd, readlinkSync(`/proc/${pid}/fd/${fd}`)]];
    } catch {
      return []; // closed since
    }
  });
}

export function openDescriptors(pid: number): string[] {
  return descriptorsOf(pid).map(([, target]) => target);
}

export function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Threads of the operating system. */
export function countThreads(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

/** How many descriptors a process may have open: `ulimit -n`. */
export function descriptorLimit(pid: number | 'self'): number {
  const [, limit] = /^Max open files +(\d+|unlimited)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}

/** How often the main thread has gone to sleep: each wait counts one. */
export function sleeps(pid: number): number {
  return statusNumber(pid, 'voluntary_ctxt_switches');
}

/** Its own memory, without mapped files. */
export function anonymousKilobytes(pid: number): number {
  return statusNumber(pid, 'RssAnon');
}

function statusNumber(pid: number, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (match === null) throw new Error(`no ${name} in /proc/${pid}/status`);
  return Number(match[1]);
}

/** Lets time pass: that something does not happen shows only in time. */
export function watchFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves when the condition holds. Other processes send no event, so it is checked every few milliseconds. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
  const giveUpMs = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > giveUpMs) throw new Error(`waited in vain until ${what}`);
    await watchFor(5);
  }
}

/** Whether a process has a handler for a signal: SigCgt of /proc/PID/status. */
export function handles(pid: number, signal: number): boolean {
  const mask = /^SigCgt:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}
