/** Each exercise fails at first, with a message of its own, and its solution passes. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { LANGUAGES } from '../../src/daemon/config/language.js';
import { EXERCISES } from '../../src/learn/catalog.js';
import { checkExercises } from '../../src/learn/check.js';
import { type Exercise, same } from '../../src/learn/exercise.js';
import { ExerciseFolder, programText, solutionText } from '../../src/learn/folder.js';
import { Program } from '../../src/learn/program.js';

const path = mkdtempSync(join(tmpdir(), 'epoll-reactor-learn-'));
const folder = new ExerciseFolder(path, 'en');
afterAll(() => rmSync(path, { recursive: true }));

const LINES_MAX = 40;

/** The message about the program before it is mended. */
const FAILURES: Readonly<Record<string, RegExp>> = {
  '01-one-thread':
    /^Your program stands still in recv\((\d+)\)\. The client of \1 has sent nothing\. The client of \d+ has sent 5 bytes/,
  '02-spin':
    /while its client said nothing\. The most frequent, [\d,]+ times:\n {4}recv\(\d+, "", 1024, 0\) = -1 EAGAIN$/,
  '03-framing':
    /^The client sent "GE", "T \/one HTTP\/1\.1\\r\\n\\r\\n"\.\nYour program answered "undefined\\n\/one\\n"\.$/,
  '04-short-write':
    /^The client got [\d,]+ of 8,388,608 bytes, and then the end of the stream\. The first send:\n {4}send\(\d+, .* = \d+$/,
  '05-lost-room':
    /^Your program stands still in epoll_wait\(\d+\)\. The client has read all [\d,]+ bytes .* Your program asked epoll for:\n {4}epoll_ctl\(\d+, EPOLL_CTL_ADD, \d+, EPOLLIN\) = 0$/,
  '06-let-go': /^All bytes have come\. .*\n {4}epoll_wait\(\d+, \[\[\d+, EPOLLOUT\]\], -1\) = 1$/,
  '07-mask':
    /^The client has reset its connection\. .* ends at once with\n {4}epoll_wait\(\d+, \[\[\d+, EPOLLIN\|EPOLLERR\|EPOLLHUP\]\], -1\) = 1$/,
  '08-connect':
    /^No program listens at port \d+, and serve\(\) returned "connected"\. .*\n {4}epoll_wait\(\d+, \[\[\d+, EPOLLOUT\|EPOLLERR\|EPOLLHUP\]\], -1\) = 1$/,
  '09-edge-accept': /^Your program stands still in epoll_wait\(\d+\)\. 2 of 3 clients wait to be accepted/,
  '10-edge-drain':
    /^Your program stands still in epoll_wait\(\d+\)\. 1,976 of 3,000 bytes are unread on descriptor \d+/,
  '11-fairness': /^Your program called recv\((\d+)\) 2\d\d times before recv\(\d+\)\. The 5 bytes of B had waited/,
  '12-ghost-fd':
    /^After close\((\d+)\) .*\n {4}epoll_wait\(\d+, \[\[\1, EPOLLIN\]\], -1\) = 1\n {4}recv\(\1, "", 1024, 0\) = -1 EBADF$/,
  '13-stale-event':
    /^The event of B .*\n {4}close\((\d+)\) = 0\n {4}accept4\(.*\) = \1\n {4}recv\(\1, "", 1024, 0\) = -1 EAGAIN$/,
  '14-half-close':
    /^The client got [\d,]+ of 8,388,608 bytes\. .* was still reading:\n {4}recv\((\d+), "", 1024, 0\) = 0\n {4}close\(\1\) = 0$/,
  '15-slow-reader': /^The client has read nothing\. .* your program holds \d\d,\d\d\d,\d\d\d bytes\.$/,
  '16-timer': /^All 10,000 bytes were received, one for each wait, before "tick" was said/,
  '17-wake': /^Your program stands still in epoll_wait\(\d+\)\. The thread has set the flag\./,
  '18-emfile':
    /^2 of 4 clients were greeted\. .* accept failed [\d,]+ times:\n {4}accept4\(\d+, \.\.\., SOCK_CLOEXEC\) = -1 EMFILE$/,
  '19-herd': /^20 clients came, one at a time\. The threads woke and slept again \d+ times/,
};

test('each exercise has a message of its own', () => {
  expect(Object.keys(FAILURES)).toEqual(EXERCISES.map(({ name }) => name));
});

describe.each(EXERCISES.map((exercise) => [exercise.name, exercise] as const))('%s', (name, exercise) => {
  test('the program fails at first with its own message, and its solution passes', async () => {
    const solution = join(path, `${name}.solution.mjs`);
    writeFileSync(solution, solutionText(exercise));
    const [failure, other] = await Promise.all(
      [folder.fileOf(exercise), solution].map((file) => exercise.judge({ file })),
    );
    expect(failure?.en).toMatch(FAILURES[name] as RegExp);
    expect(failure?.zh).toMatch(/[\u4e00-\u9fff]/);
    expect(other).toBeUndefined();
  });

  test('the files that show the right solution exist', () => {
    const places = exercise.source.match(/\b(?:src|docs|examples)\/[\w./-]*/g) ?? [];
    expect(places.length).toBeGreaterThan(0);
    expect(places.filter((place) => !existsSync(new URL(`../../${place}`, import.meta.url)))).toEqual([]);
  });

  test.each(LANGUAGES)(`the program has one TODO and at most ${LINES_MAX} lines (%s)`, (language) => {
    const text = programText(exercise, language);
    expect(text.match(/TODO: /g)).toHaveLength(1);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(LINES_MAX);
    expect(text.split('\n').filter((line) => line.length > 120)).toEqual([]);
  });
});

test('a check finds a program that passes at first, and a solution that fails once in twenty runs', async () => {
  const [exercise, other] = EXERCISES as [Exercise, Exercise];
  let runs = 0;
  const judge: Exercise['judge'] = async ({ file }) =>
    file.endsWith('solution.mjs') && ++runs !== 7 ? undefined : same('seen');
  const passes = { ...exercise, judge: async () => undefined };
  const failsOnce = { ...other, judge };
  const lines: string[] = [];
  expect(await checkExercises(20, (line) => lines.push(line), [passes, failsOnce])).toEqual([passes, failsOnce]);
  expect(lines).toEqual([
    `${passes.name}\n  at first: PASSES`,
    '  the solution passes 20 of 20 times',
    `${failsOnce.name}\n  at first: seen`,
    '  SOLUTION FAILS: seen',
    '  the solution passes 19 of 20 times',
  ]);
});

test('bytes that a program sent before it ended count, although its client has not read them yet', async () => {
  const file = join(path, 'ends.mjs');
  writeFileSync(
    file,
    "import { sockets } from 'epoll-reactor';\nexport const serve = (fd, body) => void sockets.send(fd, body);",
  );
  const bodyBytes = 1024 * 1024;
  const outcomes = await Program.run(
    { file },
    { setup: { clients: 1, isBlocking: true, bodyBytes }, areReading: false },
    async (program) => {
      const ended = await program.rest();
      program.clients[0]?.resume();
      return [ended, await program.until(() => program.clients[0]?.length === bodyBytes)];
    },
  );
  expect(outcomes).toEqual([{ kind: 'ended', error: '' }, { kind: 'met' }]);
});

test('a syntax error, a missing serve(), a throw, an early return, also after a line on stderr, and an endless loop each have their message', async () => {
  const [exercise] = EXERCISES;
  const judged = async (code: string): Promise<string | undefined> => {
    const file = join(path, `mistake-${code.length}.mjs`);
    writeFileSync(file, code);
    return (await exercise?.judge({ file }))?.en;
  };
  const [syntax, none, thrown, returned, printed, endless] = await Promise.all([
    judged('export function serve( {'),
    judged('export const x = 1;'),
    judged('export function serve() { throw new Error("so it is"); }'),
    judged('export function serve() {}'),
    judged('export function serve() { console.error("@ home"); }'),
    judged('export function serve() { for (;;); }'),
  ]);
  expect(syntax).toMatch(/^Your program ended with an error:[\s\S]*SyntaxError/);
  expect(none).toMatch(/this file must export a function serve\(\)/);
  expect(thrown).toMatch(/^Your program ended with an error:[\s\S]*so it is/);
  expect(returned).toBe('serve() has returned too early.');
  expect(printed).toBe(returned);
  expect(endless).toBe('Your program uses the processor all the time, and makes no system call.');
});
