/** A configuration with its certificates and keys, which are read while the process still has the right to. */
import type { TlsOptions } from '../../tls/tls-options.js';
import type { Config } from '../config/config.js';
import { readSmallFile } from '../config/small-file.js';

/** A chain with its key has 10 KB; the certificates of all authorities that browsers know have 220 KB. */
const PEM_BYTES_MAX = 1024 * 1024;

/** All files together: a worker gets them in one message. */
const PEM_BYTES_MAX_ALL = 32 * 1024 * 1024;

/** They stand apart: a configuration is printed, a key never. */
export interface Settings {
  readonly config: Config;
  /** Texts in PEM, for workers as well. undefined: plain HTTP. */
  readonly tls: TlsOptions | undefined;
}

/** @throws  UserError for a file that is missing, or cannot be read */
export function withCertificates(config: Config): Settings {
  return { config, tls: config.tls.length === 0 ? undefined : readCertificates(config) };
}

function readCertificates({ tls, tlsMinVersion, tlsClientCertificates, tlsClientCa }: Config): TlsOptions {
  let bytesLeft = PEM_BYTES_MAX_ALL;
  const textOf = (path: string): string => {
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
  const certificates = tls.map(({ cert, key }) => ({ cert: textOf(cert), key: textOf(key) }));
  const options = { certificates, minVersion: tlsMinVersion };
  if (tlsClientCertificates === 'off' || tlsClientCa === undefined) return options;
  return { ...options, clientCertificates: tlsClientCertificates, clientCa: textOf(tlsClientCa) };
}
