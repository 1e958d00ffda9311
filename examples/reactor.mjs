import { readSync } from 'node:fs';
import { Deadline, READABLE, Reactor } from 'epoll-reactor';

const SILENCE_MS = 2000;
const buffer = Buffer.alloc(4096);
const reactor = new Reactor();

const silence = new Deadline(() => {
  console.log('nothing for two seconds');
  reactor.setDeadline(silence, SILENCE_MS);
});

reactor.register(0, READABLE, () => {
  const n = readSync(0, buffer); // 0 at the end: Ctrl-D in a terminal
  console.log(`${n} bytes from stdin`);
  if (n === 0) reactor.close();
  else reactor.setDeadline(silence, SILENCE_MS); // puts it off
});

reactor.setDeadline(silence, SILENCE_MS);
reactor.attach();
setInterval(() => console.log('a timer of Node'), 1500).unref();
