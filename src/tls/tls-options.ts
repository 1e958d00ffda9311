/** The options of TLS. */
import { checkOptions, type Shape } from '../options/check-options.js';
import { impossibleOption, type OptionPath, wrongOption } from '../options/option-errors.js';
import type { TicketSecret } from './ticket-keys.js';

/** A text in PEM, or its bytes. */
export type Pem = string | Uint8Array;

/** A certificate with its key. */
export interface TlsCertificate {
  /** The server's certificate, followed by those between it and the root: certbot's fullchain.pem. */
  readonly cert: Pem;
  /** Its key, without a passphrase: certbot's privkey.pem. */
  readonly key: Pem;
}

/** Options of TLS: a certificate, or several. */
export interface TlsOptions extends Partial<TlsCertificate> {
  /** Several certificates: a client gets the first one that has the name it asks for, or else the first one of all. */
  readonly certificates?: readonly TlsCertificate[];
  /** The oldest version that is accepted. Default: TLSv1.2. */
  readonly minVersion?: TlsVersion;
  /**
   * `request` asks clients for a certificate, `require` also refuses clients without one. A certificate of `clientCa` must have
   * signed it. Default: neither.
   */
  readonly clientCertificates?: 'request' | 'require';
  /** The certificates, in PEM, of the authorities that sign the certificates of clients. */
  readonly clientCa?: Pem;
  /** @internal  From another process of the same server: this process resumes its sessions. */
  readonly ticketSecret?: TicketSecret;
}

/** A version of TLS. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

export const TLS_OPTIONS: Shape<TlsOptions> = {
  cert: 'any',
  key: 'any',
  certificates: 'any',
  minVersion: 'string',
  clientCertificates: 'string',
  clientCa: 'any',
  ticketSecret: 'object',
};

const CERTIFICATE_OPTIONS: Shape<TlsCertificate> = { cert: 'any', key: 'any' };

/** Matches encrypted keys of PKCS #8, and of the older forms (RFC 1421 §4.6.1.1). */
export const ENCRYPTED_KEY = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/** @throws  TypeError that names the option */
export function certificatesOf(options: TlsOptions): readonly TlsCertificate[] {
  const { cert, key, certificates } = options;
  if (certificates === undefined) return [checkedCertificate({ cert, key }, ['tls'])];
  if (cert !== undefined || key !== undefined) {
    throw impossibleOption(['tls', 'certificates'], 'expected without cert and key, which are a certificate too');
  }
  if (!Array.isArray(certificates) || certificates.length === 0) {
    throw wrongOption(['tls', 'certificates'], 'an array of { cert, key }', certificates);
  }
  return certificates.map((each, i) => {
    const at = ['tls', 'certificates', i];
    checkOptions(each, CERTIFICATE_OPTIONS, at);
    return checkedCertificate(each, at);
  });
}

export function checkPem(value: unknown, at: OptionPath): Pem {
  if ((typeof value === 'string' || value instanceof Uint8Array) && value.length > 0) return value;
  throw wrongOption(at, 'a text in PEM, or its bytes', value);
}

function checkedCertificate({ cert, key }: { cert?: unknown; key?: unknown }, at: OptionPath): TlsCertificate {
  const checked = { cert: checkPem(cert, [...at, 'cert']), key: checkPem(key, [...at, 'key']) };
  if (ENCRYPTED_KEY.test(Buffer.from(checked.key).toString('latin1'))) {
    throw impossibleOption([...at, 'key'], 'expected a key without a passphrase');
  }
  return checked;
}
