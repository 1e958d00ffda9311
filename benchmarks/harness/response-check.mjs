/** Sends requests and compares the responses byte for byte, before anything is measured. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** @import { Endpoint, Exchange } from '../types.js' */
/** @typedef {{ status: number, head: string, body: Buffer }} Response */

const ANSWER_TIMEOUT_MS = 5_000;

/** @param {string} path @param {string} [fields]  more header fields, each with its line end */
export function getRequest(path, fields = '') {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`;
}

/** @param {{ path: string, body: Buffer }} file @param {string} [fields] @returns {Exchange} */
export function getFile({ path, body }, fields) {
  return { request: getRequest(path, fields), status: 200, body };
}

/**
 * Sends the requests of the load: `depth` requests in one segment, over one connection or a new one each time.
 * @param {Endpoint} server
 * @param {readonly Exchange[]} exchanges
 * @param {{ depth: number, closes: boolean }} manner
 */
export async function checkExchanges(server, exchanges, { depth, closes }) {
  if (closes) {
    for (const exchange of exchanges) requireRight(await ask(server, exchange.request), exchange);
    return;
  }
  await converse(server, async (send, receive) => {
    for (const exchange of exchanges) {
      send(exchange.request.repeat(depth));
      for (let i = 0; i < depth; i++) requireRight(await receive(), exchange);
    }
  });
}

/** @param {Endpoint} server @param {string} request @returns {Promise<Response>} */
export function ask(server, request) {
  return converse(server, (send, receive) => {
    send(request);
    return receive();
  });
}

/**
 * @template T
 * @param {Endpoint} server
 * @param {(send: (text: string) => void, receive: () => Promise<Response>) => Promise<T>} talk
 */
async function converse({ port, isSecure }, talk) {
  const address = { port, host: '127.0.0.1' };
  const socket = isSecure ? connectTls({ ...address, rejectUnauthorized: false }) : connectTcp(address);
  const late = new Error(`no answer in ${ANSWER_TIMEOUT_MS / 1000} s`);
  socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(late));
  try {
    await once(socket, isSecure ? 'secureConnect' : 'connect');
    const input = socket[Symbol.asyncIterator]();
    let rest = Buffer.alloc(0);
    const receive = async () => {
      for (;;) {
        const { response, end } = parseResponse(rest);
        if (response !== undefined) {
          rest = rest.subarray(end);
          return response;
        }
        rest = await readUntil(input, rest, end);
      }
    };
    return await talk((text) => socket.write(text), receive);
  } finally {
    socket.destroy();
  }
}

/** Joins the pieces of a large response only once. @param {AsyncIterator<Buffer>} input @param {Buffer} rest @param {number} bytes */
async function readUntil(input, rest, bytes) {
  const parts = [rest];
  for (let received = rest.length; received < bytes; ) {
    const { value, done } = await input.next();
    if (done) throw new Error('the server closed the connection');
    parts.push(value);
    received += value.length;
  }
  return Buffer.concat(parts);
}

/**
 * @param {Buffer} bytes
 * @returns {{ response?: Response, end: number }} end: the length of the response in bytes, or the least that it can have
 */
function parseResponse(bytes) {
  const headBytes = bytes.indexOf('\r\n\r\n') + 4;
  if (headBytes < 4) return { end: bytes.length + 1 };
  const head = bytes.toString('latin1', 0, headBytes);
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
  const length = status === 304 ? 0 : Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
  if (Number.isNaN(status + length)) throw new Error(`a response without status or Content-Length: ${head.trim()}`);
  const end = headBytes + length;
  return bytes.length < end ? { end } : { response: { status, head, body: bytes.subarray(headBytes, end) }, end };
}

/** @param {Response} response @param {Exchange} exchange */
function requireRight({ status, body }, exchange) {
  const wrong = `wrong answer to ${exchange.request.split('\r\n')[0]}`;
  if (status !== exchange.status) throw new Error(`${wrong}: ${status} instead of ${exchange.status}`);
  if (!body.equals(exchange.body)) {
    throw new Error(`${wrong}: ${body.length} bytes that are not the ${exchange.body.length} expected`);
  }
}
