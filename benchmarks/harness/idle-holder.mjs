/**
 * A process that holds idle connections. With a request as argument, each connection sends it once before it is idle. The
 * parent sends the number of further connections to open. When they are connected and answered, or have failed, the process
 * replies with the numbers of connections that are open, failed, and closed by the server.
 */
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

const CONNECT_TIMEOUT_MS = 3_000;

/** wrk connects from 127.0.0.1, so the kernel's counters distinguish the two. */
const localAddress = '127.0.0.2';

const [scheme, portText, request = '', responseBytesText] = process.argv.slice(2);
const [port, responseBytes] = [Number(portText), Number(responseBytesText)];
/** ownFailure: the reason why this side could not open a connection. It is not the server's fault. */
const counts = { connected: 0, failed: 0, closed: 0, ownFailure: '' };
const OWN_FAILURES = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** @type {Set<import('node:net').Socket>} */
const sockets = new Set();

function open() {
  return new Promise((settled) => {
    const address = { port, host: '127.0.0.1', localAddress };
    const socket = scheme === 'https' ? connectTls({ ...address, rejectUnauthorized: false }) : connectTcp(address);
    const timer = setTimeout(() => socket.destroy(), CONNECT_TIMEOUT_MS); // if the backlog is full, no answer comes
    let isConnected = false;
    const succeed = () => {
      isConnected = true;
      counts.connected++;
      clearTimeout(timer);
      settled(undefined);
    };
    socket.on('connect', () => {
      if (request === '') succeed();
      else socket.write(request);
    });
    let received = 0;
    socket.on('data', (bytes) => {
      received += bytes.length; // reads even without a request, to see the end of the stream
      if (received === responseBytes) succeed();
    });
    sockets.add(socket);
    socket.on('error', (error) => {
      const { code = '' } = /** @type {NodeJS.ErrnoException} */ (error);
      if (OWN_FAILURES.has(code)) counts.ownFailure = code;
    });
    socket.on('close', () => {
      sockets.delete(socket);
      clearTimeout(timer);
      if (isConnected) counts.closed++;
      else counts.failed++;
      settled(undefined);
    });
  });
}

/** Resets each connection: with a normal close, 9,000 ports would stay in TIME_WAIT for a minute. */
function end() {
  for (const socket of sockets) socket.resetAndDestroy();
  setImmediate(() => process.exit());
}

process.on('message', async (/** @type {number} */ more) => {
  await Promise.all(Array.from({ length: more }, open));
  process.send?.(counts);
});
process.on('disconnect', end);
