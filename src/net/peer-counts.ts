/**
 * Counts the open connections of each peer. A peer is an IPv4 address, or an IPv6 network of 64 bits: a host with one
 * address of such a network can use all 2^64 of them (RFC 6177).
 */
import { constants } from '../native/addon.js';

/** Identifies a peer; undefined for a peer without an address, such as that of a Unix socket. */
export type PeerKey = number | string | undefined;

const { AF_INET, AF_INET6 } = constants;

const V4_ADDRESS = 4;
const V6_ADDRESS = 8;
const V6_NETWORK_END = V6_ADDRESS + 8;
/** ::ffff:0:0/96, an IPv4 address on a socket that speaks both (RFC 4291 §2.5.5.2). */
const V4_MAPPED = '00000000000000000000ffff';
const V6_MAPPED_ADDRESS = V6_ADDRESS + 12;

/** The key of a sockaddr (ip(7), ipv6(7)). */
export function peerKey(sockaddr: Uint8Array): PeerKey {
  const bytes = Buffer.from(sockaddr.buffer, sockaddr.byteOffset, sockaddr.byteLength);
  const family = bytes.readUInt16LE(0);
  if (family === AF_INET) return bytes.readUInt32BE(V4_ADDRESS);
  if (family !== AF_INET6) return undefined;
  if (bytes.toString('hex', V6_ADDRESS, V6_MAPPED_ADDRESS) === V4_MAPPED) return bytes.readUInt32BE(V6_MAPPED_ADDRESS);
  return bytes.toString('hex', V6_ADDRESS, V6_NETWORK_END);
}

export class PeerCounts {
  readonly #counts = new Map<PeerKey, number>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Counts one more connection of the peer. @returns false if it has as many as it may: then nothing is counted */
  admit(key: PeerKey): boolean {
    if (key === undefined) return true;
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#max) return false;
    this.#counts.set(key, count + 1);
    return true;
  }

  /** A connection that was admitted has closed. */
  release(key: PeerKey): void {
    if (key === undefined) return;
    const count = (this.#counts.get(key) as number) - 1;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}
