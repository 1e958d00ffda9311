/**
 * A process that holds idle connections. With a request as argument, each connection sends it once before it is idle. The
 * parent says how many more to open; when they are connected and answered, or have failed, the process replies with how many
 * are connected, failed and closed by the server.
 */
import { connect } from 'node:net';

const CONNECT_TIMEOUT_MS = 3_000;

const [port, localAddress] = [Number(process.argv[2]), /** @type {string} */ (process.argv[3])];
const [request = '', responseBytes] = [process.argv[4], Number(process.argv[5])];
let connected = 0;
let failed = 0;
let closed = 0;
/** Why a connection could not be opened on this side: no fault of the server. */
let ownFailure = '';
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
      connected++;
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
      if (OWN_FAILURES.has(code)) ownFailure = code;
    });
    socket.on('close', () => {
      sockets.delete(socket);
      clearTimeout(timer);
      if (isConnected) closed++;
      else failed++;
      settled(undefined);
    });
  });
}

/** Resets each connection: an orderly close would leave 9,000 ports in TIME_WAIT for a minute. */
function end() {
  for (const socket of sockets) socket.resetAndDestroy();
  setImmediate(() => process.exit());
}

process.on('message', async (/** @type {{ open: number } | 'end'} */ message) => {
  if (message === 'end') return end();
  await Promise.all(Array.from({ length: message.open }, open));
  process.send?.({ connected, failed, closed, ownFailure });
});
process.on('disconnect', end); // the parent is gone
