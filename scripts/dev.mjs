/**
 * The development loop. After each save it builds what has changed, restarts the server and runs the related tests.
 *
 *     npm run dev                          the sample site at http://127.0.0.1:9369/
 *     npm run dev -- ./docs --port 9400    any arguments of the command
 */
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';

const SETTLE_MS = 100; // an editor that saves several files writes them within this time
const JEST = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];

/** @type {Set<string>} */
let changed = new Set();
/** @type {NodeJS.Timeout | undefined} */
let settling;
/** @type {import('node:child_process').ChildProcess | undefined} */
let server;
/** The build or test that runs now. @type {import('node:child_process').ChildProcess | undefined} */
let step;
/** Rises with each change: a round that is no longer the newest stops. */
let newest = 0;

/** @param {string} program @param {string[]} args */
function start(program, args) {
  return spawn(program, args, { stdio: 'inherit' });
}

/** @param {import('node:child_process').ChildProcess | undefined} child @returns {Promise<boolean>} whether it ended well */
async function ended(child) {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode === 0;
  return new Promise((resolve) => child.once('exit', (code) => resolve(code === 0)));
}

/** @param {string} program @param {string[]} args */
async function run(program, args) {
  step = start(program, args);
  const isDone = await ended(step);
  step = undefined;
  return isDone;
}

async function restartServer() {
  server?.kill('SIGTERM');
  await ended(server);
  server = start(process.execPath, ['dist/cli.cjs', ...process.argv.slice(2)]);
}

async function nextRound() {
  const round = ++newest;
  step?.kill('SIGTERM');
  await ended(step);
  if (round !== newest) return;
  const files = [...changed];
  const isNative = files.some((file) => file.startsWith('native/'));
  if (isNative && !(await run('npm', ['run', '-s', 'build:native']))) return;
  if (files.some((file) => !file.startsWith('test/'))) {
    if (!(await run('npm', ['run', '-s', 'build']))) return;
    await restartServer();
  }
  if (round !== newest) return;
  changed = new Set(); // a round that was cut short leaves its files to the next one
  const tests = isNative ? ['test/native', 'test/linux'] : ['--findRelatedTests', ...files];
  await run(process.execPath, [...JEST, '--passWithNoTests', ...tests]);
}

for (const folder of ['native', 'src', 'test']) {
  watch(folder, { recursive: true }, (_, name) => {
    if (name === null || !/\.(ts|mjs|cc|h)$/.test(name)) return;
    changed.add(`${folder}/${name}`);
    clearTimeout(settling);
    settling = setTimeout(nextRound, SETTLE_MS);
  });
}
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, async () => {
    step?.kill('SIGTERM');
    server?.kill('SIGTERM');
    await ended(server);
    process.exit(0);
  });
}
if (await run('npm', ['run', '-s', 'build'])) await restartServer();
