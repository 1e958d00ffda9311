/**
 * The limits that a program can set for its server, with their units and reasons, and two bounds that several rooms use. The
 * others stand beside their users.
 */

/** What a server holds its clients to. `new HttpServer(handler, { limits: { headDeadlineMs: 5_000 } })` sets one. */
export const DEFAULT_LIMITS = {
  /** A request line of up to 8,000 bytes is what RFC 9112 §3 asks everybody to support. Longer: 414. nginx: 8 KiB. */
  requestLineBytesMax: 8 * 1024,

  /** A whole request head. Longer: 431. Node: 16 KiB; nginx: 4 × 8 KiB; Apache: 100 lines of 8 KiB. Less than READ_BUFFER_BYTES. */
  requestHeadBytesMax: 16 * 1024,

  /** Header fields of a request. More: 431. Apache: 100; Node: 2,000. A browser sends about 15. */
  requestHeadersMax: 100,

  /** The body of a request. Larger: 413, before any of it is read where its length is announced. nginx: 1 MiB; Bun: 128 MiB. */
  requestBodyBytesMax: 1024 * 1024,

  /** Extensions of chunks, over a body. Nobody uses them but who wants a server to read without end (CVE-2024-22019). */
  chunkExtensionBytesMax: 4 * 1024,

  /** Trailers behind a chunked body, which are checked and dropped. Larger: 431. */
  trailerBytesMax: 8 * 1024,

  /** Bytes of a body held for a handler that reads slowly, beyond which the client has to wait. */
  bodyHighWaterBytes: 256 * 1024,

  /** What is read of a body that no handler wants, so that the connection can go on. More: it closes. Go: 256 KiB. */
  unreadBodyBytesMax: 256 * 1024,

  /** Bytes queued for a peer that reads slowly, beyond which nothing more is read from it. Node streams: 16 KiB; Linux sends 2.5 MiB ahead by itself. */
  writeHighWaterBytes: 256 * 1024,

  /** Connections at once; whoever comes then waits in the backlog. A server asks /proc for a better number (server/connections-max.ts); this is half of 1,024, the soft limit of most systems. */
  connectionsMax: 512,

  /** Connections at once of one IPv4 address, or one IPv6 network of 64 bits; one more is closed with a 503. Unbounded: whole offices, and every client of a proxy, come from one address. */
  connectionsPerAddressMax: Number.POSITIVE_INFINITY,

  /** From the first byte of a request until its head is complete: 408. nginx: 60 s; Node: 60 s. Dripping does not extend it. */
  headDeadlineMs: 30_000,

  /** For a request's body to arrive, and … */
  bodyDeadlineMs: 30_000,

  /** … a second more for so many bytes of it: 408. Dripping earns nothing, a large body on a thin line gets its time. Apache: 20 s and 500 bytes. */
  bodyBytesPerSecondMin: 1_000,

  /** An open connection without a request. nginx: 75 s; Apache: 5 s; Node: 5 s. */
  keepAliveDeadlineMs: 75_000,

  /** The socket has not become writable for this long: a third of its buffer has not been read. nginx (send_timeout): 60 s. */
  writeStallDeadlineMs: 60_000,

  /** After the last response, for the client to read it and close: closing sooner can reset it unread. nginx (lingering_timeout): 5 s; Apache: 2 s. */
  lingerDeadlineMs: 2_000,
};

/** Every limit of a server. */
export type Limits = Readonly<typeof DEFAULT_LIMITS>;

/** Bytes one recv() takes at most, and the room for a request head. One such buffer serves all connections. */
export const READ_BUFFER_BYTES = 64 * 1024;

/** Empty write queues, and parsers between two heads, that a thread keeps. Most connections need one only within a turn. */
export const SPARES_MAX = 16;

/** What a limit may be at most, where not any number will do. */
const CEILINGS: { readonly [K in keyof Limits]?: number } = {
  requestHeadBytesMax: READ_BUFFER_BYTES - 1, // half a head and at least a byte of what comes next share the one read buffer
  requestHeadersMax: 10_000, // each takes 16 bytes of every parser
};

/** Those that may be 0: none of it is taken. The others have to be at least 1. */
const MAY_BE_ZERO: ReadonlySet<string> = new Set([
  'requestBodyBytesMax',
  'chunkExtensionBytesMax',
  'trailerBytesMax',
  'unreadBodyBytesMax',
]);

/**
 * All limits: those given, whose names and types are checked, the others by default.
 * @throws  RangeError for a number that cannot be meant
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
