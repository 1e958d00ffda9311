/** What a learner sees, and what the keys do. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { EXERCISES } from '../../src/learn/catalog.js';
import type { Exercise } from '../../src/learn/exercise.js';
import { ExerciseFolder, programText, solutionText } from '../../src/learn/folder.js';
import { Session, type Shown } from '../../src/learn/session.js';
import { parseRecording } from '../../src/xray/view/recording-text.js';
import { CommandProcess, run } from '../daemon/command.js';
import { testWhere } from '../daemon/programs.js';
import { hasTerminals, ON_A_TERMINAL } from '../daemon/terminal.js';
import { until } from '../support/process-info.js';

const path = mkdtempSync(join(tmpdir(), 'epoll-reactor-learn-'));
afterAll(() => rmSync(path, { recursive: true }));

const [first, second] = EXERCISES as [Exercise, Exercise];
const file = join(path, `${first.name}.mjs`);
const printed: string[] = [];
const shown: string[] = [];
beforeEach(() => {
  printed.length = 0;
});

function session(): Session {
  const show = async ({ name }: Exercise): Promise<Shown> => {
    shown.push(name);
    if (name !== first.name) throw new Error('there is no browser');
    return { path: 'one.jsonl', url: 'http://127.0.0.1:1/' };
  };
  return new Session(new ExerciseFolder(path, 'en'), 'en', (line) => printed.push(line), show);
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

test('v says where the recording is and which page shows it, and two presses make one recording', async () => {
  const keys = session();
  keys.press('v');
  keys.press('v');
  await keys.settled();
  expect(shown).toEqual([first.name]);
  expect(printed).toEqual([
    '\nrecording one run …',
    'The recording: one.jsonl\nThe page that shows it: http://127.0.0.1:1/',
  ]);
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

test.each([
  ['4,096 characters', `console.log('x'.repeat(10_000))`, 'x'.repeat(4_086)],
  ['20 lines', `for (let i = 0; i < 50; i++) console.log('y')`, `${'y\n'.repeat(19)}…`],
])('what the program prints is shown before the result, up to %s', async (_, more, rest) => {
  const code = `export function serve() { console.log('events', 25); ${more}; }`;
  writeFileSync(join(path, `${second.name}.mjs`), code);
  const keys = session();
  await keys.runOnce();
  expect(printed.at(-2)).toBe(`\nYour program printed:\nevents 25\n${rest}`);
  expect(printed.at(-1)).toMatch(/^✗ 02-spin: serve\(\) has returned too early\./);
  keys.press('x');
});

test('a recording that fails is said in a line', async () => {
  const keys = session(); // of the second exercise
  keys.press('v');
  await keys.settled();
  expect(printed.at(-1)).toBe('✗ there is no browser');
});

testWhere(hasTerminals, 'there is no Python to open a terminal')(
  'v records one more run with its lines and what the kernel saw, and opens the recording in the X-ray',
  async () => {
    const folder = join(path, 'terminal');
    const bin = join(path, 'bin');
    mkdirSync(bin);
    const opened = join(bin, 'opened');
    writeFileSync(join(bin, 'xdg-open'), `#!/bin/sh\necho "$1" > ${bin}/new && mv ${bin}/new ${opened}\n`);
    chmodSync(join(bin, 'xdg-open'), 0o755);
    const env = { PATH: `${bin}:${process.env['PATH']}` };
    const args = ['learn', folder, '--lang', 'en'];
    await using command = new CommandProcess(args, { under: ON_A_TERMINAL, isTyped: true, env });
    await until('it has failed', () => command.stdout.includes('v runs it once more'));
    command.child.stdin?.write('v');
    await until('the page is opened', () => existsSync(opened));
    const page = (): string | undefined => /The page that shows it: (\S+)\s/.exec(command.stdout)?.[1];
    await until('the page is named', () => page() !== undefined);

    const text = readFileSync(join(folder, `${first.name}.jsonl`), 'utf8');
    const [header, ...records] = parseRecording(text);
    expect(header.model).toBe(first.name);
    const last = records.at(-1);
    const unread = last && 'kernel' in last ? last.kernel.map(({ rx }) => rx) : [];
    expect(unread).toContain(5); // B has sent them, and the program stands in recv(A)
    const url = new URL(page() ?? '');
    const answer = await fetch(new URL(`/recording${url.search}`, url));
    expect(await answer.json()).toEqual({ name: `${first.name}.jsonl`, text });
    command.child.stdin?.write('q');
    expect((await command.ended()).code).toBe(0);
  },
);

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
