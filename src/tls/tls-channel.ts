/** A ByteChannel whose bytes are encrypted: a session of OpenSSL stands between the connection and the socket. */
import { constants, native } from '../native/addon.js';
import { isWouldBlock } from '../native/errno.js';
import type { ByteChannel } from '../net/byte-channel.js';
import { type TlsSession, type TlsSessionDetails, tlsAddon } from './tls-api.js';

const { MSG_MORE, MSG_NOSIGNAL, MSG_PEEK, SHUT_RDWR, SHUT_WR, SOL_SOCKET, SO_LINGER } = constants;

/** A thread reads this many bytes from a disk at once. They stay in memory until they are encrypted. */
const JOB_BYTES_MAX = 256 * 1024;

/** The failure of a session whose client speaks plain HTTP. */
const PLAIN_HTTP = 'plain HTTP request';

const PLAIN_HTTP_ANSWER = ((body) =>
  Buffer.from(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  ))('This port speaks HTTPS: the address begins with https://\n');

const peeked = Buffer.alloc(1);
/** Filled by recv(). */
const status = new Int32Array(1);

/** Called at the end of a handshake, with its details or with the reason of its failure. */
type HandshakeListener = (details: TlsSessionDetails | undefined, failure: string) => void;

export class TlsChannel implements ByteChannel {
  readonly fd: number;
  readonly #session: TlsSession;
  /** undefined: the handshake is over. */
  #onHandshake: HandshakeListener | undefined;
  #isDrained = true;
  #resets = false;

  /** @param session  of `fd`; the channel owns both */
  constructor(fd: number, session: TlsSession, onHandshake: HandshakeListener) {
    this.fd = fd;
    this.#session = session;
    this.#onHandshake = onHandshake;
  }

  receive(buffer: Uint8Array, offset: number): number {
    const n = this.#session.recv(buffer, offset, status);
    const bits = status[0] as number;
    this.#isDrained = (bits & tlsAddon().constants.STATUS_DRAINED) !== 0;
    if (this.#onHandshake !== undefined) this.#onHandshakeStep(n, bits);
    return n;
  }

  hasTakenAll(): boolean {
    return this.#isDrained;
  }

  /** Looks at ciphertext, which need not contain a byte of a request: the close_notify of a closed tab also counts. */
  peek(): number {
    if (this.#session.hasPartialRecord()) return 1;
    return native.recv(this.fd, peeked, 0, 1, MSG_PEEK);
  }

  send(bytes: Uint8Array, offset: number, hasMoreBehind: boolean): number {
    return this.#session.send(bytes, offset, hasMoreBehind ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL);
  }

  sendAll(pieces: readonly Uint8Array[], firstOffset: number): number {
    return this.#session.writev(pieces, firstOffset);
  }

  sendFile(fileFd: number, position: number, count: number): number {
    return this.#session.sendfile(fileFd, position, count);
  }

  /** A disk thread reads the bytes, and this thread encrypts them. */
  sendFileOnThread(fileFd: number, position: number, count: number, done: (n: number) => void): void {
    native.pread_job(fileFd, Math.min(count, JOB_BYTES_MAX), position, (n, bytes) => {
      done(n > 0 ? this.#sendRead(bytes.subarray(0, n)) : n);
    });
  }

  #sendRead(bytes: Buffer): number {
    let sent = 0;
    while (sent < bytes.length) {
      const n = this.#session.send(bytes, sent, MSG_NOSIGNAL);
      if (n < 0) return sent > 0 && isWouldBlock(n) ? sent : n;
      sent += n;
    }
    return sent;
  }

  sendEnd(): number {
    return this.#session.shutdown();
  }

  endSending(): void {
    native.shutdown(this.fd, SHUT_WR);
  }

  endBoth(): void {
    native.shutdown(this.fd, SHUT_RDWR);
  }

  resetOnClose(): void {
    this.#resets = true;
    native.setsockopt(this.fd, SOL_SOCKET, SO_LINGER, 0);
  }

  close(): void {
    this.#endHandshake(undefined, 'unfinished');
    if (!this.#resets) this.#session.shutdown();
    this.#session.free();
    native.close(this.fd);
  }

  #onHandshakeStep(n: number, bits: number): void {
    if ((bits & tlsAddon().constants.STATUS_ESTABLISHED) !== 0) {
      this.#endHandshake(this.#session.details(), '');
    } else if (!isWouldBlock(n)) {
      const failure = this.#session.failure() ?? 'connection lost';
      // One attempt. A request that is one packet was read whole, so closing does not reset the connection.
      if (failure === PLAIN_HTTP) {
        native.send(this.fd, PLAIN_HTTP_ANSWER, 0, PLAIN_HTTP_ANSWER.length, MSG_NOSIGNAL);
      }
      this.#endHandshake(undefined, failure);
    }
  }

  #endHandshake(details: TlsSessionDetails | undefined, failure: string): void {
    const onHandshake = this.#onHandshake;
    this.#onHandshake = undefined;
    onHandshake?.(details, failure);
  }
}
