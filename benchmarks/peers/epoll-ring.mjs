/** The ring of floor/ring.c on the npm package `epoll`, with the file calls of its documentation. */
import { readSync, writeSync } from 'node:fs';
import epollPackage from 'epoll';
import { count, nextWriter, passes, readers, start } from '../programs/ring-of-pipes.mjs';

const { Epoll } = epollPackage;
const byte = Buffer.alloc(1);
const epoll = new Epoll((/** @type {Error | null} */ error, /** @type {number} */ fd) => {
  if (error) throw error;
  if (passes) {
    readSync(fd, byte, 0, 1, null);
    writeSync(/** @type {number} */ (nextWriter[fd]), byte, 0, 1);
  }
  count(1);
});
for (const fd of readers) epoll.add(fd, Epoll.EPOLLIN);
start();
