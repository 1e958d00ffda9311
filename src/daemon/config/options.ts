/**
 * The options of the command, each in one row. From the row follow its key in a configuration file and the JSON schema, its flag
 * and variable in the environment, the help, the completions, and its section in the manual page. `shutdownGraceMs` is
 * `--shutdown-grace-ms` and EPOLL_REACTOR_SHUTDOWN_GRACE_MS.
 *
 * To add one: a row here, its use, and a line in docs/configuration.md; then `npm run build && npm run build:schema`.
 */
import * as v from 'valibot';
import { siteEntries } from '../../sites/options-schema.js';
import * as shape from './value-shapes.js';
import { ACCESS_LOG_FORMATS, CLIENT_CERTIFICATES, LOG_LEVELS, SANDBOX_MODES, TLS_VERSIONS } from './value-shapes.js';

/** RFC 9111 §1.2.2: a cache takes more for 2^31. */
const MAX_AGE_SECONDS_MAX = 2 ** 31;

/** A row. */
export interface OptionRow {
  readonly schema: v.GenericSchema;
  /** Its letter as a flag, which serve, sirv and http-server use in this meaning. */
  readonly short?: string;
  /** The placeholder of its value in the help; undefined: a switch. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** Digits stand for a number; elsewhere, as in the name of a user, they are text. */
  readonly isNumber?: boolean;
  /** It can be given several times; in the environment, commas separate its values. */
  readonly isList?: boolean;
  /** In the imperative. */
  readonly description: string;
  /** A sentence more, for the manual page and the JSON schema. */
  readonly details?: string;
  readonly default?: unknown;
  /** The default in words, if the value does not say enough. */
  readonly defaultText?: string;
}

export interface Option extends OptionRow {
  /** In a configuration file. */
  readonly key: string;
}

function choice<const T extends readonly string[]>(choices: T) {
  return { schema: shape.oneOf(choices), choices };
}

const SWITCH = v.boolean('true or false');

const LISTENING = {
  host: {
    schema: shape.text('an address or a name'),
    short: 'H',
    value: 'HOST',
    description: 'listen on this address, or on all addresses of this name',
    default: '127.0.0.1',
  },
  port: {
    schema: shape.wholeNumber(0, 65_535),
    short: 'p',
    value: 'PORT',
    isNumber: true,
    description: 'listen on this port; 0 lets the system choose',
    default: 9369,
  },
  listen: {
    schema: shape.listen,
    value: 'ADDRESS',
    isList: true,
    description: 'listen on 127.0.0.1:9369, [::]:80, localhost:80 or unix:/run/site.sock, in place of host and port',
  },
  trustedProxies: {
    schema: shape.trustedProxies,
    value: 'NETWORK',
    isList: true,
    description: 'trust Forwarded, X-Forwarded-For and PROXY headers from this network, such as 10.0.0.0/8',
    default: [],
    defaultText: 'none',
  },
} satisfies Record<string, OptionRow>;

const SECURING = {
  tlsCert: {
    schema: shape.pemFile,
    value: 'FILE',
    description: 'serve HTTPS at all addresses, with the certificate of FILE',
    details:
      'FILE is in PEM: the certificate of the server, followed by those between it and the root. For several certificates, write tables [[tls]] in a configuration file.',
  },
  tlsKey: {
    schema: shape.pemFile,
    value: 'FILE',
    description: 'take the key of the certificate from FILE',
    details: 'FILE is in PEM, without a passphrase. It is read before the privileges are dropped.',
  },
  tlsMinVersion: {
    ...choice(TLS_VERSIONS),
    value: 'VERSION',
    description: 'refuse clients that speak only older versions of TLS',
    default: 'TLSv1.2',
  },
  tlsClientCertificates: {
    ...choice(CLIENT_CERTIFICATES),
    value: 'MODE',
    description: 'request a certificate of clients, or require one',
    default: 'off',
  },
  tlsClientCa: {
    schema: shape.pemFile,
    value: 'FILE',
    description: 'trust the authorities in FILE to sign certificates of clients',
  },
  tlsSelfSigned: {
    schema: SWITCH,
    description: 'make a certificate and serve HTTPS with it, for development',
    details: "The certificate is kept in the user's cache. The start-up message says how to make programs trust it.",
    default: false,
  },
  redirectHttp: {
    schema: shape.listen,
    value: 'ADDRESS',
    isList: true,
    description: 'answer plain HTTP at ADDRESS, such as [::]:80, with a redirect to HTTPS',
    details: 'Files below /.well-known/acme-challenge/ are served there, for certbot --webroot.',
  },
} satisfies Record<string, OptionRow>;

const SERVING = {
  index: {
    schema: siteEntries.index,
    value: 'NAME',
    description: 'serve this file for a folder',
    defaultText: 'index.html',
  },
  cleanUrls: { schema: siteEntries.cleanUrls, description: 'serve /page from page.html' },
  fallback: {
    schema: siteEntries.fallback,
    value: 'FILE',
    description: 'serve FILE for paths that match no file',
  },
  single: {
    schema: siteEntries.single,
    short: 's',
    description: 'serve the index for paths that match no file (single-page apps)',
    details: 'A missing asset, such as /app.js, is still answered 404. With a fallback, that file is the page.',
  },
  notFoundPage: { schema: siteEntries.notFoundPage, value: 'FILE', description: 'send FILE with a 404' },
  listing: { schema: siteEntries.listing, description: 'list folders that have no index file' },
  dotFiles: { schema: siteEntries.dotFiles, description: 'serve names that begin with a dot' },
  followSymlinks: {
    schema: siteEntries.followSymlinks,
    description: 'answer 404 for symbolic links',
    details: 'Otherwise links that stay below the folder are followed.',
  },
  precompressed: {
    schema: siteEntries.precompressed,
    description: 'send name.br, name.zst or name.gz in place of name, unless it is older',
  },
  compress: {
    schema: siteEntries.compress,
    description: 'compress text for clients that accept it, and cache the result',
  },
  cors: {
    schema: SWITCH,
    description: 'let scripts of all origins read what is served',
    details: 'It is the first rule of each site.',
  },
  maxAge: {
    schema: shape.wholeNumber(0, MAX_AGE_SECONDS_MAX, 'of seconds'),
    value: 'SECONDS',
    isNumber: true,
    description: 'let clients use a file for SECONDS without asking again',
    details: 'It is the first rule of each site.',
  },
} satisfies Record<string, OptionRow>;

const RUNNING = {
  workers: {
    schema: shape.workers,
    value: 'N',
    isNumber: true,
    description: 'serve from N processes under a supervisor; auto starts one for each processor',
    default: 0,
    defaultText: '0, one process without a supervisor',
  },
  user: {
    schema: shape.text('the name of a user'),
    value: 'NAME',
    description: 'become this user once the ports are open; only root can',
  },
  group: {
    schema: shape.text('the name of a group'),
    value: 'NAME',
    description: 'become this group',
    defaultText: "the user's",
  },
  sandbox: {
    ...choice(SANDBOX_MODES),
    value: 'MODE',
    description: 'give up all privileges that serving does not need',
    details: 'on: as far as the system can; required: all of them, or do not start. For a module the default is off.',
    default: 'on',
  },
  shutdownGraceMs: {
    schema: shape.wholeNumber(0, 86_400_000, 'of milliseconds'),
    value: 'MS',
    isNumber: true,
    description: 'let responses go on for MS milliseconds after SIGTERM, and in a worker that is replaced',
    // systemd kills after 90 s, Docker after 10 s.
    default: 8_000,
  },
  watch: {
    schema: SWITCH,
    description: 'load a module again, in new workers, when a script in its folder or below changes',
    default: false,
  },
  open: {
    schema: SWITCH,
    short: 'o',
    description: 'open the site in a browser',
    default: false,
  },
  limits: {
    schema: shape.limits,
    value: 'NAME=N',
    isList: true,
    description: 'set a limit for clients, such as connectionsMax=10000; inf is no limit',
  },
} satisfies Record<string, OptionRow>;

const LOGGING = {
  accessLog: {
    // The words of the other log are refused: they are surely not meant as the name of a file.
    schema: shape.textExcept(/^(?!stderr$)/, 'a path, "stdout" or "off"'),
    value: 'PATH',
    description: 'log each request to PATH, or to stdout',
    default: 'off',
  },
  accessLogFormat: {
    ...choice(ACCESS_LOG_FORMATS),
    value: 'FORMAT',
    description: 'write the access log in this format',
    default: 'combined',
  },
  errorLog: {
    schema: shape.textExcept(/^(?!(?:stdout|off)$)/, 'a path or "stderr"'),
    value: 'PATH',
    description: 'log errors to PATH',
    default: 'stderr',
  },
  logLevel: {
    ...choice(LOG_LEVELS),
    value: 'LEVEL',
    description: 'write messages of this level and above to the error log',
    default: 'info',
  },
  quiet: {
    schema: SWITCH,
    short: 'q',
    description: 'print errors only: no start-up message, and no requests on a terminal',
    default: false,
  },
  verbose: {
    schema: SWITCH,
    description: 'print in full which rights are given up, also on a terminal',
    default: false,
  },
  admin: {
    schema: shape.admin,
    value: 'ADDRESS',
    isList: true,
    description: 'serve /healthz, /readyz and /metrics at an address that only this machine can reach',
    default: [],
    defaultText: 'nowhere',
  },
} satisfies Record<string, OptionRow>;

const ROWS = { ...LISTENING, ...SECURING, ...SERVING, ...RUNNING, ...LOGGING };
type Rows = typeof ROWS;

/** The values of the options that are given. */
export type OptionValues = { readonly [K in keyof Rows]?: v.InferOutput<Rows[K]['schema']> };

type Defaulted = { [K in keyof Rows]: Rows[K] extends { default: unknown } ? K : never }[keyof Rows];

/** A value for each option that has a default. */
export type Defaults = { readonly [K in Defaulted]: v.InferOutput<Rows[K]['schema']> };

export const DEFAULTS = Object.fromEntries(
  Object.entries<OptionRow>(ROWS).flatMap(([key, row]) => (row.default === undefined ? [] : [[key, row.default]])),
) as Defaults;

/** @returns  of all options those that have a default */
export function withDefaults(said: OptionValues): Defaults {
  const values = Object.keys(DEFAULTS).map((key) => [key, said[key as Defaulted] ?? DEFAULTS[key as Defaulted]]);
  return Object.fromEntries(values) as Defaults;
}

/** The options by the headings of the help. */
export const GROUPS: Readonly<Record<string, readonly Option[]>> = {
  'Where to listen': optionsOf(LISTENING),
  'How to encrypt': optionsOf(SECURING),
  'What to serve': optionsOf(SERVING),
  'How to run': optionsOf(RUNNING),
  'What to log': optionsOf(LOGGING),
};

export const OPTIONS: readonly Option[] = Object.values(GROUPS).flat();

/** The folder, which is no flag, but the first argument. */
export const ROOT: Option = { key: 'root', schema: siteEntries.root, value: 'DIR', description: 'serve this folder' };

function optionsOf(rows: Readonly<Record<string, OptionRow>>): readonly Option[] {
  return Object.entries(rows).map(([key, row]) => ({ key, ...row }));
}

export function optionOf(key: keyof Rows): Option {
  return { key, ...(ROWS[key] as OptionRow) };
}

/** The default in words; undefined for a switch, and for an option without a default. */
export function defaultOf(option: Option): string | undefined {
  if (option.value === undefined || option.default === undefined) return option.defaultText;
  return option.defaultText ?? `${option.default}`;
}

/** A line of the help. */
export function helpOf(option: Option): string {
  const text = defaultOf(option);
  return `${option.description}${option.isList ? '; can be repeated' : ''}${text === undefined ? '' : ` (default: ${text})`}`;
}

/** `--clean-urls`, `--index <NAME>`; a switch that is on by default has a flag that turns it off. */
export function flagOf({ key, value }: Option): string {
  const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (key === 'followSymlinks') return `--no-${name}`;
  if (key === 'limits') return `--limit <${value}>`;
  return value === undefined ? `--${name}` : `--${name} <${value}>`;
}

export function environmentNameOf({ key }: Option): string {
  return `EPOLL_REACTOR_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
