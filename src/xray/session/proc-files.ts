/** Reads /proc, with bounds. A process that ends meanwhile has empty files. */
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';

/** The beginning of a file of /proc. */
export function readProc(path: string, bytesMax: number): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const bytes = Buffer.allocUnsafe(bytesMax);
    let length = 0;
    while (length < bytesMax) {
      const n = readSync(fd, bytes, length, bytesMax - length, null); // the kernel gives a page or so at a time
      if (n === 0) break;
      length += n;
    }
    return bytes.toString('latin1', 0, length);
  } catch {
    return '';
  } finally {
    closeSync(fd);
  }
}

/** What a descriptor is, such as `socket:[1234]`; undefined if it is not open. */
export function descriptorLink(pid: number, fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return undefined;
  }
}

const STAT_BYTES_MAX = 1024;

/** Whether each thread of the process sleeps: it neither runs nor waits for a disk. (proc_pid_stat(5)) */
export function isAsleep(pid: number): boolean {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return true; // it is gone
  }
  return threads.every((tid) => {
    const stat = readProc(`/proc/${pid}/task/${tid}/stat`, STAT_BYTES_MAX);
    return !/^[RD]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  });
}
