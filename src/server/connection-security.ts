/** The TLS of a connection: its channel, and the properties that a request shows of it. */
import { X509Certificate } from 'node:crypto';
import { native } from '../native/addon.js';
import type { SecureContext } from '../tls/secure-context.js';
import type { TlsSession, TlsSessionDetails } from '../tls/tls-api.js';
import { TlsChannel } from '../tls/tls-channel.js';
import type { ServerCounters } from './counters.js';

/** The TLS of the connection that a request came on. */
export interface RequestTls {
  /** `TLSv1.3` or `TLSv1.2`. */
  readonly protocol: string;
  /** In OpenSSL's words: `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string;
  /** The name that the client asked for (SNI). */
  readonly serverName: string | undefined;
  /** The client has resumed a session: no certificate was sent. */
  readonly isResumed: boolean;
  /** The certificate of the client, which the server has checked; undefined if the client has sent none. */
  readonly clientCertificate: X509Certificate | undefined;
}

export class ConnectionSecurity implements RequestTls {
  readonly channel: TlsChannel;
  readonly #context: SecureContext;
  #details: TlsSessionDetails | undefined;
  #clientCertificate: X509Certificate | undefined;
  /** The last authority that passed serves(): most clients use only one. */
  #served = '';

  /**
   * @param fd  the channel owns it; it is closed even if this constructor throws
   * @throws    Error with OpenSSL's reason, such as a lack of memory
   */
  constructor(fd: number, context: SecureContext, counters: ServerCounters) {
    this.#context = context;
    this.channel = new TlsChannel(fd, acceptOrClose(fd, context), (details, failure) => {
      this.#details = details;
      counters.countHandshake(details, failure);
    });
  }

  get protocol(): string {
    return this.#details?.protocol ?? '';
  }

  get cipher(): string {
    return this.#details?.cipher ?? '';
  }

  get serverName(): string | undefined {
    return this.#details?.serverName;
  }

  get isResumed(): boolean {
    return this.#details?.isResumed ?? false;
  }

  get clientCertificate(): X509Certificate | undefined {
    const der = this.#details?.clientCertificate;
    if (der !== undefined) this.#clientCertificate ??= new X509Certificate(der);
    return this.#clientCertificate;
  }

  /**
   * Whether requests for this host and port may come on the connection (RFC 9110 §7.4).
   * @param authority  empty for HTTP/1.0 without Host. A name may end in the dot of the DNS root, which names of
   *                   certificates do not have
   */
  serves(authority: string): boolean {
    if (authority === '' || authority === this.#served) return true;
    const host = authority.replace(/\.?(?::\d*)?$/, '').toLowerCase();
    if (!this.#context.serves(host, this.serverName)) return false;
    this.#served = authority;
    return true;
  }
}

function acceptOrClose(fd: number, context: SecureContext): TlsSession {
  try {
    return context.accept(fd);
  } catch (error) {
    native.close(fd);
    throw error;
  }
}
