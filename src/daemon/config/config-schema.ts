/** The shape of a configuration file: the keys of every option, and those that only a file can say. */
import * as v from 'valibot';
import { DEFAULT_LIMITS, LISTENS_MAX, type Limits, WORKERS_MAX } from '../../limits.js';
import { siteEntries, sitesSchema } from '../../sites/options-schema.js';
import type { SiteOptions } from '../../sites/site-options.js';
import {
  ACCESS_LOG_FORMATS,
  type AccessLogFormat,
  LOG_LEVELS,
  type LogLevel,
  SANDBOX_MODES,
  type SandboxMode,
} from './config.js';

/** A configuration as it is written: anything may be missing. */
export interface ConfigFile extends Partial<SiteOptions> {
  /** For editors: where this schema is. */
  readonly $schema?: string;
  /** An address or a name to listen on, in place of `listen`. Default: 127.0.0.1. */
  readonly host?: string;
  /** And its port. 0: the system chooses. Default: 9369. */
  readonly port?: number;
  /** Where to listen: `127.0.0.1:9369`, `[::]:80`, `localhost:9369`, `unix:/run/site.sock`, tables that say more, or a list. */
  readonly listen?: ListenEntry | readonly ListenEntry[];
  /** Several sites, each with the hosts that it answers for. A single one may stand at the top, without this. */
  readonly sites?: readonly SiteOptions[];
  readonly workers?: number | 'auto';
  readonly user?: string;
  readonly group?: string;
  readonly sandbox?: SandboxMode;
  /** What clients are held to. */
  readonly limits?: Partial<Limits>;
  readonly shutdownGraceMs?: number;
  /** Proxies that are believed when they say for whom they ask: addresses, and networks such as `10.0.0.0/8`. */
  readonly trustedProxies?: readonly string[];
  /** Where each request is written: a path, `stdout` or `off`. Default: off. */
  readonly accessLog?: string;
  readonly accessLogFormat?: AccessLogFormat;
  /** Where is written what goes wrong: a path or `stderr`. Default: stderr. */
  readonly errorLog?: string;
  readonly logLevel?: LogLevel;
  /** Where health and metrics are told: addresses that only this machine can reach. Default: nowhere. */
  readonly admin?: string | readonly string[];
}

/** `127.0.0.1:9369`, `[::]:80`, `localhost:9369`, `unix:/run/site.sock`; or a table that says more. */
export type ListenEntry = string | ListenTable;

export interface ListenTable {
  /** `127.0.0.1:9369`, `[::]:80`, `localhost:9369` or `unix:/run/site.sock`. */
  readonly address: string;
  /** Of `[::]`: IPv4 is left to others. Default: false, it takes both. */
  readonly ipv6Only?: boolean;
  /** Of a Unix socket, as chmod(1) takes it: "0660". Default: what the umask leaves. */
  readonly mode?: string;
  /** Connections begin with a PROXY header, of version 1 or 2, and come from `trustedProxies`. Default: false. */
  readonly proxyProtocol?: boolean;
}

const text = (what: string) => v.pipe(v.string(what), v.minLength(1, what));
const flag = v.optional(v.boolean('true or false'));

const LISTEN_FORM = 'an address such as "127.0.0.1:9369", "[::]:80" or "unix:/run/site.sock"';

const ADMIN_FORM = 'an address of this machine, such as "127.0.0.1:9370" or "unix:/run/admin.sock"';

const MODE_FORM = 'digits in quotes such as "0660"';

const LISTEN_TABLE = {
  address: text(LISTEN_FORM),
  ipv6Only: flag,
  mode: v.optional(v.pipe(v.string(MODE_FORM), v.regex(/^0?[0-7]{3}$/, MODE_FORM))),
  proxyProtocol: flag,
} satisfies Record<keyof ListenTable, v.GenericSchema>;
const listenTable = v.strictObject(LISTEN_TABLE, Object.keys(LISTEN_TABLE).join(', '));
const listenEntry = v.union([text(LISTEN_FORM), listenTable], LISTEN_FORM);

/** @param unit  `of milliseconds`: who writes "8s" learns what is meant */
function wholeNumber(from: number, to: number, unit = '') {
  const what = `a whole number ${unit}${unit && ' '}from ${from} to ${to}`;
  return v.pipe(v.number(what), v.integer(what), v.minValue(from, what), v.maxValue(to, what));
}

/** What each limit may be is checked where they are used (limits.ts); Infinity is `inf` in TOML. */
const limits = v.strictObject(
  Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name) => [name, v.optional(v.number(unitOf(name)))])),
  Object.keys(DEFAULT_LIMITS).join(', '),
);

/** What a limit counts, as its name tells. */
function unitOf(name: string): string {
  if (name.endsWith('Ms')) return 'a number of milliseconds';
  return name.includes('Bytes') ? 'a number of bytes' : 'a number';
}

const oneOf = <const T extends readonly string[]>(choices: T) =>
  v.optional(v.picklist(choices, `one of ${choices.join(', ')}`));

const ENTRIES = {
  $schema: v.optional(v.string('the address of a schema')),
  listen: v.optional(
    v.union(
      [
        listenEntry,
        v.pipe(
          v.array(listenEntry),
          v.minLength(1, 'at least one address'),
          v.maxLength(LISTENS_MAX, `at most ${LISTENS_MAX} addresses`),
        ),
      ],
      `${LISTEN_FORM}, or a list`,
    ),
  ),
  host: v.optional(text('an address or a name')),
  port: v.optional(wholeNumber(0, 65_535)),
  sites: v.optional(sitesSchema),
  workers: v.optional(
    v.union([v.literal('auto'), wholeNumber(0, WORKERS_MAX)], `a whole number from 0 to ${WORKERS_MAX}, or "auto"`),
  ),
  user: v.optional(text('the name of a user')),
  group: v.optional(text('the name of a group')),
  sandbox: oneOf(SANDBOX_MODES),
  limits: v.optional(limits),
  shutdownGraceMs: v.optional(wholeNumber(0, 86_400_000, 'of milliseconds')),
  trustedProxies: v.optional(v.array(text('an address or a network such as "10.0.0.0/8"'), 'a list of addresses')),
  // The words of the other log are no names of files that anybody means.
  accessLog: v.optional(
    v.pipe(text('a path, "stdout" or "off"'), v.regex(/^(?!stderr$)/, 'a path, "stdout" or "off"')),
  ),
  accessLogFormat: oneOf(ACCESS_LOG_FORMATS),
  errorLog: v.optional(v.pipe(text('a path or "stderr"'), v.regex(/^(?!(?:stdout|off)$)/, 'a path or "stderr"'))),
  logLevel: oneOf(LOG_LEVELS),
  admin: v.optional(
    v.union([text(ADMIN_FORM), v.pipe(v.array(text(ADMIN_FORM)), v.minLength(1, ADMIN_FORM))], ADMIN_FORM),
  ),
} satisfies Record<Exclude<keyof ConfigFile, keyof SiteOptions>, v.GenericSchema>;

const { root, ...siteOptions } = siteEntries;

/** Of one site, beside its root. */
export const SITE_KEYS = Object.keys(siteOptions) as readonly Exclude<keyof SiteOptions, 'root'>[];

/** One site at the top, or several in `sites`. */
export const configSchema = v.strictObject(
  { ...ENTRIES, root: v.optional(root), ...siteOptions },
  [...Object.keys(ENTRIES), ...Object.keys(siteEntries)].join(', '),
);
