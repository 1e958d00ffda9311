/** `epoll-reactor model`: what it says, and how it says that it cannot. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { MODELS } from '../../src/models/catalog.js';
import { runCommand } from './model-process.js';
import { Site } from './site.js';

jest.setTimeout(20_000); // each test starts a process, or several, which a busy machine takes its time for

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

/** What is wrong, in a line; what to do, in a second one; and nothing else. */
function mistake(message: string, hint: string): { code: number; stdout: string; stderr: string } {
  return { code: 1, stdout: '', stderr: `epoll-reactor: ${message}\n  ${hint}\n` };
}

test.each([[['model', '--list']], [['model']]])('%j says what each model teaches, in a line', async (args) => {
  const { code, stdout, stderr } = await runCommand(...args);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual(MODELS.map(({ name, teaches }) => [name, teaches]));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('a model that there is not is told from those that there are', async () => {
  expect(await runCommand('model', 'kqueue')).toEqual(
    mistake('there is no model kqueue', `the models are ${NAMES.join(', ')}`),
  );
});

test.each(['65536', '-1', '1.5', 'http', ''])('%j is no port', async (port) => {
  const { code, stdout, stderr } = await runCommand('model', 'epoll', site.folder, `--port=${port}`);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.split('\n')[0]).toMatch(/^epoll-reactor: --port: expected a whole number from 0 to 65535, got /);
  expect(stderr).not.toMatch(/^ +at /m);
});

describe.each(NAMES)('%s', (name) => {
  test('says in a line that the port is taken', async () => {
    expect(await runCommand('model', name, site.folder, '--port', `${takenPort}`)).toEqual(
      mistake(
        `127.0.0.1:${takenPort} is taken by another program`,
        `choose another port with --port, or see who has it: ss -ltnp 'sport = :${takenPort}'`,
      ),
    );
  });

  test('says in a line that there is no such folder', async () => {
    const folder = join(site.folder, 'missing');
    expect(await runCommand('model', name, folder, '--port', '0')).toEqual(
      mistake(`there is no folder ${folder}`, 'give the path of a folder that exists'),
    );
  });
});

test('a file is no folder, and is told so in a line', async () => {
  const file = join(site.folder, 'page.html');
  expect(await runCommand('model', 'epoll', file, '--port', '0')).toEqual(
    mistake(`${file} is not a folder`, 'give the folder that holds it'),
  );
});
