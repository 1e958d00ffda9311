/** What the kernel tells about a process: proc_pid_stat(5) and its neighbours. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** USER_HZ, in which /proc counts: 100 on every Linux that Node runs on. */
const TICK_MS = 10;

/** The fields of /proc/PID/stat from the third on (the second, the name, may hold blanks); none when it is gone. */
function stat(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** R = it has, or wants, the processor; S = it waits; T = it was stopped; Z = it has ended, and nobody asked how; '' = gone. */
export function stateOf(pid: number): string {
  return stat(pid)[0] ?? '';
}

export function isRunning(pid: number): boolean {
  return !['', 'Z', 'X'].includes(stateOf(pid));
}

/** Processor time that all threads of the process have used: utime + stime. */
export function processorMs(pid: number): number {
  const fields = stat(pid);
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}

/** Children, their children, and so on. */
export function descendantsOf(pid: number): number[] {
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((each) => each > 0);
  const parents = new Map(pids.map((each) => [each, Number(stat(each)[1])]));
  const descendants: number[] = [];
  collect(pid);
  return descendants;

  function collect(ancestor: number): void {
    for (const [each, parent] of parents) {
      if (parent !== ancestor) continue;
      descendants.push(each);
      collect(each);
    }
  }
}

/** What the descriptors of a process stand for: `socket:[12345]`, `/srv/www`. */
export function openDescriptors(pid: number): string[] {
  const open: string[] = [];
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      open.push(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      // closed since
    }
  }
  return open;
}

/** Threads of the operating system. */
export function threadsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

/** How many descriptors a process may have open: `ulimit -n`. */
export function descriptorLimit(pid: number | 'self'): number {
  const [, limit] = /^Max open files +(\d+|unlimited)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}

const POLL_MS = 5;
const POLLS_MAX = 2_000;

/** What /proc shows comes with no event: it is asked again and again, for ten seconds at most. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < POLLS_MAX; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`waited for ${what} in vain`);
}
