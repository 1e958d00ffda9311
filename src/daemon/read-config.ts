/**
 * A configuration from all that says something about it. What stands nearer to who starts the command counts: a flag before the
 * environment, the environment before the file, the file before the defaults.
 */
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { limitsOf, SHUTDOWN_GRACE_MS } from '../limits.js';
import type { SiteOptions } from '../sites/site-options.js';
import type { Config, ListenConfig } from './config.js';
import { readConfigFile } from './config-file.js';
import type { ConfigFile } from './config-schema.js';
import { keyOf } from './endpoints.js';
import { addressOf, isLocal, listenConfig, resolveHost, workersOf } from './listen-address.js';
import { environmentNameOf, OPTIONS, type Option } from './options.js';
import { resolveRights } from './rights.js';
import { SAMPLE_SITE } from './sample-site.js';
import { proxiesOf } from './trusted-proxies.js';
import { UserError } from './user-error.js';

/** What was said on the command line: keys of options, parsed. */
export type Flags = Readonly<Record<string, unknown>>;

export interface ConfigSources {
  /** The folder that was named. */
  readonly folder: string | undefined;
  readonly configFile: string | undefined;
  readonly flags: Flags;
  readonly environment: NodeJS.ProcessEnv;
}

/** Of a site, not of the command: for one site at the top of the file, or on the command line. */
const SITE_KEYS = [
  'hosts',
  'rules',
  'index',
  'cleanUrls',
  'fallback',
  'notFoundPage',
  'listing',
  'dotFiles',
  'followSymlinks',
  'precompressed',
  'compress',
] as const;

/** @throws  UserError for whatever cannot be meant */
export async function readConfig({ folder, configFile, flags, environment }: ConfigSources): Promise<Config> {
  const file = configFile === undefined ? {} : readConfigFile(configFile);
  const said: ConfigFile & HostAndPort = { ...file, ...fromEnvironment(environment), ...withLimits(flags) };
  const config: Config = {
    listen: await listenOf(said, { ...fromEnvironment(environment), ...flags }),
    sites: sitesOf(file, said, folder),
    workers: workersOf(said.workers ?? 0),
    user: said.user,
    group: said.group,
    sandbox: said.sandbox ?? 'on',
    limits: { ...file.limits, ...said.limits },
    shutdownGraceMs: said.shutdownGraceMs ?? SHUTDOWN_GRACE_MS,
    trustedProxies: said.trustedProxies ?? [],
    accessLog: said.accessLog ?? 'off',
    accessLogFormat: said.accessLogFormat ?? 'combined',
    errorLog: said.errorLog ?? 'stderr',
    logLevel: said.logLevel ?? 'info',
    admin: said.admin === undefined ? undefined : await adminOf(said.admin),
  };
  check(config);
  return config;
}

interface HostAndPort {
  readonly host?: string;
  readonly port?: number;
}

const HINT = 'epoll-reactor --help names all options; docs/configuration.md has examples';

function fromEnvironment(environment: NodeJS.ProcessEnv): Flags {
  const values: Record<string, unknown> = {};
  for (const option of OPTIONS) {
    const name = environmentNameOf(option);
    const text = environment[name];
    if (text === undefined || text === '') continue;
    // Kubernetes tells each pod where a service called epoll-reactor is, under the name that our port has.
    if (name === 'EPOLL_REACTOR_PORT' && text.startsWith('tcp://')) continue;
    values[option.key] = parsedValue(option, name, text);
  }
  return withLimits(values);
}

function parsedValue(option: Option, name: string, text: string): unknown {
  if (option.value === undefined) {
    if (text !== 'true' && text !== 'false')
      throw new UserError(`${name}: true or false is expected, got ${text}`, HINT);
    return text === 'true';
  }
  if (option.choices?.includes(text) === false) {
    throw new UserError(`${name}: one of ${option.choices.join(', ')} is expected, got ${text}`, HINT);
  }
  try {
    const parse = option.parse ?? String;
    return option.isList === true ? text.split(',').map((part) => parse(part.trim())) : parse(text);
  } catch (error) {
    throw new UserError(`${name}: ${text}: ${(error as Error).message}`, HINT);
  }
}

/** Pairs, as flags have them, as the object that a file has. */
function withLimits(values: Flags): Flags {
  const { limits } = values;
  return Array.isArray(limits) ? { ...values, limits: Object.fromEntries(limits) } : values;
}

async function listenOf(said: ConfigFile & HostAndPort, nearest: Flags): Promise<readonly ListenConfig[]> {
  const isByHost = nearest['host'] !== undefined || nearest['port'] !== undefined;
  if (isByHost && nearest['listen'] !== undefined) {
    throw new UserError('--listen says host and port together', 'leave out --host and --port');
  }
  if (isByHost || said.listen === undefined) {
    return [{ address: { address: await resolveHost(said.host ?? '127.0.0.1'), port: said.port ?? 9369 } }];
  }
  const entries = Array.isArray(said.listen) ? said.listen : [said.listen];
  return Promise.all(entries.map(listenConfig));
}

function sitesOf(file: ConfigFile, said: ConfigFile, folder: string | undefined): readonly SiteOptions[] {
  const single: Partial<Record<(typeof SITE_KEYS)[number], unknown>> = {};
  for (const key of SITE_KEYS) if (said[key] !== undefined) single[key] = said[key];
  if (file.sites === undefined) {
    return [{ ...single, root: resolve(folder ?? said.root ?? SAMPLE_SITE) } as SiteOptions];
  }
  const [also] = [
    ...(folder === undefined ? [] : ['a folder']),
    ...(said.root === undefined ? [] : ['root']),
    ...Object.keys(single),
  ];
  if (also !== undefined) {
    throw new UserError(
      `${also} is said beside sites: of which site?`,
      'say it in the file, for each site that it is meant for',
    );
  }
  return file.sites;
}

async function adminOf(text: string): Promise<NonNullable<Config['admin']>> {
  const address = await addressOf(text);
  if (isLocal(address)) return address;
  throw new UserError(
    `admin: ${text} can be reached from elsewhere`,
    'use 127.0.0.1:9370, [::1]:9370 or unix:/run/admin.sock',
  );
}

/** What no single value tells. */
function check({ listen, limits, trustedProxies, user, group }: Config): void {
  try {
    limitsOf(limits);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw new UserError(error.message, HINT);
    throw error;
  }
  proxiesOf(trustedProxies);
  const proxied = listen.find(({ address, proxyProtocol }) => proxyProtocol === true && !('path' in address));
  if (proxied !== undefined && trustedProxies.length === 0) {
    throw new UserError(
      `proxyProtocol: nobody is trusted to use it at ${keyOf(proxied.address)}`,
      'name the load balancer: trustedProxies = ["10.0.0.5"]',
    );
  }
  const keys = listen
    .filter(({ address }) => 'path' in address || address.port !== 0)
    .map(({ address }) => keyOf(address));
  const twice = keys.find((key, i) => keys.indexOf(key) < i);
  if (twice !== undefined) throw new UserError(`listen: ${twice} is there twice`, 'an address is listened on once');
  if (resolveRights({ user, group }) !== undefined && userInfo().uid !== 0) {
    throw new UserError('user: only root can serve with the rights of others', 'start it as root, or as that user');
  }
}
