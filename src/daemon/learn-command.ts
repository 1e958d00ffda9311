/** `epoll-reactor learn [DIR]`: exercises. */
import { relative, resolve } from 'node:path';
import { checkExercises } from '../learn/check.js';
import type { Language } from '../learn/exercise.js';
import { ExerciseFolder } from '../learn/folder.js';
import { Session } from '../learn/session.js';
import { languageOfEnvironment } from './config/language.js';
import { UserError } from './config/user-error.js';

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
  const session = new Session(openFolder(folder, lang), lang, print);
  if (process.stdin.isTTY) await session.runInteractively();
  else if (!(await session.runOnce())) process.exitCode = 1;
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
