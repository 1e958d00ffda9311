/** The certificates of a server by name, its settings, and its ticket keys, which all its sessions share. */
import { createHash, constants as crypto } from 'node:crypto';
import { isIP } from 'node:net';
import { impossibleOption, wrongOption } from '../options/option-errors.js';
import { Certificate, wildcardOf } from './certificate.js';
import { TicketKeys } from './ticket-keys.js';
import { type TlsContext, type TlsSession, tlsAddon } from './tls-api.js';
import { certificatesOf, checkPem, type TlsOptions } from './tls-options.js';

/**
 * The ciphers of TLS 1.3, then those of TLS 1.2 that are still thought safe: an ephemeral key, and authenticated encryption
 * (RFC 9325 §4.2). `node --tls-cipher-list` replaces them. The server's order counts: a key of 128 bits is safe, and
 * SHA-256 makes a full handshake 4 % cheaper than SHA-384.
 */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

/** Each protocol after its length (RFC 7301 §3.1). */
const ALPN = '\x08http/1.1';

export class SecureContext {
  readonly certificates: readonly Certificate[];
  readonly #contexts: readonly TlsContext[];
  /** By the name that clients ask for. */
  readonly #byName = new Map<string, Certificate>();
  readonly tickets: TicketKeys;

  /**
   * @param tickets  shared with another context, or with another process
   * @throws         TypeError for a value of another form, and Error with OpenSSL's reason: both name the option;
   *                 Error ERR_TLS_UNAVAILABLE
   */
  constructor(options: TlsOptions, tickets: TicketKeys = new TicketKeys(options.ticketSecret)) {
    this.certificates = certificatesOf(options).map((each, i) =>
      naming(optionOf(options, i), () => new Certificate(each)),
    );
    this.tickets = tickets;
    // An RSA and an ECDSA certificate for the same names share a context: OpenSSL sends the one that the client supports.
    const contexts = new Map<string, TlsContext>();
    const kinds = new Set<string>();
    for (const [i, { cert, key, kind, names }] of this.certificates.entries()) {
      const group = names.join();
      const context = contexts.get(group) ?? newContext(options);
      contexts.set(group, context);
      if (kinds.size === kinds.add(`${kind} ${group}`).size) {
        throw new TypeError(`tls: two certificates have a key of ${kind} and the same names: ${group}`);
      }
      naming(optionOf(options, i), () => context.addCertificate(cert, key));
      key.fill(0);
    }
    this.#contexts = [...contexts.values()];
    for (const certificate of this.certificates) this.#addNames(certificate, contexts);
    this.#setTicketKeys();
  }

  /** The server's end of a connection. */
  accept(fd: number): TlsSession {
    if (this.tickets.advance()) this.#setTicketKeys();
    return new (tlsAddon().TlsSession)(fd, this.#default);
  }

  /**
   * Whether requests for `host` may come on a connection whose client has asked for `serverName`. A client may use one
   * connection for several names, if the certificate has them. It may also accept a certificate that does not have its
   * name.
   * @param host  in small letters, without a port
   */
  serves(host: string, serverName: string | undefined): boolean {
    if (host === serverName?.toLowerCase() || isIP(host) !== 0 || host.startsWith('[')) return true;
    return this.#chosenFor(serverName?.toLowerCase()).covers(host);
  }

  /** A name belongs to the first certificate that has it. */
  #addNames(certificate: Certificate, contexts: ReadonlyMap<string, TlsContext>): void {
    const context = contexts.get(certificate.names.join()) as TlsContext;
    for (const name of certificate.names) {
      if (this.#byName.has(name)) continue;
      this.#byName.set(name, certificate);
      this.#default.addName(name, context);
    }
  }

  get #default(): TlsContext {
    return this.#contexts[0] as TlsContext;
  }

  #chosenFor(serverName: string | undefined): Certificate {
    const named =
      serverName === undefined ? undefined : (this.#byName.get(serverName) ?? this.#byName.get(wildcardOf(serverName)));
    return named ?? (this.certificates[0] as Certificate);
  }

  #setTicketKeys(): void {
    const { keys } = this.tickets;
    for (const context of this.#contexts) context.setTicketKeys(keys);
    keys.fill(0);
  }
}

function newContext({ minVersion = 'TLSv1.2', clientCertificates, clientCa }: TlsOptions): TlsContext {
  const { TlsContext: Context, constants } = tlsAddon();
  const versions = { 'TLSv1.2': constants.TLS1_2_VERSION, 'TLSv1.3': constants.TLS1_3_VERSION };
  const { SSL_VERIFY_NONE, SSL_VERIFY_PEER, SSL_VERIFY_FAIL_IF_NO_PEER_CERT } = constants;
  const modes = { request: SSL_VERIFY_PEER, require: SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT };
  const version = choose(versions, minVersion, ['tls', 'minVersion']);
  if ((clientCertificates === undefined) !== (clientCa === undefined)) {
    throw impossibleOption(['tls', 'clientCa'], 'expected together with clientCertificates');
  }
  const mode =
    clientCertificates === undefined
      ? SSL_VERIFY_NONE
      : choose(modes, clientCertificates, ['tls', 'clientCertificates']);
  const ca = clientCa === undefined ? null : Buffer.from(checkPem(clientCa, ['tls', 'clientCa']));
  // A resumed session does not check the client's certificate again, so it needs a context that accepts the same ones.
  const sessionIdContext = createHash('sha256')
    .update(`${mode} `)
    .update(ca ?? '')
    .digest();
  return naming('tls', () => new Context(version, ...ciphers(), ALPN, mode, ca, sessionIdContext));
}

/** The name of the option of the i-th certificate. */
function optionOf({ certificates }: TlsOptions, i: number): string {
  return certificates === undefined ? 'tls' : `tls.certificates[${i}]`;
}

/** Errors of the addon begin with a member of `option`, such as `key`. */
function naming<T>(option: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`${option}.${(error as Error).message}`, { cause: error });
  }
}

function choose(values: Readonly<Record<string, number>>, name: string, at: readonly string[]): number {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined) throw wrongOption([...at], Object.keys(values).join(' or '), name);
  return value;
}

/** The ciphers of TLS 1.2, then those of TLS 1.3: OpenSSL takes two lists. */
function ciphers(): [string, string] {
  const { defaultCipherList, defaultCoreCipherList } = crypto;
  const names = defaultCipherList === defaultCoreCipherList ? CIPHERS : defaultCipherList.split(':');
  const isOf13 = (name: string): boolean => name.startsWith('TLS_');
  return [names.filter((name) => !isOf13(name)).join(':'), names.filter(isOf13).join(':')];
}
