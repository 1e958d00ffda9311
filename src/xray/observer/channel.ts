/** The connection of a thread with the X-ray: lines of JSON. It never waits: lines for which the socket has no room are dropped. */
import { encodeAddress } from '../../linux/socket-address.js';
import { errorCode, isInterrupted, isNotReady } from '../../native/errno.js';
import type { Native, OwnedFd } from '../../native/native-api.js';
import { type Command, LINE_BYTES_MAX, type ObservedLine } from '../protocol.js';

/** The descriptor gets at least the first of these numbers that the limit allows, so that the program's own numbers stay as usual. */
const NUMBERS_MIN = [500, 200, 100, 0];

/** The socket file of a killed X-ray stays, but no process listens on it. */
const GONE = ['ENOENT', 'ECONNREFUSED'];

const NEWLINE = 10;

export class Channel {
  readonly #native: Native;
  /** Closed at the end of the thread. */
  readonly #socket: OwnedFd;
  readonly #room = Buffer.allocUnsafe(4096);
  #received: Buffer = Buffer.alloc(0);
  /** The rest of lines that the socket took in part. While there is a rest, lines are dropped. */
  #unsent: Buffer = Buffer.alloc(0);
  #dropped = 0;

  private constructor(native: Native, fd: number) {
    this.#native = native;
    this.#socket = new native.OwnedFd(fd);
  }

  /** @returns  'gone' if the X-ray has ended; undefined if this thread may not connect, such as within a sandbox */
  static open(native: Native, path: string): Channel | 'gone' | undefined {
    const { AF_UNIX, SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC, F_DUPFD_CLOEXEC } = native.constants;
    const low = native.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (low < 0) return undefined;
    const connected = native.connect(low, encodeAddress({ path }));
    let fd = -1;
    for (const min of connected === 0 ? NUMBERS_MIN : []) {
      fd = native.fcntl(low, F_DUPFD_CLOEXEC, min);
      if (fd >= 0) break;
    }
    native.close(low);
    if (fd >= 0) return new Channel(native, fd);
    return connected < 0 && GONE.includes(errorCode(connected)) ? 'gone' : undefined;
  }

  /** -1 once it is closed, because the X-ray is gone. */
  get fd(): number {
    return this.#socket.fd;
  }

  /** The commands that have come. */
  receive(): Command[] {
    const { MSG_DONTWAIT } = this.#native.constants;
    for (;;) {
      if (this.fd < 0) return [];
      const n = this.#native.recv(this.fd, this.#room, 0, this.#room.length, MSG_DONTWAIT);
      if (isInterrupted(n)) continue;
      if (isNotReady(n)) break;
      if (n <= 0 || this.#received.length + n > LINE_BYTES_MAX) this.close();
      else this.#received = Buffer.concat([this.#received, this.#room.subarray(0, n)]);
    }
    const end = this.#received.lastIndexOf(NEWLINE) + 1;
    const lines = this.#received.toString('utf8', 0, end).split('\n').slice(0, -1);
    this.#received = this.#received.subarray(end);
    return lines.map((line) => JSON.parse(line) as Command);
  }

  /** Sends lines, or drops them: all, or those that are too long. */
  send(lines: readonly ObservedLine[]): void {
    if (this.fd < 0 || lines.length === 0) return;
    if (this.#unsent.length > 0) this.#write();
    if (this.#unsent.length > 0) {
      this.#dropped += lines.length;
      return;
    }
    const texts = lines.map(textOf).filter((text) => Buffer.byteLength(text) <= LINE_BYTES_MAX);
    const dropped = this.#dropped + lines.length - texts.length;
    if (dropped > 0) texts.unshift(textOf({ dropped }));
    this.#unsent = Buffer.from(texts.join(''));
    const hasBegun = this.#write();
    this.#dropped = hasBegun ? 0 : this.#dropped + lines.length;
    if (!hasBegun) this.#unsent = Buffer.alloc(0);
  }

  /** @returns  whether the socket took any */
  #write(): boolean {
    const { MSG_DONTWAIT, MSG_NOSIGNAL } = this.#native.constants;
    const total = this.#unsent.length;
    while (this.fd >= 0 && this.#unsent.length > 0) {
      const n = this.#native.send(this.fd, this.#unsent, 0, this.#unsent.length, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n >= 0) this.#unsent = this.#unsent.subarray(n);
      else if (isNotReady(n)) break;
      else if (!isInterrupted(n)) this.close();
    }
    return this.#unsent.length < total;
  }

  close(): void {
    this.#socket.close();
  }
}

function textOf(line: ObservedLine): string {
  return `${JSON.stringify(line)}\n`;
}
