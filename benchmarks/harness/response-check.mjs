/** Asks for the file, twice over one connection, and compares the answers byte for byte: before anything is measured. */
import { once } from 'node:events';
import { connect } from 'node:net';

const ANSWER_TIMEOUT_MS = 5_000;

/**
 * @typedef {object} Checked
 * @property {number} responseBytes  of one whole response, head and body
 * @property {string} head           as it was sent
 */

/**
 * @param {number} port
 * @param {string} path
 * @param {Buffer} body  what is to come
 * @returns {Promise<Checked>}
 * @throws  ECONNREFUSED while nobody listens; an Error that tells what is wrong with the response
 */
export async function checkResponse(port, path, body) {
  const socket = connect({ port, host: '127.0.0.1' });
  const timer = setTimeout(
    () => socket.destroy(new Error(`no answer in ${ANSWER_TIMEOUT_MS / 1000} s`)),
    ANSWER_TIMEOUT_MS,
  );
  try {
    await once(socket, 'connect');
    const first = await exchange(socket, port, path);
    requireRight(first, body);
    const second = await exchange(socket, port, path); // fails where the connection is not kept
    requireRight(second, body);
    if (second.head.length !== first.head.length) throw new Error('the length of the response head varies');
    return { responseBytes: first.head.length + body.length, head: first.head };
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/**
 * @param {import('node:net').Socket} socket @param {number} port @param {string} path
 * @returns {Promise<{ head: string, body: Buffer }>}
 */
function exchange(socket, port, path) {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const settle = (/** @type {() => void} */ act) => {
      socket.off('data', onData).off('error', reject).off('close', onClose);
      act();
    };
    const onClose = () => settle(() => reject(new Error('the server closed the connection')));
    const onData = (/** @type {Buffer} */ data) => {
      received = Buffer.concat([received, data]);
      const end = received.indexOf('\r\n\r\n') + 4;
      if (end < 4) return;
      const head = received.toString('latin1', 0, end);
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? Number.NaN);
      if (Number.isNaN(length)) settle(() => reject(new Error(`a response without Content-Length:\n${head}`)));
      else if (received.length >= end + length) settle(() => resolve({ head, body: received.subarray(end) }));
    };
    socket.on('data', onData).on('error', reject).on('close', onClose);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  });
}

/** @param {{ head: string, body: Buffer }} response @param {Buffer} body */
function requireRight(response, body) {
  if (!response.head.startsWith('HTTP/1.1 200 ')) throw new Error(`not 200: ${response.head.split('\r\n')[0]}`);
  if (!response.body.equals(body)) throw new Error(`the body is not the file: ${response.body.length} bytes came`);
}
