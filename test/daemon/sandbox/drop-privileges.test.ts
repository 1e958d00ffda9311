/** From root to another user. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { currentUser, resolvePrivileges } from '../../../src/daemon/config/user-and-group.js';
import { UserError } from '../../../src/daemon/config/user-error.js';
import { dropPrivileges } from '../../../src/daemon/sandbox/drop-privileges.js';
import { SiteFolder } from '../../files/site-folder.js';
import { runProcess } from '../../support/processes.js';
import { thrownBy } from '../../support/thrown-error.js';
import { testWhere } from '../programs.js';
import { ConfinedProcess } from './confined-process.js';

const isRoot = process.getuid?.() === 0;
const NO_USER = 3_999_999_999; // no user has this id
const nobody =
  readFileSync('/etc/passwd', 'utf8')
    .match(/^nobody:[^:]*:(\d+):(\d+)/m)
    ?.slice(1)
    .map(Number) ?? [];
const NOBODY = { uid: nobody[0], gid: nobody[1], user: 'nobody', group: undefined, isKnown: true };

const testRoot = testWhere(isRoot, 'only root can become another user');

describe('resolvePrivileges()', () => {
  test('without a user and a group gives nothing', () => {
    expect(resolvePrivileges({})).toBe(undefined);
  });

  test('finds a user by name and by id', () => {
    expect(resolvePrivileges({ user: 'nobody' })).toEqual(NOBODY);
    expect(resolvePrivileges({ user: `${NOBODY.uid}` })).toEqual({ ...NOBODY, user: `${NOBODY.uid}` });
  });

  test('finds a group by name and by id', () => {
    expect(resolvePrivileges({ user: 'nobody', group: 'root' })).toEqual({ ...NOBODY, group: 'root', gid: 0 });
    expect(resolvePrivileges({ user: 'nobody', group: '4711' })).toEqual({ ...NOBODY, group: '4711', gid: 4711 });
    expect(resolvePrivileges({ group: '4711' })).toMatchObject({ uid: process.getuid?.(), gid: 4711 });
  });

  test('takes the id of no user together with a group', () => {
    const privileges = { uid: NO_USER, gid: 4711, user: `${NO_USER}`, group: '4711', isKnown: false };
    expect(resolvePrivileges({ user: `${NO_USER}`, group: '4711' })).toEqual(privileges);
  });

  test.each([
    [{ user: 'no-such-user' }, 'there is no user no-such-user', /getent passwd/],
    [{ user: '' }, 'there is no user ', /getent passwd/],
    [{ user: '-1', group: '0' }, 'there is no user -1', /getent passwd/],
    [{ user: '4294967295', group: '0' }, 'there is no user 4294967295', /getent passwd/],
    [{ user: 'nobody', group: 'no-such-group' }, 'there is no group no-such-group', /getent group/],
    [{ user: `${NO_USER}` }, `user ${NO_USER} has no name, and so no group of its own`, /give a group/],
    [{ user: 'a\0b' }, 'there is no user a\\x00b', /getent passwd/],
  ])('refuses %j', (options, message, hint) => {
    const error = thrownBy(() => resolvePrivileges(options)) as UserError;
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe(message);
    expect(error.hint).toMatch(hint);
  });
});

test('a process that runs as the user already stays that user', () => {
  const before = currentUser();
  if (!isRoot) dropPrivileges(resolvePrivileges({ user: before }));
  dropPrivileges(undefined);
  expect(currentUser()).toBe(before);
});

/** Its ids, real, effective, saved and of the filesystem, in each thread; and its groups. */
async function idsOf(options: { user?: string; group?: string }): Promise<Record<string, string[]>> {
  using site = new SiteFolder();
  await using server = await ConfinedProcess.start({ root: site.root, mode: 'off', ...options });
  const ids = (name: string): string[] => [...new Set(server.threadStatus(name))];
  return { uid: ids('Uid'), gid: ids('Gid'), groups: ids('Groups').map((s) => s.trim()), caps: ids('CapPrm') };
}

const four = (id: number | undefined): string[] => [Array(4).fill(id).join('\t')];
const NO_CAPABILITIES = ['0000000000000000'];

describe('root', () => {
  testRoot('becomes a user in all threads, with the groups of that user and no capability', async () => {
    expect(await idsOf({ user: 'nobody' })).toEqual({
      uid: four(NOBODY.uid),
      gid: four(NOBODY.gid),
      groups: [`${NOBODY.gid}`],
      caps: NO_CAPABILITIES,
    });
  });

  testRoot('becomes an id that no user has', async () => {
    expect(await idsOf({ user: `${NO_USER}`, group: '4711' })).toEqual({
      uid: four(NO_USER),
      gid: four(4711),
      groups: ['4711'],
      caps: NO_CAPABILITIES,
    });
  });

  testRoot('cannot be regained', async () => {
    using site = new SiteFolder();
    await using server = await ConfinedProcess.start({ root: site.root, mode: 'off', user: 'nobody' });
    expect(server.report.line).toBe('sandbox: off (user nobody)');
    expect(await server.run('process.setuid(0)')).toBe('EPERM');
    expect(await server.run('process.seteuid(0)')).toBe('EPERM');
    expect(await server.run('process.setgid(0)')).toBe('EPERM');
    expect(await server.run('process.setgroups([0])')).toBe('EPERM');
  });
});

testRoot('a process that is not root cannot become another user', async () => {
  const { stdout } = await runProcess('drop-privileges-twice.mjs');
  expect(stdout).toBe(
    'nobody\nnobody\nonly root can become user root: start it as root, or as root without the option: it was started by nobody\n',
  );
});
