/**
 * Every bound and every wait of the server, with its unit in the name and its reason beside it.
 */

/** Events taken from the kernel in one turn. More wait for the next turn, so that Node's own loop gets its share. */
export const EVENTS_PER_TURN = 1024;

/** Connections accepted in one turn: a flood of new ones must not starve those that are open. nginx: one, or all with multi_accept. */
export const ACCEPTS_PER_TURN = 64;

/** How long accepting pauses when descriptors run out (EMFILE), unless a connection closes sooner. libuv keeps a spare descriptor instead, to turn clients away with; nginx: 500 ms (accept_mutex_delay). */
export const ACCEPT_PAUSE_MS = 100;

/** Bytes one recv() takes at most, and the room for a request head. One such buffer serves all connections. */
export const READ_BUFFER_BYTES = 64 * 1024;

/** A request line of up to 8,000 bytes is what RFC 9112 §3 asks everybody to support. nginx: 8 KiB. */
export const REQUEST_LINE_BYTES_MAX = 8 * 1024;

/** A whole request head. Node: 16 KiB; nginx: 4 × 8 KiB; Apache: 100 lines of 8 KiB. */
export const REQUEST_HEAD_BYTES_MAX = 16 * 1024;

/** Header fields of a request. Apache: 100; Node: 2,000. A browser sends about 15. */
export const REQUEST_HEADERS_MAX = 100;

/** Bytes queued for a peer that reads slowly, beyond which nothing more is read from it. Node streams: 16 KiB; Linux sends 2.5 MiB ahead by itself. */
export const WRITE_HIGH_WATER_BYTES = 256 * 1024;

/**
 * Files queued for a peer, at which nothing more is read from it. Each is an open descriptor, for which a client pays with
 * a request of 40 bytes; the number of connections that are let in counts on one for each.
 */
export const QUEUED_FILES_MAX = 1;

/** A body up to this size is copied behind its head: one chunk is sent faster than two, until copying costs more. */
export const JOINED_BODY_BYTES_MAX = 16 * 1024;

/** Empty write queues that are kept. Most connections need one only within a turn; more only after slow peers have caught up. */
export const SPARE_QUEUES_MAX = 16;

/** Attempts at a path with `..` in it, which the kernel gives up (EAGAIN) when anything is renamed meanwhile (openat2(2)). */
export const OPEN_ATTEMPTS_MAX = 8;

/** Bytes of a file handed to one connection in one turn, so that a fast reader of a large file leaves time for others. nginx: sendfile_max_chunk 2 MiB. */
export const SENDFILE_BYTES_PER_TURN = 2 * 1024 * 1024;

/** A file up to this size is read and sent together with its head, in one send(). Larger ones go by sendfile(). */
export const FILE_INLINE_BYTES_MAX = 64 * 1024;

/** From the first byte of a request until its head is complete. nginx: 60 s; Node: 60 s. Dripping does not extend it. */
export const HEAD_DEADLINE_MS = 30_000;

/** An open connection without a request. nginx: 75 s; Apache: 5 s; Node: 5 s. */
export const KEEP_ALIVE_DEADLINE_MS = 75_000;

/** The socket has not become writable for this long: a third of its buffer has not been read. nginx (send_timeout): 60 s. */
export const WRITE_STALL_DEADLINE_MS = 60_000;

/** After the last response, for the client to read it and close: closing sooner can reset it unread. nginx (lingering_timeout): 5 s; Apache: 2 s. */
export const LINGER_DEADLINE_MS = 2_000;

/** After SIGTERM or Ctrl-C, for responses under way. systemd kills after 90 s, Docker after 10 s. */
export const SHUTDOWN_GRACE_MS = 8_000;

/** Connections at once, where the limit of descriptors cannot be read. Half of 1,024, the soft limit of most systems. */
export const CONNECTIONS_MAX_WITHOUT_PROC = 512;
