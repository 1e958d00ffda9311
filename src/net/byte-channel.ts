/**
 * The socket of one connection. All reads and writes of a Connection pass through it, and it closes the descriptor.
 * tls/tls-channel.ts has the same methods, with encryption between them and the socket.
 *
 * A method returns the result of its system call: n >= 0, or -errno.
 */
import { constants, native } from '../native/addon.js';

const { MSG_MORE, MSG_NOSIGNAL, MSG_PEEK, SHUT_RDWR, SHUT_WR, SOL_SOCKET, SO_LINGER } = constants;

const peeked = Buffer.alloc(1);

export class ByteChannel {
  /** The reactor waits for it. */
  readonly fd: number;

  /** @param fd  a non-blocking stream; the channel owns it */
  constructor(fd: number) {
    this.fd = fd;
  }

  /** Fills the buffer from `offset` on. @returns 0 at the end of the stream */
  receive(buffer: Uint8Array, offset: number): number {
    return offset === 0
      ? native.recv(this.fd, buffer)
      : native.recv(this.fd, buffer, offset, buffer.length - offset, 0);
  }

  /**
   * Whether receive() has read all bytes that the kernel had.
   * @param n     the result of receive()
   * @param room  bytes for which there was room
   */
  hasTakenAll(n: number, room: number): boolean {
    return n < room;
  }

  /** Looks whether a byte can be received, without taking it. @returns 1, or 0 at the end of the stream */
  peek(): number {
    return native.recv(this.fd, peeked, 0, 1, MSG_PEEK);
  }

  /** @param hasMoreBehind  more bytes follow, such as a file after its head: the kernel sends both in one packet */
  send(bytes: Uint8Array, offset: number, hasMoreBehind: boolean): number {
    if (offset === 0 && !hasMoreBehind) return native.send(this.fd, bytes);
    const flags = hasMoreBehind ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL;
    return native.send(this.fd, bytes, offset, bytes.length - offset, flags);
  }

  /** Sends several pieces in one call; the first piece from `firstOffset` on. */
  sendAll(pieces: readonly Uint8Array[], firstOffset: number): number {
    return native.writev(this.fd, pieces, firstOffset);
  }

  /** @returns  0 at the end of the file */
  sendFile(fileFd: number, position: number, count: number): number {
    return native.sendfile(this.fd, fileFd, position, count);
  }

  /** sendFile() on a thread, which may wait for a disk. The caller keeps the channel open until `done` is called. */
  sendFileOnThread(fileFd: number, position: number, count: number, done: (n: number) => void): void {
    native.sendfile_job(this.fd, fileFd, position, count, done);
  }

  /** Sends close_notify of TLS, which tells the peer that the stream is complete. Plain bytes have no such message. */
  sendEnd(): number {
    return 0;
  }

  /** The peer reads the end of the stream after everything that was sent. */
  endSending(): void {
    native.shutdown(this.fd, SHUT_WR);
  }

  /** Ends both directions now, also for a thread that is in sendFileOnThread(). */
  endBoth(): void {
    native.shutdown(this.fd, SHUT_RDWR);
  }

  /** close() will reset the connection: the kernel drops what the peer has not read. */
  resetOnClose(): void {
    native.setsockopt(this.fd, SOL_SOCKET, SO_LINGER, 0);
  }

  close(): void {
    native.close(this.fd);
  }
}
