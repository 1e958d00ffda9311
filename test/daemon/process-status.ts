/** What the kernel says about a process. */
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks (of 10 ms) of CPU time that its threads have used: utime + stime of /proc/PID/stat. */
export function cpuTicks(pid: number): number {
  const fields = statFields(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return Number(fields[11]) + Number(fields[12]);
}

/** From the third on: the second is a name in brackets, in which anything may stand. */
function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** How often the main thread has gone to sleep: each of its waits counts one. */
export function sleeps(pid: number): number {
  return statusNumber(pid, 'voluntary_ctxt_switches');
}

/** Memory of its own: without files that are mapped. */
export function anonymousKilobytes(pid: number): number {
  return statusNumber(pid, 'RssAnon');
}

export function countThreads(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

export function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function statusNumber(pid: number, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (match === null) throw new Error(`no ${name} in /proc/${pid}/status`);
  return Number(match[1]);
}

/** Time that passes: for what can be seen only by watching that nothing happens. */
export function watchFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
