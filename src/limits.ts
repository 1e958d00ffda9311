/**
 * The limits that a program can set for its server, with their units and reasons, and two bounds that several rooms use. All
 * other bounds stand beside their only use.
 */

/** The limits of a server for its clients. `new HttpServer(handler, { limits: { headDeadlineMs: 5_000 } })` sets one. */
export const DEFAULT_LIMITS = {
  /** RFC 9112 §3 asks servers to support a request line of 8,000 bytes. Longer: 414. nginx: 8 KiB. */
  requestLineBytesMax: 8 * 1024,

  /** A whole request head. Longer: 431. Node: 16 KiB; nginx: 4 × 8 KiB; Apache: 100 lines of 8 KiB. At most 64 KiB less one. */
  requestHeadBytesMax: 16 * 1024,

  /** Header fields of a request. More: 431. Apache: 100; Node: 2,000. A browser sends about 15. */
  requestHeadersMax: 100,

  /** The body of a request. Larger: 413; if its length is announced, before any of it is read. nginx: 1 MiB; Bun: 128 MiB. */
  requestBodyBytesMax: 1024 * 1024,

  /** Chunk extensions in a whole body. Only attackers use them, to make a server read without end (CVE-2024-22019). */
  chunkExtensionBytesMax: 4 * 1024,

  /** Trailers after a chunked body, which are checked and dropped. Larger: 431. */
  trailerBytesMax: 8 * 1024,

  /** Bytes of a body held for a handler that reads slowly. Above it the server does not read, and the client waits. */
  bodyHighWaterBytes: 256 * 1024,

  /** Bytes of an unwanted body that are read and dropped, so that the connection can go on. More: it closes. Go: 256 KiB. */
  unreadBodyBytesMax: 256 * 1024,

  /**
   * Bytes queued for a peer that reads slowly. Above it the server reads nothing more from the peer. Node streams: 16 KiB;
   * Linux sends 2.5 MiB ahead by itself.
   */
  writeHighWaterBytes: 256 * 1024,

  /**
   * Connections at once; further clients wait in the backlog. A server computes a better number from /proc
   * (net/connections-max.ts); this is half of 1,024, the soft limit of most systems.
   */
  connectionsMax: 512,

  /**
   * Connections at once of one IPv4 address, or one IPv6 network of 64 bits; a further one is closed with a 503, or over TLS
   * without an answer. Unbounded by default: a whole office, or all clients of a proxy, come from one address.
   */
  connectionsPerAddressMax: Number.POSITIVE_INFINITY,

  /** From the first byte of a request until its head is complete: 408. nginx: 60 s; Node: 60 s. Dripping does not extend it. */
  headDeadlineMs: 30_000,

  /** Time for a request's body to arrive, and … */
  bodyDeadlineMs: 30_000,

  /**
   * … a second more for so many bytes of it: 408. Dripping bytes does not help, and a large body on a slow line gets its
   * time. Apache: 20 s and 500 bytes.
   */
  bodyBytesPerSecondMin: 1_000,

  /** An open connection without a request. nginx: 75 s; Apache: 5 s; Node: 5 s. */
  keepAliveDeadlineMs: 75_000,

  /** The socket has not become writable for this long: the peer has not read a third of its buffer. nginx (send_timeout): 60 s. */
  writeStallDeadlineMs: 60_000,

  /**
   * After the last response, time for the client to read it and close: if the server closes sooner, the response can be lost
   * by a reset. nginx (lingering_timeout): 5 s; Apache: 2 s.
   */
  lingerDeadlineMs: 2_000,
};

/** Every limit of a server. */
export type Limits = Readonly<typeof DEFAULT_LIMITS>;

/** The largest limit of a request head: half a head is kept in the read buffer, in front of the bytes that come next. */
const REQUEST_HEAD_BYTES_CEILING = 64 * 1024 - 1;

/**
 * The one buffer into which all connections of a thread read. After the largest part of a head it has room for a TLS record
 * (18 KiB) and more, because all bytes that are received are also decrypted.
 */
export const READ_BUFFER_BYTES = 84 * 1024;

/** Empty write queues, and parsers between two heads, that a thread keeps. Most connections need one only within a turn. */
export const SPARES_MAX = 16;

/** The highest values of limits that cannot be any number. */
const CEILINGS: { readonly [K in keyof Limits]?: number } = {
  requestHeadBytesMax: REQUEST_HEAD_BYTES_CEILING,
  requestHeadersMax: 10_000, // each header takes 16 bytes of every parser
};

/** Limits that may be 0: then nothing is accepted. The others must be at least 1. */
const MAY_BE_ZERO: ReadonlySet<string> = new Set([
  'requestBodyBytesMax',
  'chunkExtensionBytesMax',
  'trailerBytesMax',
  'unreadBodyBytesMax',
]);

/**
 * All limits: the given ones, whose names and types are checked already, and the defaults of the others.
 * @throws  RangeError for a number out of range
 */
export function limitsOf(settings: Partial<Limits>): Limits {
  const limits = { ...DEFAULT_LIMITS };
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) continue;
    const key = name as keyof Limits;
    const ceiling = CEILINGS[key] ?? Number.POSITIVE_INFINITY;
    const floor = MAY_BE_ZERO.has(name) ? 0 : 1;
    if (!(value >= floor && value <= ceiling && (Number.isInteger(value) || value === Number.POSITIVE_INFINITY))) {
      throw new RangeError(`limits.${name}: expected a whole number from ${floor} to ${ceiling}, got ${value}`);
    }
    limits[key] = value;
  }
  return limits;
}
