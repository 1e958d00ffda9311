/**
 * The keys that seal session tickets (RFC 8446 §4.6.1). A one-way function computes each key from the one before it, at the
 * same times in each process that has the first key. So the workers of a server resume each other's sessions without sending
 * messages, and an old key cannot be computed again.
 */
import { hkdfSync, randomBytes } from 'node:crypto';

/** A key seals tickets for this time, and opens them for as long again. A session lasts two hours. */
const PERIOD_MS = 12 * 60 * 60 * 1000;

const SECRET_BYTES = 32;
/** A name of 16 bytes, then two secrets of 32 bytes each. */
const KEY_BYTES = 80;

/** What another process of the same server needs to compute the same keys. */
export interface TicketSecret {
  /** The number of periods since 1970. */
  readonly period: number;
  /** 32 bytes in hexadecimal digits. */
  readonly secret: string;
}

export class TicketKeys {
  #period: number;
  #secret: Buffer;
  #before: Buffer;

  /** @param shared  by another process; default: a new secret */
  constructor(shared?: TicketSecret, nowMs: number = Date.now()) {
    this.#period = shared?.period ?? periodAt(nowMs);
    this.#secret = shared === undefined ? randomBytes(SECRET_BYTES) : Buffer.from(shared.secret, 'hex');
    // The previous key cannot be computed. This random key takes its place, and opens no ticket.
    this.#before = keyOf(randomBytes(SECRET_BYTES));
    this.advance(nowMs);
  }

  /** The two keys, the newer one first. */
  get keys(): Buffer {
    return Buffer.concat([keyOf(this.#secret), this.#before]);
  }

  get shared(): TicketSecret {
    return { period: this.#period, secret: this.#secret.toString('hex') };
  }

  /** @returns  whether the keys have changed */
  advance(nowMs: number = Date.now()): boolean {
    const period = periodAt(nowMs);
    if (period <= this.#period) return false;
    for (; this.#period < period; this.#period++) {
      this.#before = keyOf(this.#secret);
      const next = derive(this.#secret, 'next', SECRET_BYTES);
      this.#secret.fill(0);
      this.#secret = next;
    }
    return true;
  }
}

function periodAt(nowMs: number): number {
  return Math.floor(nowMs / PERIOD_MS);
}

function keyOf(secret: Buffer): Buffer {
  return derive(secret, 'ticket', KEY_BYTES);
}

function derive(secret: Buffer, use: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `epoll-reactor ${use}`, length));
}
