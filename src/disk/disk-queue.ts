import { JobQueue } from './job-queue.js';

/**
 * Threads that wait for the disks of one site. The process has 16 (native/disk_threads.cc): a site whose disk does not answer leaves
 * half of them to the others. Within a site, so many files can be stuck before other files that are not in memory wait as
 * well.
 */
export const DISK_JOBS_MAX = 8;

/** Jobs of a site that wait for one of its threads. The next request that needs one is answered 503. */
export const DISK_JOBS_WAITING_MAX = 1_024;

/** The disk jobs of a site. */
export function newDiskQueue(): JobQueue {
  return new JobQueue(DISK_JOBS_MAX, DISK_JOBS_WAITING_MAX);
}
