/**
 * A TlsChannel on one end of a socketpair. node:tls makes the handshake at the other end; then the test takes its place, and
 * seals and opens the records itself, so that everything after the handshake happens at once and in order.
 */
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { Connection } from '../../src/net/connection.js';
import type { Reactor } from '../../src/reactor/reactor.js';
import { SecureContext } from '../../src/tls/secure-context.js';
import { selfSigned } from '../../src/tls/self-signed.js';
import type { TlsSession } from '../../src/tls/tls-api.js';
import { TlsChannel } from '../../src/tls/tls-channel.js';
import { RecordingProtocol } from '../net/recording-protocol.js';
import { SocketPair } from '../net/socket-pair.js';
import { ALERT, CLOSE_NOTIFY, DATA, HANDSHAKE, Records } from './records.js';

export const secure = new SecureContext(selfSigned({ names: ['localhost'], days: 1 }));

const room = Buffer.alloc(84 * 1024);

export interface TlsPairOptions {
  /** Room for what the server sends; the kernel doubles it, and has a least of its own. */
  readonly sendBufferBytes?: number;
  readonly client?: ConnectionOptions;
}

/** node:tls over a stream whose bytes the test carries. */
export class CarriedClient {
  readonly socket: TLSSocket;
  readonly #secrets = new Map<string, Buffer>();
  readonly #wire: Duplex;
  readonly #toServer: Buffer[] = [];
  #onWritten: () => void = () => {};

  constructor(options: ConnectionOptions = {}) {
    this.#wire = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => {
        this.#toServer.push(chunk);
        this.#onWritten();
        done();
      },
    });
    this.socket = connect({
      socket: this.#wire,
      rejectUnauthorized: false,
      ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256',
      ...options,
    });
    this.socket.on('keylog', (line: Buffer) => {
      const [label, , secret] = String(line).trim().split(' ') as [string, string, string];
      this.#secrets.set(label, Buffer.from(secret, 'hex'));
    });
    this.socket.on('error', () => {});
  }

  /** The bytes that it sends next. */
  async written(): Promise<Buffer> {
    if (this.#toServer.length === 0) await new Promise<void>((resolve) => (this.#onWritten = resolve));
    return Buffer.concat(this.#toServer.splice(0));
  }

  give(bytes: Buffer): void {
    if (bytes.length > 0) this.#wire.push(bytes);
  }

  /** The keys for data of the `CLIENT` or the `SERVER`. */
  records(sender: string): Records {
    return new Records(this.#secrets.get(`${sender}_TRAFFIC_SECRET_0`) as Buffer);
  }
}

export class TlsPair {
  readonly sockets: SocketPair;
  readonly channel: TlsChannel;
  readonly session: TlsSession;
  /** The end of the handshake, in the server's words: empty if it has succeeded. */
  readonly failures: string[] = [];
  #client: Records | undefined;
  #server: Records | undefined;
  /** The bytes of a record that the server has sent only in part. */
  #rest: Buffer = Buffer.alloc(0);
  /** Messages of the server at the end of the handshake. */
  readonly tickets: Buffer[] = [];
  /** The messages of the server that are not data: `alert 0`, `handshake 24`. */
  readonly others: string[] = [];

  constructor(sendBufferBytes?: number) {
    this.sockets = new SocketPair(sendBufferBytes);
    const { fd } = this.sockets;
    this.session = secure.accept(fd);
    this.channel = new TlsChannel(fd, this.session, (_details, failure) => this.failures.push(failure));
  }

  /** A pair after its handshake. */
  static async established(options: TlsPairOptions = {}): Promise<TlsPair> {
    const pair = new TlsPair(options.sendBufferBytes);
    await pair.shakeHands(options.client);
    return pair;
  }

  async shakeHands(options?: ConnectionOptions): Promise<void> {
    const client = new CarriedClient(options);
    const isSecure = once(client.socket, 'secureConnect');
    let answer: Buffer;
    do {
      this.sockets.write(await client.written());
      this.receive();
      answer = this.sockets.read();
      if (this.failures.length === 0) client.give(answer);
    } while (this.failures.length === 0);
    await isSecure;
    client.socket.removeAllListeners();
    this.#client = client.records('CLIENT');
    this.#server = client.records('SERVER');
    const records = this.#server.open(answer);
    for (let next = records.next(); next.done !== true; next = records.next()) this.tickets.push(next.value.content);
  }

  get client(): Records {
    return this.#client as Records;
  }

  /** A record of data from the client. */
  sends(text: string | Uint8Array): void {
    this.sockets.write(this.client.seal(DATA, Buffer.from(text as string)));
  }

  sendsCloseNotify(): void {
    this.sockets.write(this.client.seal(ALERT, CLOSE_NOTIFY));
  }

  /** One call of receive(): the text, or its result. */
  receive(): string | number {
    const n = this.channel.receive(room, 0);
    return n > 0 ? room.toString('latin1', 0, n) : n;
  }

  /** The data of all records that the client can read now. */
  read(max?: number): Buffer {
    return this.#open(this.sockets.read(max));
  }

  #open(bytes: Buffer): Buffer {
    const server = this.#server as Records;
    const records = server.open(Buffer.concat([this.#rest, bytes]));
    const data: Buffer[] = [];
    for (;;) {
      const { done, value } = records.next();
      if (done === true) {
        this.#rest = Buffer.from(value);
        return Buffer.concat(data);
      }
      const { type, content } = value;
      if (type === DATA) data.push(content);
      else this.others.push(type === ALERT ? `alert ${content[1]}` : `handshake ${content[0]}`);
      if (type === HANDSHAKE && content[0] === 24) server.nextKeys();
    }
  }

  close(): void {
    this.sockets.closePeer();
    this.channel.close();
  }
}

/** A Connection on the channel, with a protocol that notes its calls. */
export function recordedConnection(reactor: Reactor, channel: TlsChannel): RecordingProtocol {
  let protocol: RecordingProtocol | undefined;
  new Connection(reactor, channel, (its) => {
    protocol = new RecordingProtocol(its);
    return protocol;
  });
  return protocol as unknown as RecordingProtocol;
}

/** Turns until nothing is ready any more. Bounded: a connection that stays ready for nothing would spin. */
export function turnUntilQuiet(reactor: Reactor): void {
  for (let i = 0; i < 1000; i++) if (reactor.turn(0) === 0) return;
  throw new Error('the connection spins: ready in a thousand turns');
}
