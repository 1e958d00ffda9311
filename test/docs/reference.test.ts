/** TypeDoc makes the reference of the package (docs/reference/typedoc.json, `npm run docs:api`). */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const REFERENCE = new URL('../../docs/reference', import.meta.url).pathname;

test('each symbol that the package exports is documented, with its members, and no type of its signatures is left out', () => {
  const typedoc = join(REFERENCE, 'node_modules/typedoc/bin/typedoc');
  const { stdout, stderr } = spawnSync(process.execPath, [typedoc, '--emit', 'none', '--logLevel', 'Warn'], {
    cwd: REFERENCE,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  expect(stdout + stderr).toBe('');
});
