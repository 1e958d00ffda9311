import { openSync, readSync } from 'node:fs';
import { EPOLLPRI, Epoll } from 'epoll-reactor';

const [, , path = '/proc/sys/kernel/hostname'] = process.argv; // or /sys/class/gpio/gpio4/value, /proc/self/mounts …
const fd = openSync(path, 'r');
const buffer = Buffer.alloc(4096);

/** Each read begins at the start of the file: the kernel makes its content anew, and reports the next change. */
function value() {
  return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0)).trim();
}

const epoll = new Epoll();
epoll.register(fd, EPOLLPRI);
console.log(value());
for (;;) if (epoll.poll().length > 0) console.log(value());
