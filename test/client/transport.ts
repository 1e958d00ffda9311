/** What the servers and clients of a test file speak: plain HTTP, or HTTP over TLS after speakTls(). */
import type { ConnectionOptions } from 'node:tls';
import { selfSigned } from '../../src/tls/self-signed.js';
import type { TlsOptions } from '../../src/tls/tls-options.js';

/** The host of the tests' requests: a request for another host would get a 421. */
const NAMES = ['test', 'a', 'h', 'example.com'];

export const transport: {
  /** Options of a server: none, or a certificate. */
  server: { readonly tls?: TlsOptions };
  /** Options of a client. undefined: plain HTTP. */
  tls: ConnectionOptions | undefined;
} = { server: {}, tls: undefined };

/** From now on, in this file. */
export function speakTls(): void {
  transport.server = { tls: selfSigned({ names: NAMES, days: 1 }) };
  transport.tls = { rejectUnauthorized: false };
}
