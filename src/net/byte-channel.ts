/**
 * The bytes of one connection, into the kernel and out of it. All reads and writes of a Connection pass here, and the
 * descriptor is closed here: a channel that encrypts would have the same methods, with a session between them and the socket.
 *
 * A method returns what its system call returns: n >= 0, or -errno.
 */
import { constants, native } from '../native/addon.js';

const { MSG_MORE, MSG_NOSIGNAL, MSG_PEEK, SHUT_RDWR, SHUT_WR, SOL_SOCKET, SO_LINGER } = constants;

const peeked = Buffer.alloc(1);

export class ByteChannel {
  /** For the reactor. */
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

  /** Whether a receive() would give bytes, which it then still does. @returns 1, or 0 at the end of the stream */
  peek(): number {
    return native.recv(this.fd, peeked, 0, 1, MSG_PEEK);
  }

  /** @param hasMoreBehind  these bytes wait for the next ones, such as a head for its file, and leave in one packet with them */
  send(bytes: Uint8Array, offset: number, hasMoreBehind: boolean): number {
    if (offset === 0 && !hasMoreBehind) return native.send(this.fd, bytes);
    const flags = hasMoreBehind ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL;
    return native.send(this.fd, bytes, offset, bytes.length - offset, flags);
  }

  /** Sends several pieces in one call, of the first one only what follows `firstOffset`. */
  sendAll(pieces: readonly Uint8Array[], firstOffset: number): number {
    return native.writev(this.fd, pieces, firstOffset);
  }

  /** @returns  0 at the end of the file */
  sendFile(fileFd: number, position: number, count: number): number {
    return native.sendfile(this.fd, fileFd, position, count);
  }

  /** sendFile() on a thread, which may wait for a disk. The channel has to stay open until `done` is called. */
  sendFileOnThread(fileFd: number, position: number, count: number, done: (n: number) => void): void {
    native.sendfile_job(this.fd, fileFd, position, count, done);
  }

  /** The peer reads the end of the stream behind all that was sent. */
  endSending(): void {
    native.shutdown(this.fd, SHUT_WR);
  }

  /** Both directions end now, for a thread that is in sendFileOnThread(), too. */
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
