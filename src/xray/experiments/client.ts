/** One client of an experiment: a connection that acts step by step, and reports what it does. */
import { randomInt } from 'node:crypto';
import * as sockets from '../../linux/sockets.js';
import { constants, native } from '../../native/addon.js';
import { SystemError } from '../../native/system-error.js';
import type { Reactor } from '../../reactor/reactor.js';
import { ONE_SHOT, READABLE, WRITABLE } from '../../reactor/readiness.js';
import type { ClientAct, ClientActed } from '../records.js';

const ADDRESS = '127.0.0.1';

/** tcp(7); the addon has no name for it. */
const TCP_MAXSEG = 2;

/**
 * As in a network, and not 64 KiB as on the loopback: the kernel sizes a send buffer by the segments. The server's holds 200 KB for such a
 * client, instead of 4 MB, so a person sees it fill within some twenty responses.
 */
const SEGMENT_BYTES = 1_400;
const RECEIVE_BUFFER_BYTES = 16 * 1024;

/** Everything is read into it, and dropped. */
const room = Buffer.allocUnsafe(64 * 1024);

/**
 * An address of the loopback that no other client has. The kernel remembers of two addresses how much their packets were
 * reordered (tcp_metrics), and sizes the send buffer by that, too: up to 1.4 MB after heavy traffic, which never fills.
 */
function ownAddress(): string {
  return `127.${1 + randomInt(250)}.${randomInt(256)}.${1 + randomInt(254)}`;
}

/** Shared by the clients of a process. */
export interface Stage {
  readonly reactor: Reactor;
  readonly port: number;
  report(act: ClientActed): void;
}

/** Each method throws SystemError ECONNRESET | EPIPE when the server has cut the connection. */
export class Client {
  readonly #stage: Stage;
  readonly #number: number;
  readonly #fd = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM | sockets.SOCK_NONBLOCK);
  #port = 0;
  /** Bytes of a response that follow those that were read. */
  #unread = Buffer.alloc(0);

  private constructor(stage: Stage, number: number) {
    this.#stage = stage;
    this.#number = number;
  }

  /** Resolves when the kernel has connected it: the program may not have accepted it yet. */
  static async connect(stage: Stage, number: number): Promise<Client> {
    const client = new Client(stage, number);
    await client.#connect();
    return client;
  }

  async #connect(): Promise<void> {
    sockets.setsockopt(this.#fd, sockets.IPPROTO_TCP, TCP_MAXSEG, SEGMENT_BYTES);
    sockets.setsockopt(this.#fd, sockets.SOL_SOCKET, constants.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
    sockets.bind(this.#fd, { address: ownAddress(), port: 0 });
    try {
      sockets.connect(this.#fd, { address: ADDRESS, port: this.#stage.port });
    } catch (error) {
      if (!(error instanceof SystemError && error.code === 'EINPROGRESS')) throw error;
    }
    await this.#ready(WRITABLE);
    const errno = sockets.getsockopt(this.#fd, sockets.SOL_SOCKET, sockets.SO_ERROR);
    if (errno !== 0) throw new SystemError(-errno, 'connect', { address: ADDRESS, port: this.#stage.port });
    sockets.setsockopt(this.#fd, sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1); // each write is a packet
    const own = sockets.getsockname(this.#fd);
    this.#port = 'port' in own ? own.port : 0;
    this.#report('connect');
  }

  async send(text: string): Promise<void> {
    const bytes = Buffer.from(text, 'latin1');
    for (let sent = 0; sent < bytes.length; ) {
      const n = sockets.send(this.#fd, bytes.subarray(sent));
      if (n === sockets.WOULD_BLOCK) await this.#ready(WRITABLE);
      else sent += n;
    }
    this.#report('send', bytes.length);
  }

  /** Reads whole responses, and reports their bytes. @returns  the bytes of all; fewer responses if the server ends */
  async receive(count: number): Promise<number> {
    let total = 0;
    for (let i = 0; i < count; i++) {
      const length = await this.#receiveOne();
      if (length === 0) break;
      total += length;
    }
    this.#report('receive', total);
    return total;
  }

  /** Reads to the end of the stream. */
  async receiveAll(): Promise<void> {
    let total = this.#unread.length;
    for (let n = await this.#recv(); n > 0; n = await this.#recv()) total += n;
    this.#report('receive', total);
  }

  stopsReading(): void {
    this.#report('stop-reading');
  }

  readsAgain(): void {
    this.#report('read-again');
  }

  /** Sends no more. */
  halfClose(): void {
    sockets.shutdown(this.#fd, sockets.SHUT_WR);
    this.#report('half-close');
  }

  /** Vanishes: the server gets RST. */
  reset(): void {
    native.setsockopt(this.#fd, constants.SOL_SOCKET, constants.SO_LINGER, 0);
    sockets.close(this.#fd);
    this.#report('reset');
  }

  close(): void {
    sockets.close(this.#fd);
    this.#report('close');
  }

  /** @returns  bytes of a response with Content-Length; 0 at the end of the stream */
  async #receiveOne(): Promise<number> {
    for (;;) {
      const end = this.#unread.indexOf('\r\n\r\n');
      if (end === -1) {
        const n = await this.#recv();
        if (n === 0) return 0;
        this.#unread = Buffer.concat([this.#unread, room.subarray(0, n)]);
        continue;
      }
      const [, length = '0'] = /^content-length: *(\d+)/im.exec(this.#unread.toString('latin1', 0, end)) ?? [];
      const total = end + 4 + Number(length);
      let missing = total - this.#unread.length;
      this.#unread = this.#unread.subarray(Math.min(total, this.#unread.length));
      while (missing > 0) {
        const n = await this.#recv();
        if (n === 0) return 0;
        if (n > missing) this.#unread = Buffer.from(room.subarray(missing, n));
        missing -= n;
      }
      return total;
    }
  }

  async #recv(): Promise<number> {
    for (;;) {
      const n = sockets.recv(this.#fd, room);
      if (n !== sockets.WOULD_BLOCK) return n;
      await this.#ready(READABLE);
    }
  }

  async #ready(interest: number): Promise<void> {
    const { reactor } = this.#stage;
    await new Promise<void>((resolve) => reactor.register(this.#fd, interest | ONE_SHOT, () => resolve()));
    reactor.unregister(this.#fd);
  }

  #report(does: ClientAct, bytes?: number): void {
    const t = Number(process.hrtime.bigint() / 1000n);
    this.#stage.report({ t, client: this.#number, does, port: this.#port, ...(bytes !== undefined && { bytes }) });
  }
}
