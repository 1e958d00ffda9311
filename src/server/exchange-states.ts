/**
 * Three tables of an HttpConnection: the states of an exchange, the effects of its end, and the connection after the
 * response. Each line has its test.
 *
 *   exchange   bytes that come are
 *     leaves it when                             for
 *   HEAD       the head of the next request
 *     it is read, and no body follows          → ANSWERING
 *     it is read, and a body follows           → RECEIVING
 *     the client waits for a 100 before a body → EXPECTING
 *     it is refused                            → ANSWERING
 *   EXPECTING  left in the kernel
 *     the handler reads                        → RECEIVING
 *     the handler answers                      → TRAILING
 *   RECEIVING  the body, as fast as the handler reads it
 *     all is here                              → ANSWERING
 *     it fails                                 → ANSWERING
 *     the handler answers                      → TRAILING
 *   ANSWERING  left in the kernel: a client that sends ahead waits there
 *     the handler answers                      → HEAD
 *   TRAILING   the rest of the body: dropped up to a bound, or read by a handler that goes on
 *     all is here                              → HEAD
 *     it fails                                 → HEAD
 */
import { CLOSES, CLOSES_IF_QUIET, LINGERS } from '../net/protocol.js';

export type ExchangeState = typeof HEAD | typeof EXPECTING | typeof RECEIVING | typeof ANSWERING | typeof TRAILING;
export const HEAD = 0;
export const EXPECTING = 1;
export const RECEIVING = 2;
export const ANSWERING = 3;
export const TRAILING = 4;

/**
 * The ends of an exchange, and their effects in order, from left to right.
 *
 *   end                             request.signal  streamed body   response.onGone  request.body  counted
 *   the response is sent            –               –               –                goes on       responses
 *   FIN, nothing streamed           aborts          –               –                fails: 400    –
 *   FIN, a response is streamed     aborts          cancelled       called           fails: gone   aborted
 *   the same with allowHalfClose    aborts          goes on         –                fails: 400    –
 *   FIN after bytes not read yet    aborts          goes on         –                goes on       –
 *   the body's deadline             –               goes on         –                fails: 408    –
 *   reset, or a write that fails    aborts          cancelled       called           fails: gone   aborted
 *   the deadline of a stalled peer  aborts          cancelled       called           fails: gone   aborted
 *   server.close(), or its grace    aborts          cancelled       called           fails: gone   aborted
 *   response.destroy()              aborts          cancelled       called           fails: gone   aborted
 *   a handler fails in a stream     aborts          cancelled       called           fails: gone   aborted
 *
 * If the connection closes after the response is sent, a request body that is still being read fails. Nothing else happens.
 */

/**
 * What the connection does after the response. A later row replaces an earlier one, never the reverse.
 *
 *   afterwards      because                                                             the connection
 *   GOES_ON                                                                             reads the next head
 *   LAST            the server shuts down; HTTP/1.0 without keep-alive; the body ends   closes, or lingers if the client has
 *                   with the connection; the request's is expected, or too long to      sent more
 *                   drop
 *   LAST_OF_CLIENT  the request says Connection: close                                  closes
 *   LEAVES_BYTES    the request is refused; its body fails, or is left unread           lingers
 */
export type Afterwards = typeof GOES_ON | typeof LAST | typeof LAST_OF_CLIENT | typeof LEAVES_BYTES;
export const GOES_ON = 0;
export const LAST = 1;
export const LAST_OF_CLIENT = 2;
export const LEAVES_BYTES = 3;

/** By Afterwards. A connection that goes on ends only after its client has ended its half. */
export const ENDINGS = [CLOSES_IF_QUIET, CLOSES_IF_QUIET, CLOSES, LINGERS] as const;
