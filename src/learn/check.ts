/** `epoll-reactor learn --check`: proves the exercises themselves. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXERCISES } from './catalog.js';
import type { Exercise, Text } from './exercise.js';
import { ExerciseFolder, solutionText } from './folder.js';

/**
 * Runs each program as it is at first, which must fail, and each solution, which must pass each time. As many runs as there are
 * processors go on at once: judges look at calls and bytes, not at time.
 * @param times    how often a solution is run
 * @param print    gets a line for each exercise, and the failures of the programs
 * @returns        the exercises that are wrong
 */
export async function checkExercises(
  times: number,
  print: (line: string) => void,
  exercises = EXERCISES,
): Promise<Exercise[]> {
  const path = mkdtempSync(join(tmpdir(), 'epoll-reactor-learn-'));
  try {
    const folder = new ExerciseFolder(path, 'en');
    const wrong: Exercise[] = [];
    for (const exercise of exercises) {
      const failure = await exercise.judge({ file: folder.fileOf(exercise) });
      print(`${exercise.name}\n  at first: ${failure?.en.replaceAll('\n', '\n  ') ?? 'PASSES'}`);
      const solution = join(path, 'solution.mjs');
      writeFileSync(solution, solutionText(exercise));
      const failures = await failuresOf(exercise, solution, times);
      for (const { en } of failures) print(`  SOLUTION FAILS: ${en}`);
      print(`  the solution passes ${times - failures.length} of ${times} times`);
      if (failure === undefined || failures.length > 0) wrong.push(exercise);
    }
    return wrong;
  } finally {
    rmSync(path, { recursive: true });
  }
}

async function failuresOf(exercise: Exercise, file: string, times: number): Promise<Text[]> {
  const failures: Text[] = [];
  let left = times;
  const runInTurn = async (): Promise<void> => {
    while (left-- > 0) {
      const failure = await exercise.judge({ file });
      if (failure !== undefined) failures.push(failure);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, runInTurn));
  return failures;
}
