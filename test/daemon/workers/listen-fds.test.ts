/** Sockets that a process is started with: which are taken, and what is refused (sd_listen_fds(3)). */
import { describe, expect, test } from '@jest/globals';
import { takeListenFds } from '../../../src/daemon/workers/listen-fds.js';

const PID = `${process.pid}`;

describe('takeListenFds()', () => {
  test.each<[string, NodeJS.ProcessEnv]>([
    ['for the parent', { LISTEN_FDS: '1', LISTEN_PID: `${process.ppid}` }],
    ['for process 1', { LISTEN_FDS: '1', LISTEN_PID: '1' }],
    ['for nobody in particular', { LISTEN_FDS: '1' }],
    ['of a parent that is another process', { LISTEN_FDS: '1', LISTEN_PPID: '1' }],
  ])('leaves sockets %s alone, and takes them out of the environment', (_, variables) => {
    const environment = { ...variables, LISTEN_FDNAMES: 'a', OTHER: 'stays' };
    expect(takeListenFds(environment)).toEqual([]);
    expect(environment).toEqual({ OTHER: 'stays' });
  });

  test('takes none if there are none', () => {
    expect(takeListenFds({})).toEqual([]);
    expect(takeListenFds({ LISTEN_PID: PID })).toEqual([]);
    expect(takeListenFds({ LISTEN_FDS: '0', LISTEN_PID: PID, LISTEN_FDNAMES: '' })).toEqual([]);
  });

  test.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ['a pid with letters', { LISTEN_FDS: '1', LISTEN_PID: '12x' }, /^LISTEN_PID: expected a number, got "12x"$/],
    ['an empty pid', { LISTEN_FDS: '1', LISTEN_PID: '' }, /^LISTEN_PID: expected a number, got ""$/],
    ['a count with letters', { LISTEN_FDS: 'two', LISTEN_PID: PID }, /^LISTEN_FDS: expected a number, got "two"$/],
    ['a negative count', { LISTEN_FDS: '-1', LISTEN_PID: PID }, /^LISTEN_FDS: expected a number, got "-1"$/],
    [
      'a count of 40 digits',
      { LISTEN_FDS: '9'.repeat(40), LISTEN_PID: PID },
      /^LISTEN_FDS: expected a number, got "9{40}"$/,
    ],
    [
      'more sockets than there are',
      { LISTEN_FDS: '9999999999', LISTEN_PID: PID },
      /descriptor \d+ is not a listening socket$/,
    ],
    [
      'too few names',
      { LISTEN_FDS: '2', LISTEN_PID: PID, LISTEN_FDNAMES: 'a' },
      /^LISTEN_FDNAMES has 1 names for 2 sockets$/,
    ],
    [
      'too many names',
      { LISTEN_FDS: '1', LISTEN_PID: PID, LISTEN_FDNAMES: 'a:b' },
      /^LISTEN_FDNAMES has 2 names for 1 sockets$/,
    ],
  ])('refuses %s', (_, environment, message) => {
    expect(() => takeListenFds(environment)).toThrow(message);
  });
});
