/** Records a run whose processes another part starts, such as the judge of an exercise. */
import type { Header, XrayRecord } from '../records.js';
import { observedEnvironment } from './program-process.js';
import { Session } from './session.js';

interface RunWatch {
  /** For each process that is to be recorded. */
  readonly environment: Readonly<Record<string, string>>;
  /** Records what the kernel says now. Call it before a process is ended from outside. */
  beforeEnd(): void;
}

interface RecordedRun {
  /** For the header. */
  readonly name: string;
  /** The programs, whose lines are shown. */
  readonly sources: readonly string[];
  /** Starts the processes, and resolves when they have ended. */
  run(watch: RunWatch): Promise<unknown>;
}

/** @returns  the text of the recording */
export async function recordRun({ name, sources, run }: RecordedRun): Promise<string> {
  let last = Number.POSITIVE_INFINITY;
  const beforeEnd = (): void => {
    last = session.look(true);
  };
  const session = new Session({
    model: name,
    sources,
    start: (path) => {
      const ended = Promise.resolve()
        .then(() => run({ environment: observedEnvironment(path), beforeEnd }))
        .then(() => ({ code: null, signal: null }));
      return { ended, kill: () => {}, close: () => ended.then(() => {}) };
    },
  });
  try {
    session.whenListening().catch(() => {}); // it has failed before, as `ended` says
    await session.ended;
    await session.finished;
    let text = '';
    session.subscribe((lines) => {
      text = `${lines.filter((line) => !isLater(line, last)).join('\n')}\n`;
    })();
    return text;
  } finally {
    await session.close();
  }
}

/** A program that was ended from outside is shown as it was before: its end, and looks at what is left of it, say nothing of it. */
function isLater(line: string, last: number): boolean {
  const record = JSON.parse(line) as Header | XrayRecord;
  return 't' in record && record.t > last && ('kernel' in record || 'gone' in record || 'program' in record);
}
