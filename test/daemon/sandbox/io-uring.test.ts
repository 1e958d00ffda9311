/** Servers are kept from io_uring, whose calls no filter sees. (Node 20 makes none; from 22 on each loop has one.) */
import { expect } from '@jest/globals';
import { currentArchitecture } from '../../../src/daemon/sandbox/system-calls.js';
import { runProcess } from '../../support/processes.js';
import { testWhere } from '../programs.js';

const testFiltered = testWhere(currentArchitecture() !== undefined, 'the architecture is not known');

testFiltered(
  'what a process starts that forbids io_uring has none, and one filter more, however often it was forbidden',
  async () => {
    const { stdout } = await runProcess('io-uring-status.mjs', 'start');
    const [before, isForbidden, after] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(isForbidden).toBe(true);
    expect(after).toMatchObject({ rings: 0, filters: before.filters + 1 });
  },
);

testFiltered('a process that restarts without io_uring has none, and its arguments', async () => {
  const { stdout, stderr, code } = await runProcess('io-uring-status.mjs', 'restart', 'a', 'b c');
  const seen = JSON.parse(stdout);
  // Node 22.0 to 22.14 cannot replace a process.
  if ('execve' in process || seen.filters > 0) expect(seen.rings).toBe(0);
  expect(seen.rest).toEqual(['a', 'b c']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
});
