/** The ring of floor/ring.c on this package's Epoll: by wait(), which allocates nothing, or by poll(), as in Python. */
import { EPOLLIN, Epoll } from '../../dist/index.mjs';
import { checked, native } from './addon.mjs';
import { count, nextWriter, passes, readers, start } from './ring-of-pipes.mjs';

const EVENTS_MAX = 1024;

const byte = Buffer.alloc(1);
let seen = 0;
process.on('exit', () => seen); // used here, so that V8 does not remove the loop below
const epoll = new Epoll();
for (const fd of readers) epoll.register(fd, EPOLLIN);
start();
const handle = passes ? passOn : look;
if (process.argv[6] === 'poll') {
  for (;;) {
    const events = epoll.poll();
    for (const [fd] of events) handle(fd);
    count(events.length);
  }
} else {
  const pairs = new Uint32Array(2 * EVENTS_MAX);
  for (;;) {
    const ready = epoll.wait(pairs, -1);
    for (let i = 0; i < ready; i++) handle(/** @type {number} */ (pairs[2 * i]));
    count(ready);
  }
}

/** @param {number} fd */
function passOn(fd) {
  checked(native.read(fd, byte), 'read');
  checked(native.write(/** @type {number} */ (nextWriter[fd]), byte), 'write');
}

/** @param {number} fd */
function look(fd) {
  seen = fd;
}
