/** `epoll-reactor learn --check`: proves the exercises themselves. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXERCISES } from './catalog.js';
import type { Exercise } from './exercise.js';
import { ExerciseFolder, solutionText } from './folder.js';

/**
 * Runs each program as it is at first, which must fail, and each solution, which must pass each time.
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
      let passed = 0;
      for (let i = 0; i < times; i++) {
        const other = await exercise.judge({ file: solution });
        if (other === undefined) passed++;
        else print(`  SOLUTION FAILS: ${other.en}`);
      }
      print(`  the solution passes ${passed} of ${times} times`);
      if (failure === undefined || passed < times) wrong.push(exercise);
    }
    return wrong;
  } finally {
    rmSync(path, { recursive: true });
  }
}
