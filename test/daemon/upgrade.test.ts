/** An upgrade to a program on disk that is not this one, as the old process sees it. */
import { afterEach, expect, test } from '@jest/globals';
import { Upgrade } from '../../src/daemon/upgrade.js';
import { SiteFolder } from '../files/site-folder.js';

const ARGV = process.argv;

afterEach(() => {
  process.argv = ARGV;
});

test.each([
  ['closes the descriptor on which it would say that it serves', `require('node:fs').closeSync(3);`],
  ['says there what no program of ours says', `require('node:fs').writeSync(3, 'served\\n');`],
])('a new program that %s, and goes on, is ended, and the upgrade has failed', async (_, code) => {
  using folder = new SiteFolder({ 'program.cjs': `${code} setTimeout(() => {}, 30_000);` });
  process.argv = ['node', folder.path('program.cjs')];
  const upgrade = new Upgrade([], {});
  await expect(upgrade.ready).rejects.toThrow('it ended: SIGKILL');
});
