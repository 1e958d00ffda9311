/** The fate of lines: files that are moved away, disks that are full, pipes without a reader. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync, readSync, renameSync, statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { LOG_BUFFERED_BYTES_MAX, LogWriter } from '../../../src/daemon/logs/log-writer.js';
import { until } from '../../server/limited-server.js';
import { openFds } from '../../support/descriptors.js';
import { Folder } from '../../support/sockets.js';
import { thrownBy } from '../../support/thrown-error.js';

const silent = (): void => {};

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `line ${from + i}`);
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

test('lines are in the file when it is closed, in their order, and the file is for its owner and group', async () => {
  using folder = new Folder();
  const path = `${folder.path}/a.log`;
  const before = process.umask(0);
  const writer = new LogWriter(path, silent);
  process.umask(before);
  for (const line of numbered(0, 10_000)) writer.write(`${line}\n`);
  void writer.close();
  writer.write('nothing more\n');
  await writer.close(); // the process may end after it, whichever caller was first
  expect(linesOf(path)).toEqual(numbered(0, 10_000));
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(writer.lostLines).toBe(0);
});

test('a few lines are written by themselves, and a file that is there is added to', async () => {
  using folder = new Folder();
  const path = `${folder.path}/a.log`;
  for (const lines of [['one'], ['one', 'two']]) {
    const writer = new LogWriter(path, silent);
    writer.write(`${lines.at(-1)}\n`);
    await until(() => linesOf(path).length === lines.length, 'the line is written');
    expect(linesOf(path)).toEqual(lines);
    await writer.close();
  }
});

test('no line is lost or written twice if the file is moved away repeatedly', async () => {
  using folder = new Folder();
  const path = `${folder.path}/a.log`;
  const writer = new LogWriter(path, silent);
  let sent = 0;
  for (let rotation = 0; rotation < 20; rotation++) {
    for (let i = 0; i < 37; i++) {
      writer.write(`${numbered(sent, sent + 50).join('\n')}\n`);
      sent += 50;
      if (i % 10 === 0) await new Promise(setImmediate);
    }
    renameSync(path, `${path}.${rotation}`);
    writer.reopen();
  }
  await writer.close();
  const files = [...Array.from({ length: 20 }, (_, i) => `${path}.${i}`), path];
  // Its own writer writes a moved file to the end.
  await until(() => files.flatMap(linesOf).length === sent, 'all is written');
  expect(files.flatMap(linesOf)).toEqual(numbered(0, sent));
});

test('if the file cannot be opened again, the writer goes on with the old one', async () => {
  using folder = new Folder();
  const errors: string[] = [];
  const inside = new Folder();
  const path = `${inside.path}/a.log`;
  const writer = new LogWriter(path, (message) => errors.push(message));
  renameSync(inside.path, `${folder.path}/moved`);
  writer.reopen();
  writer.write('a line\n');
  await writer.close();
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain(`the log ${path} could not be opened again: ENOENT`);
  expect(linesOf(`${folder.path}/moved/a.log`)).toEqual(['a line']);
});

test('a folder that is not there is an error at once', () => {
  expect(thrownBy(() => new LogWriter('/nonexistent/a.log', silent))).toMatchObject({ code: 'ENOENT' });
});

describe('a disk that is full', () => {
  test('is reported once; memory is bounded, and lost lines are counted', async () => {
    const errors: string[] = [];
    const writer = new LogWriter('/dev/full', (message) => errors.push(message));
    const line = `${'x'.repeat(999)}\n`;
    const count = Math.ceil((2 * LOG_BUFFERED_BYTES_MAX) / line.length);
    for (let i = 0; i < count; i++) {
      writer.write(line);
      if (i % 1_000 === 0) await new Promise(setImmediate);
    }
    const heldBytes = (count - writer.lostLines) * line.length;
    expect(heldBytes).toBeGreaterThan(LOG_BUFFERED_BYTES_MAX / 2);
    expect(heldBytes).toBeLessThanOrEqual(LOG_BUFFERED_BYTES_MAX + 64 * 1024);
    await writer.close();
    expect(errors).toEqual(['a log cannot be written: ENOSPC: no space left on device, write']);
    await until(() => !openFds().some((fd) => fd.endsWith('/dev/full')), 'the file is closed');
  });
});

describe('a named pipe', () => {
  function pipe(folder: Folder): string {
    const path = `${folder.path}/pipe`;
    expect(spawnSync('mkfifo', [path]).status).toBe(0);
    return path;
  }

  test('without a reader is an error at once, and not an endless wait', () => {
    using folder = new Folder();
    expect(thrownBy(() => new LogWriter(pipe(folder), silent))).toMatchObject({ code: 'ENXIO' });
  });

  test('whose reader is stuck delays nothing, not even the end; the reader gets whole lines later', async () => {
    using folder = new Folder();
    const path = pipe(folder);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = new LogWriter(path, silent);
    for (const line of numbered(0, 50_000)) writer.write(`${line}\n`);
    await writer.close();
    const buffer = Buffer.alloc(65_536);
    const read = buffer.toString('latin1', 0, readSync(reader, buffer)).split('\n').slice(0, -1);
    expect(read.length).toBeGreaterThan(0);
    expect(read).toEqual(numbered(0, read.length));
    closeSync(reader);
    expect(existsSync(path)).toBe(true);
  });
});
