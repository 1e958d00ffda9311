/**
 * Prints the system calls of the addon with arguments and result, like strace. A call of a disk thread is printed when its
 * result has come. (Not printed: a close at the end of a thread, when no JavaScript runs.)
 *
 *     accept4(17, NULL, SOCK_NONBLOCK|SOCK_CLOEXEC) = 19
 *     recv(19, "GET / HTTP/1.1\r\nHost: 127.0.0"..., 1024, 0) = 78
 *     recv(19, "", 1024, 0) = -1 EAGAIN
 *
 * Unlike strace it shows no calls of Node itself, and needs no privileges.
 */
import { writeSync } from 'node:fs';
import { argumentFormats, resultText, wholeArguments } from './argument-formats.js';
import { type Call, callsOf, intercept } from './intercept.js';
import type { Native } from './native-api.js';

const STDERR = 2;
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** The addon with its calls printed on stderr. A call of a disk thread is printed when it is done. */
export function traced(native: Native, print: (line: string) => void = printLine): Native {
  const calls = callsOf(native);
  const traces: Record<string, unknown> = {};
  for (const [name, formats] of Object.entries(argumentFormats(native))) {
    const call = calls[name] as Call;
    const show = (given: readonly unknown[], result: number): void => {
      const args = wholeArguments(name, given, native.constants);
      const shown = args.map((arg, i) => (formats[i] ?? String)(arg, result, args)).filter((arg) => arg !== '');
      print(`${name}(${shown.join(', ')}) = ${resultText(result)}`);
    };
    traces[name] = (...args: unknown[]): number => intercept(call, args, show);
  }
  return { ...native, ...traces } as Native;
}

/** Writes synchronously: process.stderr of a worker thread is written by Node's loop, and that may be waiting in a system call. */
export function printLine(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(STDERR, bytes, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return; // no process reads the pipe any more: the program goes on without a trace
      if (code !== 'EAGAIN') throw error;
      // Node makes a pipe non-blocking. A slow reader slows the program down, as with strace.
      Atomics.wait(PAUSE, 0, 0, 1);
    }
  }
}
