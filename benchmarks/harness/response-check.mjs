/** Asks, and compares the answers byte for byte: before anything is measured. */
import { once } from 'node:events';
import { connect } from 'node:net';

const ANSWER_TIMEOUT_MS = 5_000;

/**
 * @typedef {object} Exchange
 * @property {string} request   as it is sent
 * @property {number} status    that is to come
 * @property {Buffer} body      that is to come
 */

/**
 * @typedef {object} Checked
 * @property {number} responseBytes  of one whole response, head and body
 * @property {string} head           as it was sent
 */

/** @typedef {{ status: number, head: string, body: Buffer }} Response */

/**
 * @param {string} path
 * @param {string} [fields]  more header fields, each with its line end
 */
export function getRequest(path, fields = '') {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`;
}

/**
 * Asks for a file, twice over one connection.
 * @param {number} port
 * @param {string} path
 * @param {Buffer} body  what is to come
 * @param {boolean} [closes]  the connection is not kept: ask once
 * @returns {Promise<Checked>}
 * @throws  ECONNREFUSED while nobody listens; an Error that tells what is wrong with the response
 */
export async function checkResponse(port, path, body, closes = false) {
  return converse(port, async (conversation) => {
    const exchange = { request: getRequest(path), status: 200, body };
    conversation.send(exchange.request);
    const first = await conversation.receive();
    requireRight(first, exchange);
    const checked = { responseBytes: first.head.length + body.length, head: first.head };
    if (closes) return checked;
    conversation.send(exchange.request); // fails where the connection is not kept
    const second = await conversation.receive();
    requireRight(second, exchange);
    if (second.head.length !== first.head.length) throw new Error('the length of the response head varies');
    return checked;
  });
}

/**
 * Asks as the load is going to: `depth` requests in one segment, over one connection or a new one each time.
 * @param {number} port
 * @param {readonly Exchange[]} exchanges
 * @param {{ depth: number, closes: boolean }} manner
 */
export async function checkExchanges(port, exchanges, { depth, closes }) {
  if (closes) {
    for (const exchange of exchanges) await converse(port, (conversation) => checkBatch(conversation, [exchange]));
    return;
  }
  await converse(port, async (conversation) => {
    for (const exchange of exchanges)
      await checkBatch(
        conversation,
        Array.from({ length: depth }, () => exchange),
      );
  });
}

/** @param {number} port @param {string} request @returns {Promise<Response>} */
export function ask(port, request) {
  return converse(port, (conversation) => {
    conversation.send(request);
    return conversation.receive();
  });
}

/** @param {Conversation} conversation @param {readonly Exchange[]} batch */
async function checkBatch(conversation, batch) {
  conversation.send(batch.map(({ request }) => request).join(''));
  for (const exchange of batch) requireRight(await conversation.receive(), exchange);
}

/**
 * @template T
 * @param {number} port @param {(conversation: Conversation) => Promise<T>} talk
 */
async function converse(port, talk) {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    const conversation = new Conversation(socket);
    await once(socket, 'connect');
    return await talk(conversation);
  } finally {
    socket.destroy();
  }
}

/** Responses from a connection, one after the other. */
class Conversation {
  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.socket = socket;
    /** @type {Buffer[]} */
    this.received = [];
    this.receivedBytes = 0;
    /** Before so many there is nothing new to see: what is large is put together once. */
    this.neededBytes = 0;
    /** @type {Error | undefined} */
    this.error = undefined;
    this.wake = () => {};
    socket.on('data', (data) => {
      this.received.push(data);
      this.receivedBytes += data.length;
      if (this.receivedBytes >= this.neededBytes) this.wake();
    });
    for (const event of ['error', 'close']) {
      socket.on(event, (/** @type {unknown} */ error) => {
        this.error ??= error instanceof Error ? error : new Error('the server closed the connection');
        this.wake();
      });
    }
  }

  /** @param {string} text */
  send(text) {
    this.socket.write(text);
  }

  /** @returns {Promise<Response>} */
  async receive() {
    const late = new Error(`no answer in ${ANSWER_TIMEOUT_MS / 1000} s`);
    const timer = setTimeout(() => this.socket.destroy(late), ANSWER_TIMEOUT_MS);
    try {
      for (;;) {
        const response = this.#take();
        if (response !== undefined) return response;
        if (this.error !== undefined) throw this.error;
        await new Promise((resolve) => {
          this.wake = () => resolve(undefined);
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns {Response | undefined}  undefined: not all of it has come */
  #take() {
    const all = Buffer.concat(this.received);
    const end = all.indexOf('\r\n\r\n') + 4;
    if (end < 4) return this.#keep(all, all.length + 1);
    const head = all.toString('latin1', 0, end);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    const length = status === 304 ? 0 : Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
    if (Number.isNaN(status + length)) throw new Error(`a response without status or Content-Length: ${head.trim()}`);
    if (all.length < end + length) return this.#keep(all, end + length);
    this.#keep(all.subarray(end + length), 0);
    return { status, head, body: all.subarray(end, end + length) };
  }

  /** @param {Buffer} bytes @param {number} neededBytes @returns {undefined} */
  #keep(bytes, neededBytes) {
    this.received = [bytes];
    this.receivedBytes = bytes.length;
    this.neededBytes = neededBytes;
  }
}

/** @param {Response} response @param {Exchange} exchange */
function requireRight({ status, body }, exchange) {
  const wrong = `wrong answer to ${exchange.request.split('\r\n')[0]}`;
  if (status !== exchange.status) throw new Error(`${wrong}: ${status} instead of ${exchange.status}`);
  if (!body.equals(exchange.body)) {
    throw new Error(`${wrong}: ${body.length} bytes that are not the ${exchange.body.length} expected`);
  }
}
