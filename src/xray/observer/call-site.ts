/** The place in the program that made a call: the first frame outside the files that stand between a program and a system call. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type CallSite = readonly [path: string, line: number, column: number];

/** Frames of linux/ and of the observer below a call of a program: at most six. */
const FRAMES_MAX = 12;

const HERE = fileURLToPath(import.meta.url);
/** scripts/build.mjs puts all that is built from linux/ and native/ there. */
const LINUX = join(dirname(HERE), 'linux/');

/** The benchmarks start this one, too, so it lies beside the others. */
const ADDON = join(dirname(HERE), 'addon.cjs');

function isBetween(path: string): boolean {
  return path === HERE || path === ADDON || path.startsWith(LINUX) || path.startsWith('node:');
}

const known = new Map<string, CallSite>();

/** Programs that load ever new code would fill the memory. */
const KNOWN_MAX = 10_000;

/** @param below  the function whose caller is asked for, and those below it */
export function callSite(below: (...args: never[]) => unknown): CallSite | undefined {
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = FRAMES_MAX;
  Error.prepareStackTrace = (_, frames) => frames;
  try {
    const holder: { stack?: NodeJS.CallSite[] } = {};
    Error.captureStackTrace(holder, below);
    for (const frame of holder.stack ?? []) {
      const file = frame.getFileName();
      if (!file) continue;
      const key = `${file}:${frame.getPosition()}`;
      const site = known.get(key) ?? remember(key, file, frame);
      if (!isBetween(site[0])) return site;
    }
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Error.prepareStackTrace = prepareStackTrace;
  }
}

function remember(key: string, file: string, frame: NodeJS.CallSite): CallSite {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  const site: CallSite = [path, frame.getLineNumber() ?? 0, frame.getColumnNumber() ?? 0];
  if (known.size < KNOWN_MAX) known.set(key, site);
  return site;
}
