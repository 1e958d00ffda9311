/** Two connected sockets of TCP: one non-blocking, for what is tested; the other for the test. */

import type { InternetAddress } from '../../src/linux/socket-address.js';
import * as sockets from '../../src/linux/sockets.js';
import { native } from '../../src/native/addon.js';
import { checked } from '../../src/native/system-error.js';

const MSG_OOB = 1; // <sys/socket.h>; of no use but here

export class TcpPair {
  /** For what is tested, which closes it. */
  readonly fd: number;
  readonly #peerFd: number;

  constructor() {
    const listener = sockets.listeningSocket({ address: '127.0.0.1', port: 0 }, 1);
    this.#peerFd = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM);
    sockets.connect(this.#peerFd, sockets.getsockname(listener) as InternetAddress);
    this.fd = (sockets.accept(listener, sockets.SOCK_NONBLOCK) as sockets.Accepted).fd;
    sockets.close(listener);
  }

  /** On loopback it has arrived when this returns. */
  write(text: string): void {
    sockets.send(this.#peerFd, Buffer.from(text, 'latin1'));
  }

  /** "Urgent": a byte beside the others, at which a read of these stops (tcp(7)). */
  writeUrgent(byte: string): void {
    checked(native.send(this.#peerFd, Buffer.from(byte), 0, 1, MSG_OOB), 'send');
  }

  close(): void {
    sockets.close(this.#peerFd);
  }
}
