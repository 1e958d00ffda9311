/** Users of a directory (LDAP, sssd, systemd) are looked up as the system does it, and not in /etc/passwd. */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { SiteFolder } from '../../files/site-folder.js';
import { Folder } from '../../support/sockets.js';
import { CommandProcess, run } from '../command.js';
import { testWhere, works } from '../programs.js';

const SOURCE = fileURLToPath(new URL('../../fixtures/nss-directory.c', import.meta.url));
const isPossible = process.getuid?.() === 0 && works('unshare', '-m', 'true') && works('cc', '--version');
const testDirectory = testWhere(isPossible, 'only root, with a C compiler, can give a process a directory of users');

let folder: Folder;
let under: readonly string[];

beforeAll(() => {
  folder = new Folder();
  if (!isPossible) return;
  const library = `${folder.path}/libnss_directory.so.2`;
  const built = spawnSync('cc', ['-shared', '-fPIC', '-Wall', '-Werror', '-o', library, SOURCE], { encoding: 'utf8' });
  expect([built.stderr, built.status]).toEqual(['', 0]);
  const conf = `${folder.path}/nsswitch.conf`;
  writeFileSync(conf, 'passwd: files directory\ngroup: files directory\ninitgroups: files directory\n');
  const script = `mount --bind ${conf} /etc/nsswitch.conf && LD_LIBRARY_PATH=${folder.path} exec "$0" "$@"`;
  under = ['unshare', '-m', 'sh', '-c', script];
});

afterAll(() => folder[Symbol.dispose]());

testDirectory.each([0, 1])('with %i workers, a user of a directory serves, with its groups', async (workers) => {
  using site = new SiteFolder();
  chmodSync(site.parent, 0o755);
  const args = [site.root, '--user', 'reader', '--workers', `${workers}`];
  await using command = await CommandProcess.serve(args, { under });
  expect(command.stdout).toMatch(/with {2}user reader, /);
  const { pid } = command;
  const server = workers === 0 ? pid : readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const status = readFileSync(`/proc/${server}/status`, 'utf8');
  expect(status).toMatch(/^Uid:\t4711\t4711\t4711\t4711$/m);
  expect(status).toMatch(/^Gid:\t4712\t4712\t4712\t4712$/m);
  expect(/^Groups:\t(.*)$/m.exec(status)?.[1]?.trim().split(' ').sort()).toEqual(['4712', '4713']);
});

testDirectory('a group of a directory is found by its name', async () => {
  const { stdout } = await run(['--user', 'reader', '--group', 'reader', '--check'], { under });
  expect(stdout).toBe('the configuration is valid\n');
});

testDirectory('a name that no directory has is refused', async () => {
  const { code, stderr } = await run(['--user', 'writer', '--check'], { under });
  expect([code, stderr.split('\n')[0]]).toEqual([1, 'epoll-reactor: there is no user writer']);
});
