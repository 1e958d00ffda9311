/** `epoll-reactor model`: its list, and the errors of its user. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { currentArchitecture } from '../../src/daemon/sandbox/system-calls.js';
import { MODELS } from '../../src/models/catalog.js';
import { CLI, run } from '../daemon/command.js';
import { testWhere } from '../daemon/programs.js';
import { runProcess } from '../support/processes.js';
import { Site } from './site.js';

const site = new Site();
let taken: Server;
let takenPort: number;

beforeAll(async () => {
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  takenPort = (taken.address() as AddressInfo).port;
});

afterAll(() => {
  taken.close();
  site[Symbol.dispose]();
});

const NAMES = MODELS.map((model) => model.name);

/** One line names the error, a second one says what to do. */
function mistake(message: string, hint: string): { code: number; stdout: string; stderr: string } {
  return { code: 1, stdout: '', stderr: `epoll-reactor: ${message}\n  ${hint}\n` };
}

test.each([[['model', '--list']], [['model']]])(
  '%j prints a line for each model with what it teaches',
  async (args) => {
    const { code, stdout, stderr } = await run(args, { env: { LC_ALL: 'C' } });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual(MODELS.map(({ name, teaches }) => [name, teaches]));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  },
);

test('--list prints the same lines in Chinese with --lang zh, and where the environment is Chinese', async () => {
  const { code, stdout, stderr } = await run(['model', '--list'], { env: { LC_ALL: 'zh_CN.UTF-8' } });
  expect((await run(['model', '--list', '--lang', 'zh'])).stdout).toBe(stdout);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual(MODELS.map(({ name, teachesZh }) => [name, teachesZh]));
  expect(MODELS.filter(({ teachesZh }) => !/^\p{Script=Han}/u.test(teachesZh))).toEqual([]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('an unknown model is an error that lists the models', async () => {
  expect(await run(['model', 'kqueue'])).toEqual(
    mistake('there is no model kqueue', `the models are ${NAMES.join(', ')}`),
  );
});

test.each(['65536', '-1', '1.5', 'http', ''])('--port=%j is an error in one line', async (port) => {
  const { code, stdout, stderr } = await run(['model', 'epoll', site.folder, `--port=${port}`]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.split('\n')[0]).toMatch(/^epoll-reactor: --port: expected a whole number from 0 to 65535, got /);
  expect(stderr).not.toMatch(/^ +at /m);
});

describe.each(NAMES)('%s', (name) => {
  test('a port in use is an error in one line, with a hint', async () => {
    expect(await run(['model', name, site.folder, '--port', `${takenPort}`])).toEqual(
      mistake(
        `127.0.0.1:${takenPort} is taken by another program`,
        `choose another port with --port, or find the program: ss -ltnp 'sport = :${takenPort}'`,
      ),
    );
  });

  test('a missing folder is an error in one line, with a hint', async () => {
    const folder = join(site.folder, 'missing');
    expect(await run(['model', name, folder, '--port', '0'])).toEqual(
      mistake(`there is no folder ${folder}`, 'give the path of a folder that exists'),
    );
  });
});

test('a file in place of the folder is an error in one line, with a hint', async () => {
  const file = join(site.folder, 'page.html');
  expect(await run(['model', 'epoll', file, '--port', '0'])).toEqual(
    mistake(`${file} is not a folder`, 'give the folder that holds it'),
  );
});

const testFiltered = testWhere(currentArchitecture() !== undefined, 'the architecture is not known');

testFiltered('where io_uring is refused, its model says so in one line, with a hint', async () => {
  const { code, stdout, stderr } = await runProcess('without-io-uring.mjs', CLI, 'model', 'io-uring', '--port', '0');
  expect({ code, stdout, stderr }).toEqual(
    mistake(
      'this system refuses io_uring (ENOSYS)',
      'it needs Linux 5.7 and sysctl kernel.io_uring_disabled=0; in a container, a seccomp filter may refuse it (docker run --security-opt seccomp=unconfined)',
    ),
  );
});
