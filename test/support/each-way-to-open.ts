/** Names are opened beneath a folder by openat2, or by the walk that stands in for it: what a test says of it holds for both. */
import { afterAll, beforeAll, describe } from '@jest/globals';
import { native } from '../../src/native/addon.js';

export function describeEachWayToOpen(suite: () => void): void {
  describe('by openat2', suite);
  describe('by the walk, where there is no openat2', () => {
    const { openat2, openat2_job, openat2_stat_job } = native;
    const { openat2_walk, openat2_walk_job, openat2_walk_stat_job } = native;
    beforeAll(() => {
      Object.assign(native, {
        openat2: openat2_walk,
        openat2_job: openat2_walk_job,
        openat2_stat_job: openat2_walk_stat_job,
      });
    });
    afterAll(() => {
      Object.assign(native, { openat2, openat2_job, openat2_stat_job });
    });
    suite();
  });
}
