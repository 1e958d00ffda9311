/** The records of one direction of TLS 1.3 (RFC 8446 §5.2), sealed and opened by the test: also those that no client sends. */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

export const ALERT = 21;
export const HANDSHAKE = 22;
export const DATA = 23;

/** Announces new keys of the sender; `true` also asks the receiver for new keys (RFC 8446 §4.6.3). */
export function keyUpdate(isRequest: boolean): Buffer {
  return Buffer.from([24, 0, 0, 1, isRequest ? 1 : 0]);
}

export const CLOSE_NOTIFY = Buffer.from([1, 0]);

const HEADER_BYTES = 5;
const TAG_BYTES = 16;

export interface OpenedRecord {
  readonly type: number;
  readonly content: Buffer;
}

export class Records {
  #secret: Buffer;
  #key: Buffer;
  #iv: Buffer;
  #sequence = 0n;

  /** @param secret  of TLS_AES_128_GCM_SHA256, as the event `keylog` of node:tls gives it */
  constructor(secret: Buffer) {
    this.#secret = secret;
    this.#key = expand(secret, 'key', 16);
    this.#iv = expand(secret, 'iv', 12);
  }

  seal(type: number, content: Uint8Array): Buffer {
    const header = Buffer.from([DATA, 3, 3, 0, 0]);
    header.writeUInt16BE(content.length + 1 + TAG_BYTES, 3);
    const cipher = createCipheriv('aes-128-gcm', this.#key, this.#nonce()).setAAD(header);
    return Buffer.concat([
      header,
      cipher.update(Buffer.concat([content, Buffer.from([type])])),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
  }

  /** The whole records at the beginning of `bytes`. */
  *open(bytes: Buffer): Generator<OpenedRecord, Buffer> {
    let rest = bytes;
    for (;;) {
      const end = rest.length < HEADER_BYTES ? Number.POSITIVE_INFINITY : HEADER_BYTES + rest.readUInt16BE(3);
      if (end > rest.length) return rest;
      const cipher = createDecipheriv('aes-128-gcm', this.#key, this.#nonce());
      cipher.setAAD(rest.subarray(0, HEADER_BYTES)).setAuthTag(rest.subarray(end - TAG_BYTES, end));
      const inner = Buffer.concat([cipher.update(rest.subarray(HEADER_BYTES, end - TAG_BYTES)), cipher.final()]);
      yield { type: inner.at(-1) as number, content: inner.subarray(0, -1) };
      rest = rest.subarray(end);
    }
  }

  /** After a KeyUpdate of this direction. */
  nextKeys(): void {
    this.#secret = expand(this.#secret, 'traffic upd', 32);
    this.#key = expand(this.#secret, 'key', 16);
    this.#iv = expand(this.#secret, 'iv', 12);
    this.#sequence = 0n;
  }

  #nonce(): Buffer {
    const nonce = Buffer.from(this.#iv);
    nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ this.#sequence++, 4);
    return nonce;
  }
}

/** HKDF-Expand-Label with no context, for as much as one digest (RFC 8446 §7.1). */
function expand(secret: Buffer, label: string, length: number): Buffer {
  const full = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, full.length]), full, Buffer.from([0, 1])]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}
