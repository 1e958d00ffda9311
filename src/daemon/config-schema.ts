/** The shape of a configuration file: the keys of every option, and those that only a file can say. */
import * as v from 'valibot';
import { DEFAULT_LIMITS, LISTENS_MAX, type Limits, WORKERS_MAX } from '../limits.js';
import { siteEntries, sitesSchema } from '../sites/options-schema.js';
import type { SiteOptions } from '../sites/site-options.js';
import { ACCESS_LOG_FORMATS, type AccessLogFormat, LOG_LEVELS, type LogLevel, SANDBOX_MODES } from './config.js';
import type { SandboxMode } from './sandbox.js';

/** A configuration as it is written: anything may be missing. */
export interface ConfigFile extends Partial<SiteOptions> {
  readonly $schema?: string;
  readonly listen?: ListenEntry | readonly ListenEntry[];
  readonly sites?: readonly SiteOptions[];
  readonly workers?: number | 'auto';
  readonly user?: string;
  readonly group?: string;
  readonly sandbox?: SandboxMode;
  readonly limits?: Partial<Limits>;
  readonly shutdownGraceMs?: number;
  readonly trustedProxies?: readonly string[];
  readonly accessLog?: string;
  readonly accessLogFormat?: AccessLogFormat;
  readonly errorLog?: string;
  readonly logLevel?: LogLevel;
  readonly admin?: string;
}

/** `127.0.0.1:9369`, `[::]:80`, `localhost:9369`, `unix:/run/site.sock`; or a table that says more. */
export type ListenEntry = string | ListenTable;

export interface ListenTable {
  readonly address: string;
  readonly ipv6Only?: boolean;
  /** Of a Unix socket, as chmod(1) takes it: "0660". */
  readonly mode?: string;
  readonly proxyProtocol?: boolean;
}

const text = (what: string) => v.pipe(v.string(what), v.minLength(1, what));
const flag = v.optional(v.boolean('true or false'));

const LISTEN_FORM = 'an address such as "127.0.0.1:9369", "[::]:80" or "unix:/run/site.sock"';

const listenTable = v.strictObject(
  {
    address: text(LISTEN_FORM),
    ipv6Only: flag,
    mode: v.optional(v.pipe(v.string('digits such as "0660"'), v.regex(/^0?[0-7]{3}$/, 'digits such as "0660"'))),
    proxyProtocol: flag,
  },
  'address, ipv6Only, mode, proxyProtocol',
);
const listenEntry = v.union([text(LISTEN_FORM), listenTable], LISTEN_FORM);

function wholeNumber(from: number, to: number) {
  const what = `a whole number from ${from} to ${to}`;
  return v.pipe(v.number(what), v.integer(what), v.minValue(from, what), v.maxValue(to, what));
}

/** What each limit may be is checked where they are used (limits.ts); Infinity is `inf` in TOML. */
const limits = v.strictObject(
  Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name) => [name, v.optional(v.number('a number'))])),
  Object.keys(DEFAULT_LIMITS).join(', '),
);

const ENTRIES = {
  $schema: v.optional(v.string('the address of a schema')),
  listen: v.optional(
    v.union(
      [listenEntry, v.pipe(v.array(listenEntry), v.maxLength(LISTENS_MAX, `at most ${LISTENS_MAX} addresses`))],
      `${LISTEN_FORM}, or a list`,
    ),
  ),
  sites: v.optional(sitesSchema),
  workers: v.optional(
    v.union([v.literal('auto'), wholeNumber(0, WORKERS_MAX)], `a whole number from 0 to ${WORKERS_MAX}, or "auto"`),
  ),
  user: v.optional(text('the name of a user')),
  group: v.optional(text('the name of a group')),
  sandbox: v.optional(v.picklist(SANDBOX_MODES, SANDBOX_MODES.join(', '))),
  limits: v.optional(limits),
  shutdownGraceMs: v.optional(wholeNumber(0, 86_400_000)),
  trustedProxies: v.optional(v.array(text('an address or a network such as "10.0.0.0/8"'), 'a list of addresses')),
  accessLog: v.optional(text('a path, "stdout" or "off"')),
  accessLogFormat: v.optional(v.picklist(ACCESS_LOG_FORMATS, ACCESS_LOG_FORMATS.join(', '))),
  errorLog: v.optional(text('a path or "stderr"')),
  logLevel: v.optional(v.picklist(LOG_LEVELS, LOG_LEVELS.join(', '))),
  admin: v.optional(text('an address of this machine, such as "127.0.0.1:9370" or "unix:/run/admin.sock"')),
} satisfies Record<Exclude<keyof ConfigFile, keyof SiteOptions>, v.GenericSchema>;

const { root, ...siteOptions } = siteEntries;

/** One site at the top, or several in `sites`. */
export const configSchema = v.strictObject(
  { ...ENTRIES, root: v.optional(root), ...siteOptions },
  [...Object.keys(ENTRIES), ...Object.keys(siteEntries)].join(', '),
);
