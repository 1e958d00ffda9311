/**
 * A client for a server in the test's own process, driven in step with it: no call waits. So ten thousand conversations take
 * seconds, and each is the same every time.
 */

import { constants as os } from 'node:os';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import * as sockets from '../../src/linux/sockets.js';
import { constants, native } from '../../src/native/addon.js';
import { isWouldBlock } from '../../src/native/errno.js';

const room = Buffer.alloc(64 * 1024);

export class DrivenClient {
  readonly #fd = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM);
  readonly #parts: Buffer[] = [];
  #hasEnded = false;
  #errno = 0;

  constructor(address: InternetAddress) {
    sockets.connect(this.#fd, address); // the kernel completes it, even before the server accepts
    sockets.setblocking(this.#fd, false);
    // A byte that is sent alone must arrive alone, and at once.
    sockets.setsockopt(this.#fd, sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1);
    // Closing resets: otherwise each connection would keep one of 28,000 ports for a minute (TIME_WAIT).
    sockets.setsockopt(this.#fd, sockets.SOL_SOCKET, constants.SO_LINGER, 0);
  }

  /** The server has ended its half. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Such as ECONNRESET; 0 for none. */
  get errno(): number {
    return this.#errno;
  }

  get isOver(): boolean {
    return this.#hasEnded || this.#errno !== 0;
  }

  /** All bytes that have come. */
  get received(): Buffer {
    return Buffer.concat(this.#parts);
  }

  /**
   * Sends bytes, unless the connection is over.
   * @param makeRoom  lets the server read; called while the socket is full
   */
  send(bytes: Uint8Array, makeRoom: () => void): void {
    for (let sent = 0; sent < bytes.length && !this.isOver; ) {
      const n = native.send(this.#fd, bytes, sent, bytes.length - sent, constants.MSG_NOSIGNAL);
      if (n >= 0) sent += n;
      else if (isWouldBlock(n)) makeRoom();
      else if (n === -os.errno.EPIPE || n === -os.errno.ECONNRESET) this.receive();
      else throw new Error(`send: ${n}`);
      if (n < 0 && !isWouldBlock(n) && !this.isOver) throw new Error(`send: ${n}, but the connection is not over`);
    }
  }

  /** Receives all bytes that are there. */
  receive(): void {
    while (!this.isOver) {
      const n = native.recv(this.#fd, room, 0, room.length, 0);
      if (n > 0) this.#parts.push(Buffer.from(room.subarray(0, n)));
      else if (n === 0) this.#hasEnded = true;
      else if (isWouldBlock(n)) return;
      else this.#errno = -n;
    }
  }

  /** Ends this half. */
  shutWriting(): void {
    native.shutdown(this.#fd, constants.SHUT_WR);
  }

  /** Resets the connection. */
  close(): void {
    sockets.close(this.#fd);
  }
}
