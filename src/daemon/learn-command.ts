/** `epoll-reactor learn [DIR]`: exercises. */
import { writeFileSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { checkExercises } from '../learn/check.js';
import type { Exercise, Language } from '../learn/exercise.js';
import { ExerciseFolder } from '../learn/folder.js';
import type { Watch } from '../learn/program.js';
import { Session, type Shown } from '../learn/session.js';
import type { XrayServer } from '../xray/serve-xray.js';
import { recordRun } from '../xray/session/record-run.js';
import { openBrowser } from './browser.js';
import { languageOfEnvironment } from './config/language.js';
import { UserError } from './config/user-error.js';
import { openXray } from './xray-command.js';

export interface LearnOptions {
  readonly lang?: Language;
  /** How often --check runs each solution; true without a number. */
  readonly check?: string | true;
}

const FOLDER = 'epoll-exercises';
const CHECK_TIMES = 20;

export async function learnCommand(
  folder: string = FOLDER,
  { lang = languageOfEnvironment(), check }: LearnOptions,
): Promise<void> {
  const print = (line: string): void => console.log(line);
  if (check !== undefined) {
    const wrong = await checkExercises(timesOf(check), print);
    if (wrong.length > 0)
      throw new UserError(`these exercises are wrong: ${wrong.map(({ name }) => name)}`, 'see above');
    return;
  }
  const viewer = new RunViewer();
  const session = new Session(openFolder(folder, lang), lang, print, (exercise, file) => viewer.show(exercise, file));
  if (process.stdin.isTTY) {
    await session.runInteractively();
    await viewer.close();
  } else if (!(await session.runOnce())) process.exitCode = 1;
}

/** Records runs, and serves the last recording. */
class RunViewer {
  #xray: XrayServer | undefined;

  async show(exercise: Exercise, file: string): Promise<Shown> {
    const run = (watch: Watch) => exercise.judge({ file, watch });
    const text = await recordRun({ name: exercise.name, sources: [file], run });
    const path = file.replace(/\.mjs$/, '.jsonl');
    writeFileSync(path, text);
    this.#xray ??= openXray(0, []);
    this.#xray.show({ name: basename(path), text });
    openBrowser(this.#xray.urlToOpen);
    return { path, url: this.#xray.url };
  }

  async close(): Promise<void> {
    await this.#xray?.close();
  }
}

function timesOf(check: string | true): number {
  const times = check === true ? CHECK_TIMES : Number(check);
  if (Number.isInteger(times) && times > 0) return times;
  throw new UserError(`--check: expected a positive number of runs, got ${check}`, 'for example --check 20');
}

function openFolder(path: string, language: Language): ExerciseFolder {
  try {
    return new ExerciseFolder(resolve(path), language);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UserError(
      `${relative('', path) || path} cannot hold the exercises (${code})`,
      'give a folder that you may write to',
    );
  }
}
