/**
 * A DrivenClient that speaks TLS 1.2. It resumes a session of node:tls, so a handshake has no public keys in it and costs
 * a tenth of a millisecond, and all is computed within the call: ten thousand conversations take seconds.
 *
 *   client                            server           RFC 5246 §7.3, RFC 5077 §3.1
 *   ClientHello with the ticket   →
 *                                 ←   ServerHello, [NewSessionTicket], [ChangeCipherSpec], Finished
 *   [ChangeCipherSpec], Finished  →
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import { DrivenClient } from './driven-client.js';
import { transport } from './transport.js';

/** The part of a session that a client keeps. */
export interface TlsTicket {
  readonly ticket: Buffer;
  readonly masterSecret: Buffer;
}

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const FINISHED = 20;

const VERSION = [3, 3];
const CIPHER = 'ECDHE-ECDSA-AES128-GCM-SHA256';
const CIPHER_SUITE = [0xc0, 0x2b];
const EXTENDED_MASTER_SECRET = 23;
const SESSION_TICKET = 35;

const HEADER_BYTES = 5;
const SALT_BYTES = 4;
const NONCE_BYTES = 8;
const TAG_BYTES = 16;
const KEY_BYTES = 16;
const RECORD_BYTES_MAX = 2 ** 14;

/** Makes a session. The server needs a certificate with a key of P-256. */
export async function takeTicket({ address, port }: InternetAddress): Promise<TlsTicket> {
  const socket = connect({ host: address, port, rejectUnauthorized: false, ciphers: CIPHER, maxVersion: 'TLSv1.2' });
  const [line] = (await once(socket, 'keylog')) as [Buffer];
  await once(socket, 'secureConnect');
  const ticket = socket.getTLSTicket();
  if (ticket === undefined) throw new Error('the server has sent no ticket');
  socket.destroy();
  return { ticket, masterSecret: Buffer.from(line.toString().trim().split(' ')[2] as string, 'hex') };
}

/** A client that speaks plain HTTP or TLS, as the servers of the test file do. */
export async function openDriven(address: InternetAddress, turns: () => void): Promise<DrivenClient | DrivenTlsClient> {
  if (transport.tls === undefined) return new DrivenClient(address);
  return new DrivenTlsClient(address, await takeTicket(address), turns);
}

export class DrivenTlsClient {
  readonly #socket: DrivenClient;
  readonly #masterSecret: Buffer;
  readonly #clientRandom = randomBytes(32);
  readonly #messages: Buffer[] = [];
  /** Set by the server's ChangeCipherSpec. */
  #receiving: Sealing | undefined;
  #sending: Sealing | undefined;
  #serverRandom: Buffer = Buffer.alloc(0);
  #opened = 0;
  #hasClosed = false;
  readonly #parts: Buffer[] = [];

  /**
   * Connects, and does the handshake.
   * @param turns   lets the server do all that it can with what has come
   * @param before  pieces that are sent one by one before the first byte of TLS, the last one in one packet with it
   */
  constructor(
    address: InternetAddress,
    { ticket, masterSecret }: TlsTicket,
    turns: () => void,
    before: readonly Uint8Array[] = [],
  ) {
    this.#masterSecret = masterSecret;
    this.#socket = new DrivenClient(address);
    const hello = message(
      CLIENT_HELLO,
      Buffer.from(VERSION),
      this.#clientRandom,
      Buffer.from([1, 1, 0, 2, ...CIPHER_SUITE, 1, 0]), // a session id, which the server repeats; the suite; no compression
      vector(extension(EXTENDED_MASTER_SECRET), extension(SESSION_TICKET, ticket)),
    );
    this.#messages.push(hello);
    for (const piece of before.slice(0, -1)) {
      this.#socket.send(piece, turns);
      turns();
    }
    this.#socket.send(Buffer.concat([...before.slice(-1), record(HANDSHAKE, hello)]), turns);
    turns();
    this.receive();
  }

  get isEstablished(): boolean {
    return this.#sending !== undefined;
  }

  /** close_notify, and then the end of the stream. */
  get hasEnded(): boolean {
    return this.#hasClosed && this.#socket.hasEnded;
  }

  get errno(): number {
    return this.#socket.errno;
  }

  get received(): Buffer {
    return Buffer.concat(this.#parts);
  }

  /** As DrivenClient.send(); each call is a record of its own, or several. */
  send(bytes: Uint8Array, makeRoom: () => void): void {
    if (this.#socket.isOver) return;
    for (let at = 0; at < bytes.length; at += RECORD_BYTES_MAX) {
      this.#sendSealed(APPLICATION_DATA, bytes.subarray(at, at + RECORD_BYTES_MAX), makeRoom);
    }
  }

  receive(): void {
    this.#socket.receive();
    const bytes = this.#socket.received.subarray(this.#opened);
    let at = 0;
    while (at + HEADER_BYTES <= bytes.length) {
      const end = at + HEADER_BYTES + bytes.readUInt16BE(at + 3);
      if (end > bytes.length) break;
      this.#open(bytes[at] as number, bytes.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    this.#opened += at;
  }

  /** close_notify, and the end of this half. */
  shutWriting(): void {
    this.#sendSealed(ALERT, Buffer.from([1, 0]), () => {});
    this.#socket.shutWriting();
  }

  /** Resets the connection. */
  close(): void {
    this.#socket.close();
  }

  #sendSealed(type: number, bytes: Uint8Array, makeRoom: () => void): void {
    if (this.#sending === undefined) throw new Error('the handshake is not over');
    this.#socket.send(record(type, this.#sending.seal(type, bytes)), makeRoom);
  }

  #open(type: number, sealed: Buffer): void {
    if (type === CHANGE_CIPHER_SPEC) {
      this.#deriveKeys();
      return;
    }
    const bytes = this.#receiving === undefined ? sealed : this.#receiving.open(type, sealed);
    if (type === APPLICATION_DATA) this.#parts.push(bytes);
    else if (type === HANDSHAKE) this.#onMessages(bytes);
    else if (bytes[1] === 0) this.#hasClosed = true;
    else throw new Error(`alert ${bytes[1]}`);
  }

  #onMessages(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const end = at + 4 + bytes.readUIntBE(at + 1, 3);
      const type = bytes[at];
      this.#messages.push(bytes.subarray(at, end));
      if (type === SERVER_HELLO) this.#serverRandom = bytes.subarray(at + 6, at + 38);
      if (type === FINISHED) this.#finish();
      at = end;
    }
  }

  #deriveKeys(): void {
    const seed = Buffer.concat([this.#serverRandom, this.#clientRandom]);
    const keys = expand(this.#masterSecret, 'key expansion', seed, 2 * (KEY_BYTES + SALT_BYTES));
    const salts = keys.subarray(2 * KEY_BYTES);
    this.#receiving = new Sealing(keys.subarray(KEY_BYTES, 2 * KEY_BYTES), salts.subarray(SALT_BYTES));
    this.#sending = new Sealing(keys.subarray(0, KEY_BYTES), salts.subarray(0, SALT_BYTES));
  }

  #finish(): void {
    const hash = createHash('sha256').update(Buffer.concat(this.#messages)).digest();
    const finished = message(FINISHED, expand(this.#masterSecret, 'client finished', hash, 12));
    this.#socket.send(record(CHANGE_CIPHER_SPEC, Buffer.from([1])), () => {});
    this.#sendSealed(HANDSHAKE, finished, () => {});
  }
}

/** AES-128-GCM of one direction (RFC 5288 §3). */
class Sealing {
  readonly #key: Buffer;
  readonly #salt: Buffer;
  #sequence = 0n;

  constructor(key: Buffer, salt: Buffer) {
    this.#key = key;
    this.#salt = salt;
  }

  seal(type: number, bytes: Uint8Array): Buffer {
    const nonce = this.#next();
    const cipher = createCipheriv('aes-128-gcm', this.#key, Buffer.concat([this.#salt, nonce]));
    cipher.setAAD(additionalData(nonce, type, bytes.length));
    return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }

  open(type: number, sealed: Buffer): Buffer {
    const end = sealed.length - TAG_BYTES;
    const nonce = Buffer.concat([this.#salt, sealed.subarray(0, NONCE_BYTES)]);
    const decipher = createDecipheriv('aes-128-gcm', this.#key, nonce);
    decipher.setAAD(additionalData(this.#next(), type, end - NONCE_BYTES));
    decipher.setAuthTag(sealed.subarray(end));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]);
  }

  #next(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(this.#sequence++);
    return bytes;
  }
}

function additionalData(sequence: Buffer, type: number, length: number): Buffer {
  return Buffer.concat([sequence, Buffer.from([type, ...VERSION, length >> 8, length & 0xff])]);
}

/** PRF of RFC 5246 §5. */
function expand(secret: Buffer, label: string, seed: Buffer, length: number): Buffer {
  const hmac = (bytes: Buffer): Buffer => createHmac('sha256', secret).update(bytes).digest();
  const labelled = Buffer.concat([Buffer.from(label), seed]);
  const blocks: Buffer[] = [];
  for (let a = hmac(labelled); blocks.length * 32 < length; a = hmac(a))
    blocks.push(hmac(Buffer.concat([a, labelled])));
  return Buffer.concat(blocks).subarray(0, length);
}

function record(type: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, ...VERSION, bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function message(type: number, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.from([type, 0, 0, 0]);
  head.writeUIntBE(
    parts.reduce((length, part) => length + part.length, 0),
    1,
    3,
  );
  return Buffer.concat([head, ...parts]);
}

function extension(type: number, content: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from([type >> 8, type & 0xff]), vector(content)]);
}

/** The bytes after their length, which takes two bytes. */
function vector(...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([content.length >> 8, content.length & 0xff]), content]);
}
