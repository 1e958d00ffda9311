/** The shapes of the values of options. The text in each says what was expected, for messages. */
import * as v from 'valibot';
import { DEFAULT_LIMITS } from '../../limits.js';
import type { TlsVersion } from '../../tls/tls-options.js';

/** Addresses to listen on: each is a socket in each worker. */
const LISTENS_MAX = 256;

/** More workers than processors only wait for each other. */
const WORKERS_MAX = 1024;

/** Certificates of a server. nginx and HAProxy set no limit; each client's hello looks one up by its name. */
const CERTIFICATES_MAX = 1_000;

/** `on`: what the kernel can do; `required`: all of it, or the start fails. */
export const SANDBOX_MODES = ['off', 'on', 'required'] as const;

export type SandboxMode = (typeof SANDBOX_MODES)[number];

export const ACCESS_LOG_FORMATS = ['common', 'combined', 'json'] as const;
export type AccessLogFormat = (typeof ACCESS_LOG_FORMATS)[number];

/** `terminal` is for a person, if no log is configured. It is not a value of the option. */
export type LineFormat = AccessLogFormat | 'terminal';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const TLS_VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const satisfies readonly TlsVersion[];

/** `request`: a client may have no certificate; `require`: a client without one is refused. */
export const CLIENT_CERTIFICATES = ['off', 'request', 'require'] as const;

/** The files of a certificate, in PEM. */
export interface CertificateFiles {
  /** The server's certificate, followed by those between it and the root: certbot's fullchain.pem. */
  readonly cert: string;
  /** Its key, without a passphrase: certbot's privkey.pem. */
  readonly key: string;
}

/** `127.0.0.1:9369`, `[::]:80`, `localhost:9369`, `unix:/run/site.sock`; or a table that says more. */
export type ListenEntry = string | ListenTable;

/** One, or several. */
export type ListenOption = ListenEntry | readonly ListenEntry[];

export interface ListenTable {
  /** `127.0.0.1:9369`, `[::]:80`, `localhost:9369` or `unix:/run/site.sock`. */
  readonly address: string;
  /** For `[::]`: leave IPv4 to others. Default: false, it takes both. */
  readonly ipv6Only?: boolean | undefined;
  /** The mode of a Unix socket, as chmod(1) takes it: "0660". Default: what the umask leaves. */
  readonly mode?: string | undefined;
  /** Connections begin with a PROXY header, of version 1 or 2, and come from `trustedProxies`. Default: false. */
  readonly proxyProtocol?: boolean | undefined;
}

export const text = (what: string) => v.pipe(v.string(what), v.minLength(1, what));

/** A text, but for some words. */
export const textExcept = (pattern: RegExp, what: string) => v.pipe(text(what), v.regex(pattern, what));

/** @param unit  `of milliseconds`: for the message to a user who writes "8s" */
export function wholeNumber(from: number, to: number, unit = '') {
  const what = `a whole number ${unit}${unit && ' '}from ${from} to ${to}`;
  return v.pipe(v.number(what), v.integer(what), v.minValue(from, what), v.maxValue(to, what));
}

export const oneOf = <const T extends readonly string[]>(choices: T) =>
  v.picklist(choices, `one of ${choices.join(', ')}`);

/** One, or a list. */
function oneOrMore<const T extends v.GenericSchema>(entry: T, what: string) {
  const list = v.pipe(
    v.array(entry),
    v.minLength(1, 'at least one address'),
    v.maxLength(LISTENS_MAX, `at most ${LISTENS_MAX} addresses`),
  );
  return v.union([entry, list], `${what}, or a list`);
}

const flag = v.optional(v.boolean('true or false'));
const LISTEN_FORM = 'an address such as "127.0.0.1:9369", "[::]:80" or "unix:/run/site.sock"';
const MODE_FORM = 'digits in quotes such as "0660"';
const LISTEN_TABLE = {
  address: text(LISTEN_FORM),
  ipv6Only: flag,
  mode: v.optional(v.pipe(v.string(MODE_FORM), v.regex(/^0?[0-7]{3}$/, MODE_FORM))),
  proxyProtocol: flag,
} satisfies Record<keyof ListenTable, v.GenericSchema>;
const listenTable = v.strictObject(LISTEN_TABLE, Object.keys(LISTEN_TABLE).join(', '));

export const listen = oneOrMore(v.union([text(LISTEN_FORM), listenTable], LISTEN_FORM), LISTEN_FORM);

export const workers = v.union(
  [v.literal('auto'), wholeNumber(0, WORKERS_MAX)],
  `a whole number from 0 to ${WORKERS_MAX}, or "auto"`,
);

/** limits.ts checks the range of each limit. Infinity is `inf` in TOML. */
export const limits = v.strictObject(
  Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name) => [name, v.optional(v.number(unitOf(name)))])),
  Object.keys(DEFAULT_LIMITS).join(', '),
);

/** The unit of a limit, from its name. */
function unitOf(name: string): string {
  if (name.endsWith('Ms')) return 'a number of milliseconds';
  return name.includes('Bytes') ? 'a number of bytes' : 'a number';
}

export const trustedProxies = v.array(text('an address or a network such as "10.0.0.0/8"'), 'a list of addresses');

const ADMIN_FORM = 'an address of this machine, such as "127.0.0.1:9370" or "unix:/run/admin.sock"';
export const admin = oneOrMore(text(ADMIN_FORM), ADMIN_FORM);

/** Refuses the text of a key and its base64 as a path, because the message about a missing file would print them. */
export const pemFile = textExcept(/^(?!.*-----BEGIN|M[\w+/=]{60,}$)[^\n\0]+$/, 'the path of a file in PEM');
const CERTIFICATE_FILES = { cert: pemFile, key: pemFile } satisfies Record<keyof CertificateFiles, v.GenericSchema>;
const CERTIFICATE_FORM = 'a list of tables with cert and key';

export const certificates = v.pipe(
  v.array(v.strictObject(CERTIFICATE_FILES, Object.keys(CERTIFICATE_FILES).join(', ')), CERTIFICATE_FORM),
  v.minLength(1, 'at least one certificate'),
  v.maxLength(CERTIFICATES_MAX, `at most ${CERTIFICATES_MAX} certificates`),
);
