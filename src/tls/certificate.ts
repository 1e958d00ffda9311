/** A certificate and its key, in PEM, and the names that it is for. */
import { X509Certificate } from 'node:crypto';
import type { TlsCertificate } from './tls-options.js';

/** DNS names of a certificate: letters, digits, hyphens, and one asterisk in front (RFC 6125 §6.4.3). */
const DNS_NAME = /^DNS:((?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)$/i;

export class Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The certificate of the server itself, which comes first. */
  readonly leaf: X509Certificate;
  /** The kind of its key: `rsa`, `ec`, `ed25519`. */
  readonly kind: string | undefined;
  /** Host names in small letters, sorted, from subjectAltName: browsers look at no other field. */
  readonly names: readonly string[];

  /** @throws  Error that begins with `cert` if it is not a certificate in PEM */
  constructor({ cert, key }: TlsCertificate) {
    this.cert = Buffer.from(cert);
    this.key = Buffer.from(key);
    this.leaf = leafOf(this.cert);
    this.kind = this.leaf.publicKey.asymmetricKeyType;
    this.names = namesOf(this.leaf);
  }

  get expiresMs(): number {
    return Date.parse(this.leaf.validTo);
  }

  /** @param host  in small letters */
  covers(host: string): boolean {
    return this.names.includes(host) || this.names.includes(wildcardOf(host));
  }
}

/** `*.example.com` for `www.example.com`. */
export function wildcardOf(host: string): string {
  const dot = host.indexOf('.');
  return dot < 0 ? '*' : `*${host.slice(dot)}`;
}

function leafOf(cert: Buffer): X509Certificate {
  try {
    return new X509Certificate(cert);
  } catch (cause) {
    throw new Error('cert: expected a certificate in PEM', { cause });
  }
}

function namesOf(leaf: X509Certificate): readonly string[] {
  const entries = leaf.subjectAltName?.split(', ') ?? [];
  return entries.flatMap((entry) => DNS_NAME.exec(entry)?.[1]?.toLowerCase() ?? []).sort();
}
