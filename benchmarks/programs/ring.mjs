/** The ring of floor/ring.c on this package's Epoll: by wait(), which allocates nothing, or by poll(), which is Python's. */
import { EPOLLIN, Epoll } from '../../dist/epoll.js';
import { native } from '../../dist/native.js';
import { checked } from '../../dist/system-error.js';
import { nextWriter, passed, readers, start } from './ring-of-pipes.mjs';

const EVENTS_MAX = 1024;

const byte = Buffer.alloc(1);
const epoll = new Epoll();
for (const fd of readers) epoll.register(fd, EPOLLIN);
start();
if (process.argv[5] === 'poll') {
  for (;;) {
    const events = epoll.poll();
    for (const [fd] of events) passOn(fd);
    passed(events.length);
  }
} else {
  const pairs = new Uint32Array(2 * EVENTS_MAX);
  for (;;) {
    const count = epoll.wait(pairs, -1);
    for (let i = 0; i < count; i++) passOn(/** @type {number} */ (pairs[2 * i]));
    passed(count);
  }
}

/** @param {number} fd */
function passOn(fd) {
  checked(native.read(fd, byte, 0, 1), 'read');
  checked(native.write(/** @type {number} */ (nextWriter[fd]), byte, 0, 1), 'write');
}
