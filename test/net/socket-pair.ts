/** Two connected sockets, non-blocking: one for what is tested, the other for the test, which reads and writes it at once. */

import { closeSync } from 'node:fs';
import { constants as os } from 'node:os';
import { constants, native } from '../../src/native/addon.js';
import { checked } from '../../src/native/system-error.js';
import { ByteChannel } from '../../src/net/byte-channel.js';

const { AF_UNIX, MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM, SHUT_WR, SO_SNDBUF, SOL_SOCKET } = constants;
const { EAGAIN } = os.errno;

export class SocketPair {
  /** For what is tested. */
  readonly fd: number;
  /** The same. */
  readonly channel: ByteChannel;
  readonly #peerFd: number;
  #isPeerOpen = true;

  /** @param sendBufferBytes  room for what is sent on `fd`; the kernel doubles it, and has a least of its own */
  constructor(sendBufferBytes?: number) {
    const fds = new Int32Array(2);
    checked(native.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 'socketpair');
    [this.fd, this.#peerFd] = fds as unknown as [number, number];
    this.channel = new ByteChannel(this.fd);
    if (sendBufferBytes !== undefined) {
      checked(native.setsockopt(this.fd, SOL_SOCKET, SO_SNDBUF, sendBufferBytes), 'setsockopt');
    }
  }

  /** The numbers of both. */
  get fds(): readonly [number, number] {
    return [this.fd, this.#peerFd];
  }

  /** All that has come, up to `max` bytes. */
  read(max = Number.POSITIVE_INFINITY): Buffer {
    const chunks: Buffer[] = [];
    let left = max;
    while (left > 0) {
      const chunk = Buffer.alloc(Math.min(left, 65_536));
      const n = native.recv(this.#peerFd, chunk, 0, chunk.length, 0);
      if (n === -EAGAIN || n === 0) break;
      chunks.push(chunk.subarray(0, checked(n, 'recv')));
      left -= n;
    }
    return Buffer.concat(chunks);
  }

  /** Whether the other side has ended the stream, and nothing is left to read. */
  get hasEnded(): boolean {
    return native.recv(this.#peerFd, Buffer.alloc(1), 0, 1, constants.MSG_PEEK) === 0;
  }

  write(text: string | Buffer): void {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    const n = checked(native.send(this.#peerFd, bytes, 0, bytes.length, MSG_NOSIGNAL), 'send');
    if (n !== bytes.length) throw new Error(`the socket took ${n} of ${bytes.length} bytes`);
  }

  /** Shuts the test's writing half. */
  shutWriting(): void {
    checked(native.shutdown(this.#peerFd, SHUT_WR), 'shutdown');
  }

  closePeer(): void {
    if (this.#isPeerOpen) closeSync(this.#peerFd);
    this.#isPeerOpen = false;
  }

  /** Closes both; `fd` only if it is still open. */
  close(): void {
    this.closePeer();
    if (isOpen(this.fd)) closeSync(this.fd);
  }
}

export function isOpen(fd: number): boolean {
  return native.fcntl(fd, constants.F_GETFD, 0) >= 0;
}
