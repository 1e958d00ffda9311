/** CPU time and memory of a process and its descendants, threads included, from /proc. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** proc(5): utime and stime count ticks, of 10 ms nearly everywhere. Each is rounded down, so a second has an error of 2 %. */
const TICK_MICROS = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/**
 * @param {number} root
 * @returns {number[]}  the process and its descendants
 */
export function processTree(root) {
  /** @type {Map<number, number[]>} */
  const childrenOf = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statFields(Number(name))?.[3]);
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(childrenOf.get(pid) ?? [])); // the loop also visits the elements that it adds: all generations
  return tree;
}

/** @param {readonly number[]} pids */
export function cpuMicros(pids) {
  const { userMicros, kernelMicros } = cpuTimes(pids);
  return userMicros + kernelMicros;
}

/** CPU time since the processes began, of all their threads, including ended ones. @param {readonly number[]} pids */
export function cpuTimes(pids) {
  const sum = { userMicros: 0, kernelMicros: 0 };
  for (const pid of pids) {
    const fields = statFields(pid);
    if (fields === undefined) continue;
    sum.userMicros += Number(fields[13]) * TICK_MICROS;
    sum.kernelMicros += Number(fields[14]) * TICK_MICROS;
  }
  return sum;
}

/**
 * Pages in memory. PSS divides a shared page by the number of its processes, so a second `node` anywhere on the machine
 * halves the share for the pages of the program file. `anonymous` is the memory without a file, stacks and heaps: it does not
 * depend on other processes, and so shows small differences. No value includes the kernel's memory for sockets.
 * @param {readonly number[]} pids
 */
export function memoryBytes(pids) {
  const sum = { pssBytes: 0, rssBytes: 0, anonymousBytes: 0 };
  for (const pid of pids) {
    const text = readProc(pid, 'smaps_rollup') ?? '';
    sum.pssBytes += kilobytes(text, 'Pss') * 1024;
    sum.rssBytes += kilobytes(text, 'Rss') * 1024;
    sum.anonymousBytes += kilobytes(text, 'Pss_Anon') * 1024;
  }
  return sum;
}

/** RSS alone: cheap enough to read repeatedly while a contender grows. @param {readonly number[]} pids */
export function residentBytes(pids) {
  return pids.reduce((sum, pid) => sum + kilobytes(readProc(pid, 'status') ?? '', 'VmRSS') * 1024, 0);
}

/** @param {number} pid @returns {string[] | undefined}  the fields of proc_pid_stat(5), the first at index 0 */
function statFields(pid) {
  const text = readProc(pid, 'stat');
  if (text === undefined) return undefined;
  const end = text.lastIndexOf(')'); // the name before it may contain spaces and parentheses
  return [`${pid}`, text.slice(text.indexOf('(') + 1, end), ...text.slice(end + 2).split(' ')];
}

/** @param {number} pid @param {string} file */
function readProc(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined; // the process has ended
  }
}

/** @param {string} text @param {string} name */
function kilobytes(text, name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}
