import { closeSync, openSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { PACE, runClient } from '../../../src/xray/session/experiment-run.js';

/** Takes all descriptors that are left to this process. */
function takeAll(): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    return taken;
  }
}

test('without a descriptor for its pipes, an experiment fails, and the X-ray goes on', async () => {
  const taken = takeAll();
  const running = runClient('drip', 1, PACE, { onStart() {}, onActed() {}, settle: () => Promise.resolve() });
  for (const fd of taken) closeSync(fd);
  await expect(running).rejects.toMatchObject({ code: 'EMFILE' });
});
