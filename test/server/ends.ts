/** The ways in which a connection ends while its response is streamed. */
import type { Limits } from '../../src/limits.js';
import type { HttpServerOptions } from '../../src/server/server-options.js';
import type { RawClient } from '../client/raw-client.js';

export interface End {
  readonly options?: HttpServerOptions;
  /** The client does not read, and what it is sent does not fit into the buffers of the kernel. */
  readonly isStalled?: boolean;
  end(client: RawClient, close: (options?: { graceMs: number }) => Promise<void>): unknown;
}

const limits: Partial<Limits> = { writeStallDeadlineMs: 50 };

/** Ends that cancel all that the exchange has under way. */
export const ENDS: Readonly<Record<string, End>> = {
  'the client shuts its half (FIN)': { end: (client) => client.shutWriting() },
  'the client resets the connection (RST)': { end: (client) => client.reset() },
  'the client closes with bytes that it has not read': { isStalled: true, end: (client) => client.close() },
  'the deadline of a client that does not read passes': { isStalled: true, options: { limits }, end: () => {} },
  'the server closes': { end: (_, close) => close() },
  'the grace of a closing server passes': { end: (_, close) => close({ graceMs: 20 }) },
};
