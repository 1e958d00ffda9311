/**
 * A process that holds idle connections. With a request as argument, each connection sends it once before it is idle. The
 * parent says how many more to open; when they are connected and answered, or have failed, the process replies with how many
 * are connected, failed and closed by the server.
 */
import { connect } from 'node:net';

const CONNECT_TIMEOUT_MS = 3_000;

/** wrk comes from 127.0.0.1: so the kernel's counters tell the two apart. */
const localAddress = '127.0.0.2';

const [port, request = '', responseBytes] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4])];
/** ownFailure: why a connection could not be opened on this side, which is no fault of the server. */
const counts = { connected: 0, failed: 0, closed: 0, ownFailure: '' };
const OWN_FAILURES = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** @type {Set<import('node:net').Socket>} */
const sockets = new Set();

function open() {
  return new Promise((settled) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    const timer = setTimeout(() => socket.destroy(), CONNECT_TIMEOUT_MS); // beyond the backlog no answer comes
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
      received += bytes.length; // read even without a request: otherwise the end of the stream is never seen
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

/** Resets each connection: an orderly close would leave 9,000 ports in TIME_WAIT for a minute. */
function end() {
  for (const socket of sockets) socket.resetAndDestroy();
  setImmediate(() => process.exit());
}

process.on('message', async (/** @type {number} */ more) => {
  await Promise.all(Array.from({ length: more }, open));
  process.send?.(counts);
});
process.on('disconnect', end);
