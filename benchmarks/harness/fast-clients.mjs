/**
 * A process with a few fast clients and, on demand, a slow one before them that drips a request without end. Each fast client
 * sends its next request when it has the response. Prints, for a window, latencies and how many clients were answered.
 *
 * wrk is not suitable: its percentiles include the start of the threads that serve the connections, and it does not report a
 * connection that starves. This waits with the package's own Epoll and costs about as much as wrk.
 */
import { EPOLLIN, Epoll, sockets as socket } from '../../dist/index.mjs';
import { quantile } from '../report/statistics.mjs';

const DRIP_MS = 50;
/** The slow client comes first: a server that serves one client after the other then serves it. */
const HEAD_START_MS = 300;

const { port, path, responseBytes, clients, isSlowThere, warmupMs, windowMs, stallMs } = JSON.parse(
  /** @type {string} */ (process.argv[2]),
);
const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
const epoll = new Epoll();
const buffer = Buffer.allocUnsafe(64 * 1024);

/** @type {Map<number, { received: number, sentAt: number, answered: number }>} */
const fast = new Map();
/** @type {number[]} */
let latenciesMs = [];

const slow = isSlowThere ? connected() : undefined;
if (slow !== undefined) {
  socket.send(slow, Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Slow: `));
  waitFor(HEAD_START_MS, () => false);
}
for (let i = 0; i < clients; i++) {
  const fd = connected();
  epoll.register(fd, EPOLLIN);
  ask(fd);
}

// Until each client was answered, or no further client is answered for a while: then the others starve.
let served = 0;
let servedAt = performance.now();
waitFor(Number.POSITIVE_INFINITY, () => {
  const now = [...fast.values()].filter((client) => client.answered > 0).length;
  if (now > served) [served, servedAt] = [now, performance.now()];
  return served === clients || performance.now() - servedAt > stallMs;
});
waitFor(warmupMs, () => false);

latenciesMs = [];
for (const client of fast.values()) client.answered = 0;
const begin = performance.now();
waitFor(windowMs, () => false);
const seconds = (performance.now() - begin) / 1000;

const sorted = Float64Array.from(latenciesMs).sort();
const answered = [...fast.values()].filter((client) => client.answered > 0).length;
const quantiles = sorted.length === 0 ? {} : { p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) };
console.log(JSON.stringify({ requestsPerSecond: sorted.length / seconds, ...quantiles, answered }));
process.exit();

function connected() {
  const fd = socket.socket(socket.AF_INET, socket.SOCK_STREAM);
  socket.connect(fd, { address: '127.0.0.1', port });
  return fd;
}

/** @param {number} fd @param {number} [answered]  requests so far */
function ask(fd, answered = 0) {
  fast.set(fd, { received: 0, sentAt: performance.now(), answered });
  socket.send(fd, request);
}

/** @param {number} limitMs @param {() => boolean} isEnough */
function waitFor(limitMs, isEnough) {
  let dripAt = performance.now() + DRIP_MS;
  for (const begin = performance.now(); performance.now() - begin < limitMs && !isEnough(); ) {
    if (slow !== undefined && performance.now() >= dripAt) {
      socket.send(slow, Buffer.from('x'));
      dripAt += DRIP_MS;
    }
    for (const [fd] of epoll.poll(10)) read(fd);
  }
}

/** @param {number} fd */
function read(fd) {
  const client = fast.get(fd);
  const n = socket.recv(fd, buffer);
  if (n === 0 || client === undefined) throw new Error('the server closed the connection of a fast client');
  client.received += n;
  if (client.received < responseBytes) return;
  latenciesMs.push(performance.now() - client.sentAt);
  ask(fd, client.answered + 1);
}
