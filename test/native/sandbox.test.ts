/** The calls that give up rights. The tests make them in separate processes, because they cannot be undone. */

import { spawnSync } from 'node:child_process';
import { constants as os } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { native } from '../../src/native/addon.js';
import { testWhere } from '../daemon/programs.js';
import { CLOSED_FD, errno, thrownBy, untyped } from './support.js';

const SCENARIOS = fileURLToPath(new URL('fixtures/landlock-scenarios.mjs', import.meta.url));
const VERSION = 1;
const abi = native.landlock_create_ruleset(null, VERSION);

const testLandlock = testWhere(abi > 0, 'this kernel has no Landlock');

/** Nothing that is tried here gets as far as giving up anything. */
describe('misuse is refused before any call', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['prctl of a name', () => untyped['prctl']?.('PR_SET_NAME', 1), /^TypeError: option/],
    ['prctl with a negative argument', () => native.prctl(0, -1), /^RangeError: argument/],
    ['a ruleset of text', () => untyped['landlock_create_ruleset']?.('all', 0), /^TypeError: attributes/],
    [
      'a ruleset of other numbers',
      () => untyped['landlock_create_ruleset']?.(new Float64Array(3), 0),
      /^TypeError: attr/,
    ],
    ['a rule without a descriptor', () => untyped['landlock_add_rule']?.(CLOSED_FD, 4), /^TypeError: parentFd/],
    ['a rule of negative rights', () => native.landlock_add_rule(CLOSED_FD, -1, 0), /^RangeError: allowedAccess/],
    ['a negative wait', () => native.landlock_restrict_process(CLOSED_FD, -1), /^RangeError: timeoutMs/],
    ['a filter with half an instruction', () => native.seccomp(1, 0, new Uint8Array(12)), /^RangeError: filter/],
    ['a filter that is too long', () => native.seccomp(1, 0, new Uint8Array(8 * 4_097)), /^RangeError: filter/],
    ['no filter', () => untyped['seccomp']?.(1, 0, null), /^TypeError: filter/],
  ])('%s', (_title, call, expected) => {
    expect(thrownBy(call)).toMatch(expected);
  });
});

describe('what the kernel refuses comes back as a negative number', () => {
  test('an unknown option, an unknown operation, an empty filter', () => {
    expect(native.prctl(99_999, 0)).toBe(-os.errno.EINVAL);
    expect(native.seccomp(99, 0, new Uint8Array(8))).toBe(-os.errno.EINVAL);
    expect(native.seccomp(1, 0, new Uint8Array(0))).toBe(-os.errno.EINVAL);
  });

  test('a filter that does not return', () => {
    const load = Uint8Array.of(0x20, 0, 0, 0, 0, 0, 0, 0);
    expect(native.seccomp(1, 0, load)).toBe(-os.errno.EINVAL);
  });

  testLandlock('a ruleset that restricts nothing, is too short, or asks for what no kernel knows', () => {
    expect(native.landlock_create_ruleset(new Uint8Array(8), 0)).toBe(-errno.ENOMSG);
    expect(native.landlock_create_ruleset(new Uint8Array(4), 0)).toBe(-os.errno.EINVAL);
    expect(native.landlock_create_ruleset(new Uint8Array(8).fill(255), 0)).toBe(-os.errno.EINVAL);
    expect(native.landlock_create_ruleset(new Uint8Array(256).fill(1), 0)).toBe(-errno.E2BIG);
  });

  testLandlock('a rule for no ruleset', () => {
    expect(native.landlock_add_rule(CLOSED_FD, 4, 0)).toBe(-os.errno.EBADF);
  });
});

function run(scenario: string): unknown {
  const { stdout, stderr } = spawnSync(process.execPath, [SCENARIOS, scenario], { encoding: 'utf8', timeout: 30_000 });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('a process that is restricted', () => {
  testLandlock('is it in all of its threads: JavaScript’s, the pool’s, those of workers', () => {
    expect(run('allThreads')).toEqual([true, 'EACCES', ['EACCES'], ['EACCES', 'EACCES', 'EACCES']]);
  });

  testLandlock('is it in threads that are being started meanwhile', () => {
    const [isDone, outcomes] = run('threadsThatAreBeingStarted') as [boolean, string[]];
    expect(isDone).toBe(true);
    expect(outcomes).toEqual(['EACCES']);
  });

  testLandlock('has libc’s signal as it was, also after an error', () => {
    expect(run('theSignalIsGivenBack')).toEqual([-os.errno.EBADF, true, true]);
  });

  testLandlock('goes on waiting for what it waited for', () => {
    expect(run('waitsGoOn')).toEqual([true, 'ok']);
  });

  testLandlock('hears when there was not enough time, and lives on', () => {
    expect(run('noTime')).toEqual([-errno.ETIMEDOUT, true]);
  });

  testLandlock('may be restricted again', () => {
    expect(run('twice')).toEqual([true, true, 'EACCES']);
  });
});
