/** Starts processes, and ends each by its pid: after Ctrl-C, after an error, and at the normal end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { processTree } from './process-tree.mjs';

/** @import { ChildProcess } from 'node:child_process' */
/** @import { PrintingProcess } from '../types.js' */

/** @type {Set<ChildProcess>} */
const running = new Set();

/** The end of stderr is kept, because it has the reason of a failure. */
const STDERR_BYTES_KEPT = 2_000;
const PROGRAM_MS_MAX = 60_000;

/**
 * @param {readonly string[]} command
 * @param {{ ipc?: boolean }} [options]  ipc: with a channel for messages
 * @returns {PrintingProcess}
 */
export function startProcess([file, ...args], { ipc = false } = {}) {
  const child = spawn(/** @type {string} */ (file), args, {
    stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? [/** @type {const} */ ('ipc')] : [])],
  });
  const printing = Object.assign(child, { stdoutText: '', stderrText: '' });
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    printing.stdoutText += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    printing.stderrText = (printing.stderrText + text).slice(-STDERR_BYTES_KEPT);
  });
  running.add(child);
  child.on('exit', () => running.delete(child));
  child.on('error', (error) => {
    running.delete(child);
    printing.stderrText += error.message;
  });
  return printing;
}

/**
 * Runs a program to its end.
 * @param {string} name @param {readonly string[]} command
 * @returns {Promise<any>}  what it printed, as JSON
 */
export async function outputOf(name, command) {
  const child = startProcess(command);
  const timer = setTimeout(() => endProcess(child), PROGRAM_MS_MAX);
  const [status] = await once(child, 'close').finally(() => clearTimeout(timer));
  if (status !== 0) throw new Error(`${name}: ${child.stderrText.trim()}`);
  return JSON.parse(child.stdoutText);
}

/** @param {ChildProcess} child */
export function hasEnded(child) {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** Ends a process and its descendants. @param {ChildProcess} child */
export async function endProcess(child) {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  killTree(child);
  await ended; // after SIGKILL; freeing gigabytes takes a second
}

/** @param {ChildProcess} child */
function killTree(child) {
  // Looked up first: when a parent has ended, its children have another parent.
  for (const pid of processTree(Number(child.pid))) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it ended by itself
    }
  }
}

process.on('exit', () => {
  for (const child of running) killTree(child);
});
for (const [signal, status] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])) {
  process.on(signal, () => process.exit(status));
}
