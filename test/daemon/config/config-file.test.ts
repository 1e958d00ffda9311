/** Where a configuration is read from: pipes that never end or say nothing, and a working folder that is gone. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readConfigFile } from '../../../src/daemon/config/config-file.js';
import { ask, get } from '../../client/raw-client.js';
import { SiteFolder } from '../../files/site-folder.js';
import { Folder } from '../../support/sockets.js';
import { CLI, CommandProcess } from '../command.js';
import { until, workersOf } from '../supervised.js';

describe('a configuration', () => {
  test('from /dev/zero is refused once it has more bytes than a configuration may have', () => {
    expect(() => readConfigFile('/dev/zero')).toThrow('/dev/zero has more than 4194304 bytes');
  });

  test('from a pipe without a writer is refused', () => {
    using folder = new Folder();
    const path = join(folder.path, 'pipe');
    spawnSync('mkfifo', [path]);
    expect(() => readConfigFile(path)).toThrow(`${path} gives nothing to read`);
    expect(() => readConfigFile('/dev/null')).toThrow('/dev/null gives nothing to read');
  });

  test('from a program that writes it to a pipe in pieces is read', () => {
    const script = `{ echo 'workers = 1'; sleep 0.1; echo 'index = "a.html"'; } | ${process.execPath} ${CLI} --config /dev/stdin --print-config`;
    const { stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^workers = 1$/m);
    expect(stdout).toMatch(/^index = "a.html"$/m);
  });

  test.each([
    ['its standard input', 0, 0],
    ['a descriptor, as shells write <(program)', 9, 0],
    ['a descriptor, with workers', 9, 1],
  ])('from a pipe is read by a server that starts: %s', async (_, fd, workers) => {
    using site = new SiteFolder({ 'a.html': 'from the pipe' });
    using folder = new Folder();
    const pipe = join(folder.path, 'pipe');
    spawnSync('mkfifo', [pipe]);
    const write = `printf 'root = "${site.root}"\\nindex = "a.html"\\nworkers = ${workers}\\n' > ${pipe} &`;
    const under = ['sh', '-c', `${write} exec "$0" "$@" ${fd}< ${pipe}`];
    await using command = await CommandProcess.serve(['--config', `/dev/fd/${fd}`], { under });
    expect((await ask(command.address, get('/'))).body.toString()).toBe('from the pipe');
  });
});

/** Starts a program in a folder that is removed first. */
function inGoneFolder(path: string): readonly string[] {
  return ['sh', '-c', `mkdir ${path} && cd ${path} && rmdir ${path} && exec "$0" "$@"`];
}

describe('if the working folder is removed,', () => {
  test.each([0, 1])('a server with %i workers starts and reloads if its paths are absolute', async (workers) => {
    using site = new SiteFolder({ 'a.txt': 'a' });
    using folder = new Folder();
    const config = join(folder.path, 'er.toml');
    writeFileSync(config, `root = "${site.root}"\nworkers = ${workers}\n`);
    const under = inGoneFolder(join(folder.path, 'gone'));
    await using command = await CommandProcess.serve(['--config', config], { under });
    if (workers > 0) {
      const before = workersOf(command);
      command.child.kill('SIGHUP');
      await until('the workers are others', () => workersOf(command).every((worker) => !before.includes(worker)));
    }
    expect((await ask(command.address, get('/a.txt'))).body.toString()).toBe('a');
  });

  test('a relative path is refused in one line', () => {
    using folder = new Folder();
    const [program = '', ...args] = [
      ...inGoneFolder(join(folder.path, 'gone')),
      process.execPath,
      CLI,
      'public',
      '--check',
    ];
    const { stderr, status } = spawnSync(program, args, { encoding: 'utf8' });
    expect([stderr, status]).toEqual([
      'epoll-reactor: public is relative to the working folder, which is gone\n  give a path that begins with /\n',
      1,
    ]);
  });

  test('a configuration with a relative path is not found', () => {
    using folder = new Folder();
    mkdirSync(join(folder.path, 'there'));
    const args = ['--config', 'er.toml', '--check'];
    const [program = '', ...rest] = [...inGoneFolder(join(folder.path, 'gone')), process.execPath, CLI, ...args];
    const { stderr, status } = spawnSync(program, rest, { encoding: 'utf8' });
    expect([stderr.split('\n')[0], status]).toEqual(['epoll-reactor: there is no file er.toml', 1]);
  });
});
