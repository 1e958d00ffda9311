/** The folders in which root writes a log. In a folder that another user can write, a link could lead it to any file. */
import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { checkLogFolder } from '../../../src/daemon/config/log-file.js';
import { LogWriter } from '../../../src/daemon/logs/log-writer.js';
import { Folder } from '../../support/sockets.js';
import { testWhere } from '../programs.js';

const testAsRoot = testWhere(process.getuid?.() === 0, 'only root has to fear what other users put into a folder');
const NOBODY = 65_534;

/** @returns  the path of the log, which is not there yet */
type Prepare = (path: string) => string;

const FOREIGN: readonly [string, Prepare][] = [
  ['all users can write its folder', (path) => folder(path, 'logs', 0o777)],
  ['its folder is sticky, as /tmp is', (path) => folder(path, 'logs', 0o1777)],
  ['a group that is not root can write its folder', (path) => folder(path, 'logs', 0o775, 0, NOBODY)],
  ['another user owns its folder', (path) => folder(path, 'logs', 0o755, NOBODY)],
  [
    'another user owns a folder above it',
    (path) => folder(join(folder(path, 'a', 0o755, NOBODY), '..'), 'logs', 0o755),
  ],
  [
    'a sticky folder above it has a folder of another user',
    (path) => folder(join(folder(join(folder(path, 'a', 0o1777), '..'), 'b', 0o755, NOBODY), '..'), 'logs', 0o755),
  ],
  [
    'its folder is reached by a symbolic link that another user can exchange',
    (path) => {
      folder(path, 'logs', 0o755);
      const foreign = join(folder(path, 'foreign', 0o755, NOBODY), '..');
      symlinkSync(join(path, 'logs'), join(foreign, 'link'));
      symlinkSync(join(foreign, 'link'), join(path, 'to'));
      return join(path, 'to', 'a.log');
    },
  ],
];

function folder(path: string, name: string, mode: number, uid = 0, gid = 0): string {
  const made = join(path, name);
  mkdirSync(made);
  chownSync(made, uid, gid);
  chmodSync(made, mode);
  return join(made, 'a.log');
}

testAsRoot.each(FOREIGN)('root does not write a log where %s', (_, prepare) => {
  using parent = new Folder();
  const path = prepare(parent.path);
  expect(() => checkLogFolder(path)).toThrow(
    /^the log .*: other users can change the folder \/.*, and root does not write there$/,
  );
  expect(() => new LogWriter(path, () => {})).toThrow(/other users can change the folder/);
});

testAsRoot.each<[string, Prepare]>([
  ['its own folder below /tmp', (path) => folder(path, 'logs', 0o755)],
  ['a folder that the group root can write', (path) => folder(path, 'logs', 0o775)],
  [
    'a folder that a symbolic link of its own leads to',
    (path) => {
      folder(path, 'logs', 0o755);
      symlinkSync('logs', join(path, 'link'));
      return join(path, 'link', 'a.log');
    },
  ],
])('root writes a log in %s', async (_, prepare) => {
  using parent = new Folder();
  const path = prepare(parent.path);
  const writer = new LogWriter(path, () => {});
  writer.write('a line\n');
  await writer.close();
  expect(readFileSync(path, 'utf8')).toBe('a line\n');
});

test('a log that is a symbolic link is not opened', () => {
  using parent = new Folder();
  const path = join(parent.path, 'a.log');
  writeFileSync(join(parent.path, 'other'), '');
  symlinkSync('other', path);
  expect(() => new LogWriter(path, () => {})).toThrow(/ELOOP/);
});

testAsRoot.each<[string, (parent: string) => void]>([
  ['the log is a symbolic link by then', () => {}],
  ['its folder belongs to another user by then', (parent) => chownSync(parent, NOBODY, NOBODY)],
])('a log is not opened again if %s, and is written to as before', async (_, change) => {
  using parent = new Folder();
  const path = join(parent.path, 'a.log');
  const secret = join(parent.path, 'secret');
  writeFileSync(secret, '');
  const told: string[] = [];
  const writer = new LogWriter(path, (message) => told.push(message));
  renameSync(path, `${path}.1`);
  symlinkSync(secret, path);
  change(parent.path);
  writer.reopen();
  expect(told).toEqual([
    expect.stringMatching(/^the log .* could not be opened again: .*(?:ELOOP|other users can change)/),
  ]);
  writer.write('after\n');
  await writer.close();
  expect(readFileSync(secret, 'utf8')).toBe('');
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('after\n');
});
