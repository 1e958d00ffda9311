/** What a learner sees, and what the keys do. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { EXERCISES } from '../../src/learn/catalog.js';
import type { Exercise } from '../../src/learn/exercise.js';
import { ExerciseFolder, programText, solutionText } from '../../src/learn/folder.js';
import { Session } from '../../src/learn/session.js';
import { run } from '../daemon/command.js';

const path = mkdtempSync(join(tmpdir(), 'epoll-reactor-learn-'));
afterAll(() => rmSync(path, { recursive: true }));

const [first, second] = EXERCISES as [Exercise, Exercise];
const file = join(path, `${first.name}.mjs`);
const printed: string[] = [];
beforeEach(() => {
  printed.length = 0;
});

function session(): Session {
  return new Session(new ExerciseFolder(path, 'en'), 'en', (line) => printed.push(line));
}

test('the first run says that the programs are broken on purpose, and reports the first one', async () => {
  expect(await session().runOnce()).toBe(false);
  expect(printed[0]).toMatch(/^\nThese programs are broken on purpose\./);
  expect(printed.at(-1)).toMatch(/^✗ 01-one-thread: Your program stands still in recv/);
});

test('h shows one hint after the other, x restores the program, l lists all exercises, s shows the solution', () => {
  const keys = session();
  for (let i = 0; i <= first.hints.length; i++) keys.press('h');
  expect(printed.map((line) => line.trim())).toEqual([
    ...first.hints.map(({ en }) => en),
    'There is no further hint: s shows the solution.',
  ]);
  writeFileSync(file, 'spoilt');
  keys.press('x');
  expect(readFileSync(file, 'utf8')).toBe(programText(first, 'en'));
  keys.press('l');
  expect(printed.at(-1)).toContain(`> · ${first.name}\n  · ${second.name}`);
  keys.press('s');
  expect(printed.at(-1)).toBe(`\n${solutionText(first)}`);
  keys.press('n');
  expect(printed.at(-1)).toBe('\nThis one is not solved yet: h gives a hint, s shows the solution.');
});

test('a solved exercise prints its lesson, its manual page and its source, and the folder records it', async () => {
  writeFileSync(file, solutionText(first));
  expect(await session().runOnce()).toBe(true);
  expect(printed.slice(-3)).toEqual([
    `✓ 01-one-thread: It passes.\n\n${first.lesson.en}`,
    `Manual: ${first.man}`,
    `In the source of epoll-reactor (https://github.com/epoll-reactor/epoll-reactor): ${first.source}`,
  ]);
  session().press('l');
  expect(printed.at(-1)).toContain(`  ✓ ${first.name}\n> · ${second.name}`);
});

test('keys pressed during a run start one more run after it', async () => {
  writeFileSync(join(path, `${second.name}.mjs`), 'export function serve() {}');
  const keys = session();
  const one = keys.runOnce();
  writeFileSync(join(path, `${second.name}.mjs`), 'export function serve( {');
  keys.press('r');
  keys.press('r');
  await one;
  await keys.settled();
  expect(printed.filter((line) => line.startsWith('✗')).length).toBe(2);
  expect(printed.at(-1)).toContain('SyntaxError');
  keys.press('x');
});

test('learn without a terminal runs the current exercise, and its exit code says whether it passes', async () => {
  const { code, stdout } = await run(['learn', path, '--lang', 'zh']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/这些程序是故意写坏的/);
  expect(stdout).toMatch(/✗ 02-spin: 客户端什么也没说/);
});

test('--check=0 is an error in one line, with a hint', async () => {
  expect(await run(['learn', path, '--check=0'])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'epoll-reactor: --check: expected a positive number of runs, got 0\n  for example --check 20\n',
  });
});
