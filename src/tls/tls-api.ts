/** Loads the TLS addon, which calls OpenSSL in Node's own executable. No other file loads it. */
import { loadTlsAddon } from '../native/addon.js';

/** native/tls/context.cc — certificates and settings of a server. */
export interface TlsContext {
  /** @throws  Error with OpenSSL's reason, such as `key: key values mismatch` */
  addCertificate(cert: Uint8Array, key: Uint8Array): void;
  /** Clients that ask for this name get the certificate of the other context. @param name  or `*.example.com` */
  addName(name: string, other: TlsContext): void;
  /** Takes 80 bytes for each key. The first key seals tickets, and each key opens them. */
  setTicketKeys(keys: Uint8Array): void;
}

/** native/tls/session.cc — the server's end of one connection. The results are those of system calls: n >= 0, or -errno. */
export interface TlsSession {
  /**
   * Goes on with the handshake, or decrypts. At most one recv(2).
   * @param status  [0] gets bits of STATUS_*
   * @returns       0 after close_notify; -EAGAIN; -ECONNRESET, also for an end without close_notify; -EPROTO: failure() has the reason
   */
  recv(buffer: Uint8Array, offset: number, status: Int32Array): number;
  /** @returns  bytes whose ciphertext the kernel has taken; -ENOTCONN before the end of the handshake */
  send(buffer: Uint8Array, offset: number, flags: number): number;
  writev(buffers: readonly Uint8Array[], firstOffset: number): number;
  sendfile(inFd: number, position: number, count: number): number;
  /** A part of a record has come. */
  hasPartialRecord(): boolean;
  details(): TlsSessionDetails;
  /** The reason why the session failed, in OpenSSL's words. */
  failure(): string | undefined;
  /** Sends close_notify. @returns  0 when the kernel has it; -EAGAIN: call again when the socket is writable */
  shutdown(): number;
  /** Frees the memory of the session. Idempotent. */
  free(): void;
}

export interface TlsSessionDetails {
  readonly protocol: string;
  readonly cipher: string | undefined;
  readonly serverName: string | undefined;
  readonly isResumed: boolean;
  /** In DER. */
  readonly clientCertificate?: Buffer;
}

type ConstantName =
  | 'RECORD_BYTES_MAX'
  | 'STATUS_DRAINED'
  | 'STATUS_ESTABLISHED'
  | 'TLS1_2_VERSION'
  | 'TLS1_3_VERSION'
  | 'SSL_VERIFY_NONE'
  | 'SSL_VERIFY_PEER'
  | 'SSL_VERIFY_FAIL_IF_NO_PEER_CERT';

interface TlsAddon {
  readonly TlsContext: new (
    versionMin: number,
    ciphers: string,
    ciphersuites: string,
    alpn: string,
    verifyMode: number,
    clientCa: Uint8Array | null,
    sessionIdContext: Uint8Array,
  ) => TlsContext;
  readonly TlsSession: new (fd: number, context: TlsContext) => TlsSession;
  /** As OpenSSL_version_num(3) returns it: 0x30000130 is 3.0.19. */
  readonly opensslVersion: number;
  readonly constants: Readonly<Record<ConstantName, number>>;
}

/** The addon is tested with 3.0 (Node 20) and 3.5 (Node 22 to 26). BoringSSL calls itself 1.1.1. */
const OPENSSL_VERSION_MIN = 0x3000_0000;
const OPENSSL_VERSION_END = 0x4000_0000;

let loaded: TlsAddon | undefined;

/** @throws  Error ERR_TLS_UNAVAILABLE: the runtime does not export OpenSSL 3 */
export function tlsAddon(): TlsAddon {
  loaded ??= load();
  return loaded;
}

function load(): TlsAddon {
  let addon: TlsAddon;
  try {
    addon = loadTlsAddon() as TlsAddon;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_DLOPEN_FAILED') throw unexported(message, error);
    if (code === 'MODULE_NOT_FOUND')
      throw unavailable('TLS needs an addon that is not built: npm run build:native', error);
    throw error;
  }
  if (addon.opensslVersion >= OPENSSL_VERSION_MIN && addon.opensslVersion < OPENSSL_VERSION_END) return addon;
  throw unexported(`its version is 0x${addon.opensslVersion.toString(16)}`);
}

function unexported(reason: string, cause?: unknown): Error {
  const { bun } = process.versions;
  const runtime = bun === undefined ? `Node ${process.version}` : `Bun ${bun}`;
  return unavailable(
    `TLS needs a Node that exports OpenSSL 3, as the releases of nodejs.org do; ${runtime} does not: ${reason}`,
    cause,
  );
}

function unavailable(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code: 'ERR_TLS_UNAVAILABLE' });
}
