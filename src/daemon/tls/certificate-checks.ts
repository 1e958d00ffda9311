/** Finds mistakes in certificates and keys before anything starts. Each is a line that names the file, and a hint. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { SecureContext } from '../../tls/secure-context.js';
import { ENCRYPTED_KEY, type TlsOptions } from '../../tls/tls-options.js';
import { UserError } from '../config/user-error.js';
import type { CertificateFiles } from '../config/value-shapes.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** certbot renews a certificate 30 days before it expires, so one that expires this soon was not renewed. */
const EXPIRES_SOON_DAYS = 14;

const DAY_MS = 24 * 60 * 60 * 1000;

/** A fault of a certificate that does not keep the server from starting. */
export interface CertificateWarning {
  readonly message: string;
  readonly hint: string;
  /** Clients refuse it. */
  readonly isExpired: boolean;
}

/**
 * @param pem  the texts of the files
 * @throws     UserError for a file without a certificate or key, and for a key of another certificate
 */
export function checkCertificate(files: CertificateFiles, pem: CertificateFiles): void {
  const [leaf, ...others] = chainOf(files.cert, pem.cert);
  const privateKey = keyOf(files.key, pem.key);
  if (leaf?.checkPrivateKey(privateKey)) return;
  throw new UserError(
    `${files.key} is not the key of the certificate in ${files.cert}`,
    others.some((other) => other.checkPrivateKey(privateKey))
      ? 'it is the key of a later certificate in that file: the one of the server must come first'
      : "name both files of one certificate: certbot's privkey.pem belongs to the fullchain.pem beside it",
  );
}

/** @throws  UserError for a file without a certificate */
export function checkClientCa(path: string, pem: string): void {
  chainOf(path, pem);
}

/**
 * @param files  of the certificates of `options`
 * @throws       UserError if OpenSSL refuses a certificate or key, such as one that is too short; if the runtime has no
 *               OpenSSL
 */
export function checkByOpenSsl(files: readonly CertificateFiles[], options: TlsOptions): void {
  try {
    new SecureContext(options);
  } catch (error) {
    const { code, message, cause } = error as NodeJS.ErrnoException;
    if (code === 'ERR_TLS_UNAVAILABLE') throw new UserError(message, 'install Node from nodejs.org, or leave out tls');
    if (error instanceof TypeError) throw new UserError(message, 'leave out one of the two');
    const refused = files.length > 1 ? files.find((_, i) => isRefused(options, i)) : files[0];
    throw new UserError(
      `OpenSSL refuses ${refused?.cert ?? 'tls'} (${(cause as Error | undefined)?.message ?? message})`,
      'openssl x509 -text -noout -in FILE shows a certificate',
    );
  }
}

function isRefused({ certificates = [], ...others }: TlsOptions, i: number): boolean {
  try {
    new SecureContext({ ...others, certificates: certificates.slice(i, i + 1) });
    return false;
  } catch {
    return true;
  }
}

/** @param pem  the text of the file, which was checked */
export function warningsOf(path: string, pem: string, nowMs: number): CertificateWarning[] {
  const [leaf, ...others] = chainOf(path, pem);
  if (leaf === undefined) return [];
  const warnings: CertificateWarning[] = [];
  if (!leaf.checkIssued(leaf) && !others.some((other) => leaf.checkIssued(other))) {
    warnings.push({
      message: `${path} lacks the certificate that has signed its first one: clients that do not have it will not connect`,
      hint: "certbot's fullchain.pem has both, and cert.pem one",
      isExpired: false,
    });
  }
  const expiresMs = Date.parse(leaf.validTo);
  const date = new Date(expiresMs).toISOString().slice(0, 10);
  if (expiresMs < nowMs + EXPIRES_SOON_DAYS * DAY_MS) {
    const isExpired = expiresMs <= nowMs;
    const hint = 'renew it, and reload: certbot renew';
    warnings.push({ message: `${path} ${isExpired ? 'expired' : 'expires'} on ${date}`, hint, isExpired });
  }
  return warnings;
}

function chainOf(path: string, pem: string): X509Certificate[] {
  const texts = pem.match(CERTIFICATE) ?? [];
  if (texts.length === 0) {
    throw new UserError(
      `${path} has no certificate in PEM`,
      'one begins with -----BEGIN CERTIFICATE-----; openssl x509 -inform DER converts another form',
    );
  }
  return texts.map((text, i) => {
    try {
      return new X509Certificate(text);
    } catch {
      throw new UserError(`${path}: certificate ${i + 1} is broken`, 'copy the file anew');
    }
  });
}

function keyOf(path: string, pem: string): KeyObject {
  if (ENCRYPTED_KEY.test(pem)) {
    throw new UserError(`the key in ${path} has a passphrase`, `write it without: openssl pkey -in ${path} -out FILE`);
  }
  try {
    return createPrivateKey(pem);
  } catch {
    throw new UserError(
      `${path} has no private key in PEM`,
      'one begins with -----BEGIN PRIVATE KEY-----; openssl pkey -inform DER converts another form',
    );
  }
}
