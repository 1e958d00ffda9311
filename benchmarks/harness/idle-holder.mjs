/**
 * A process that connects and says nothing; or, where it is told a request, asks once and then says nothing. Its parent tells
 * it how many more to open; it answers when they are connected, and answered, (or have failed to), with how many it holds and
 * how many the server has closed.
 */
import { connect } from 'node:net';

const CONNECT_TIMEOUT_MS = 3_000;

const [port, localAddress] = [Number(process.argv[2]), /** @type {string} */ (process.argv[3])];
const [request = '', responseBytes] = [process.argv[4], Number(process.argv[5])];
let connected = 0;
let failed = 0;
let closed = 0;
/** What kept a connection from being opened on this side: no fault of the server. */
let ownFailure = '';
const OWN_FAILURES = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** @type {Set<import('node:net').Socket>} */
const sockets = new Set();

function open() {
  return new Promise((settled) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    const timer = setTimeout(() => socket.destroy(), CONNECT_TIMEOUT_MS); // beyond the backlog nobody answers
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
      received += bytes.length; // read also where nothing was asked: or the end of the stream would never be told
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

/** With a reset each: an end in due form would leave 9,000 ports in TIME_WAIT for a minute, and soon there are none. */
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
