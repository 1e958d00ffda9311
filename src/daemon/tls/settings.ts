/** A configuration with its certificates and keys, which are read while the process still has the right to. */
import type { TlsOptions } from '../../tls/tls-options.js';
import type { Config } from '../config/config.js';
import { readSmallFile } from '../config/small-file.js';
import {
  type CertificateWarning,
  checkByOpenSsl,
  checkCertificate,
  checkClientCa,
  warningsOf,
} from './certificate-checks.js';

/** A chain with its key has 10 KB; the certificates of all authorities that browsers know have 220 KB. */
const PEM_BYTES_MAX = 1024 * 1024;

/** All files together: a worker gets them in one message. */
const PEM_BYTES_MAX_ALL = 32 * 1024 * 1024;

/** The texts stand apart from the configuration, which is printed: a key must not be. */
export interface Settings {
  readonly config: Config;
  /** Texts in PEM, for workers as well. undefined: plain HTTP. */
  readonly tls: TlsOptions | undefined;
}

/** Settings that were read from files. */
export interface ReadSettings extends Settings {
  readonly warnings: readonly CertificateWarning[];
}

/** @throws  UserError for a file that is missing, cannot be read, or does not fit the others */
export function withCertificates(config: Config): ReadSettings {
  if (config.tls.length === 0) return { config, tls: undefined, warnings: [] };
  const { tlsMinVersion: minVersion, tlsClientCertificates, tlsClientCa } = config;
  const textOf = textReader();
  const warnings: CertificateWarning[] = [];
  const certificates = config.tls.map((files) => {
    const pem = { cert: textOf(files.cert), key: textOf(files.key) };
    checkCertificate(files, pem);
    warnings.push(...warningsOf(files.cert, pem.cert, Date.now()));
    return pem;
  });
  let tls: TlsOptions = { certificates, minVersion };
  if (tlsClientCertificates !== 'off' && tlsClientCa !== undefined) {
    const clientCa = textOf(tlsClientCa);
    checkClientCa(tlsClientCa, clientCa);
    tls = { ...tls, clientCertificates: tlsClientCertificates, clientCa };
  }
  checkByOpenSsl(config.tls, tls);
  return { config, tls, warnings };
}

/** Reads files up to a length of all together. */
function textReader(): (path: string) => string {
  let bytesLeft = PEM_BYTES_MAX_ALL;
  return (path) => {
    const bytes = readSmallFile(path, {
      bytesMax: Math.min(PEM_BYTES_MAX, bytesLeft),
      kind: 'file in PEM',
      hint: 'give the path of a file in PEM',
    });
    bytesLeft -= bytes.length;
    const text = bytes.toString('latin1');
    bytes.fill(0);
    return text;
  };
}
