/** Cached open files are closed with their thread. */
import { readdirSync, readlinkSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { FILE_INLINE_BYTES_MAX } from '../../src/files/content.js';
import { native } from '../../src/native/addon.js';
import { openFds } from '../support/descriptors.js';
import { nextMessage, startWorker } from '../support/processes.js';
import { SiteFolder } from './site-folder.js';

function isOpen(path: string): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false; // the one that listed the folder
    }
  });
}

test('the cached files of a thread are closed when the thread is terminated', async () => {
  using site = new SiteFolder({ 'large.txt': 'x'.repeat(FILE_INLINE_BYTES_MAX + 1) });
  const before = openFds();
  const worker = startWorker('file-server-worker.mjs', { root: site.root, path: '/large.txt' });
  expect(await nextMessage(worker)).toBe(FILE_INLINE_BYTES_MAX + 1);
  expect(isOpen(site.path('large.txt'))).toBe(true);
  await worker.terminate();
  expect(isOpen(site.path('large.txt'))).toBe(false);
  // The sockets of a thread that is terminated stay open until the process ends.
  for (const fd of openFds()) if (fd.includes('socket:') && !before.includes(fd)) native.close(Number.parseInt(fd, 10));
});
