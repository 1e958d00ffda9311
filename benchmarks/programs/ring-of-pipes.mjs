/** The common part of the rings in JavaScript: pipes, the bytes in them, and the clock. See floor/ring.c. */
import { checked, constants, native } from './addon.mjs';

const { O_NONBLOCK, O_CLOEXEC } = constants;

const EVENTS_BETWEEN_LOOKS = 1_000;

const [registered, active, milliseconds] = /** @type {[number, number, number]} */ (process.argv.slice(2).map(Number));

/** Whether the byte is passed on. Otherwise it stays, and the pipe is always ready. */
export const passes = process.argv[5] === 'pass';

/** The reading end of each pipe, and, indexed by it, the writing end of the next pipe. */
export const readers = new Int32Array(registered);
export const nextWriter = new Int32Array(2 * registered + 100);

const writers = new Int32Array(registered);
const pipe = new Int32Array(2);
for (let i = 0; i < registered; i++) {
  checked(native.pipe2(pipe, O_NONBLOCK | O_CLOEXEC), 'pipe2');
  readers.set(pipe.subarray(0, 1), i);
  writers.set(pipe.subarray(1), i);
}
readers.forEach((reader, i) => {
  nextWriter[reader] = writerOf((i + 1) % registered);
});

/** Writes the bytes. Call it when the readers are registered. */
export function start() {
  const step = registered / active;
  for (let i = 0; i < active; i++) checked(native.write(writerOf(i * step), Buffer.from('x'), 0, 1), 'write');
}

/** @param {number} i */
function writerOf(i) {
  return /** @type {number} */ (writers[i]);
}

let total = 0;
let unseen = 0;
let begin = cpuMs();
let end = begin + milliseconds / 4; // a quarter of the time to warm up
let isMeasured = false;

/** Counts events, and ends the process after its time. @param {number} events */
export function count(events) {
  unseen += events;
  if (unseen < EVENTS_BETWEEN_LOOKS) return;
  total += unseen;
  unseen = 0;
  const now = cpuMs();
  if (now < end) return;
  if (isMeasured) {
    console.log(JSON.stringify({ events: total, seconds: (now - begin) / 1000 }));
    process.exit();
  }
  isMeasured = true;
  total = 0;
  begin = now;
  end = now + milliseconds;
}

/** The CPU time of all threads. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
