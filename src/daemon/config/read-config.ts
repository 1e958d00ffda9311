/** Reads a configuration. A flag overrides the environment, the environment the file, the file the defaults. */
import type { SocketAddress } from '../../linux/socket-address.js';
import type { Rule, SiteOptions } from '../../sites/site-options.js';
import { checkConfig } from './check-config.js';
import type { Config, ListenConfig } from './config.js';
import { readConfigFile, withAbsolutePaths } from './config-file.js';
import { type ConfigFile, SITE_KEYS } from './config-schema.js';
import { CONFIG_VARIABLE, readEnvironment, readPort } from './environment.js';
import { adminAddresses, hostConfigs, type Lookup, listenConfigs, systemLookup, workersOf } from './listen-address.js';
import { modulePathOf } from './module-path.js';
import { type OptionText, optionValue } from './option-value.js';
import { DEFAULTS, flagOf, OPTIONS, withDefaults } from './options.js';
import { SAMPLE_SITE } from './sample-site.js';
import { selfSignedFile } from './self-signed-file.js';
import { networksOf } from './trusted-proxies.js';
import { isAlready, resolvePrivileges } from './user-and-group.js';
import { UserError } from './user-error.js';
import type { CertificateFiles } from './value-shapes.js';

/** The flags of the command line, by the keys of their options. */
export type Flags = Readonly<Record<string, OptionText>>;

export interface ConfigSources {
  /** The argument DIR. */
  readonly folder: string | undefined;
  readonly configFile: string | undefined;
  readonly flags: Flags;
  readonly environment: NodeJS.ProcessEnv;
  /** Resolves names. Default: the system's resolver. */
  readonly lookup?: Lookup;
}

/** @throws  UserError for a mistake, or for something that this machine does not have */
export async function readConfig(sources: ConfigSources): Promise<Config> {
  const { folder, configFile, flags, environment, lookup = systemLookup } = sources;
  const path = configFile ?? (environment[CONFIG_VARIABLE] || undefined);
  const file = path === undefined ? {} : readConfigFile(path);
  const environmentSays = withAbsolutePaths(readEnvironment(environment), '');
  const commandSays = withAbsolutePaths(readFlags(flags, folder), '');
  const said: ConfigFile = { ...file, ...environmentSays, ...commandSays };
  const module = modulePathOf(said);
  // A program opens files and connections of its own.
  const {
    host: _host,
    port: _port,
    trustedProxies,
    workers,
    admin,
    ...plain
  } = withDefaults(module === undefined ? said : { sandbox: 'off', ...said });
  const privileges = resolvePrivileges(said);
  // In a worker, a module is loaded by its user, after root has opened the sockets.
  const needsWorker = plain.watch || (module !== undefined && privileges !== undefined && !isAlready(privileges));
  const config: Config = {
    ...plain,
    listen: [
      ...(await listenOf([commandSays, environmentSays, file], environment, lookup)),
      ...(await redirectsOf(said, lookup)),
    ],
    tls: certificatesOf(said, environment),
    tlsClientCa: said.tlsClientCa,
    trustedProxies: networksOf(trustedProxies),
    sites: module === undefined ? sitesOf(said) : [],
    module,
    workers: needsWorker ? Math.max(workersOf(workers), 1) : workersOf(workers),
    privileges,
    limits: { ...file.limits, ...environmentSays.limits, ...commandSays.limits },
    admin: await adminOf(admin, lookup),
  };
  checkConfig(config);
  return config;
}

function readFlags(flags: Flags, folder: string | undefined): ConfigFile {
  const values: Record<string, unknown> = folder === undefined ? {} : { root: folder };
  for (const option of OPTIONS) {
    const text = flags[option.key];
    if (text !== undefined) values[option.key] = optionValue(option, text, flagOf(option).split(' ')[0] as string);
  }
  return values;
}

/**
 * The nearest source that has one of the three decides whether `listen` counts, or `host` and `port`, which can stand in different
 * sources.
 */
async function listenOf(
  nearestFirst: readonly ConfigFile[],
  environment: NodeJS.ProcessEnv,
  lookup: Lookup,
): Promise<readonly ListenConfig[]> {
  for (const { listen, host, port } of nearestFirst) {
    const isByHost = host !== undefined || port !== undefined;
    if (isByHost && listen !== undefined) {
      throw new UserError('listen: cannot be combined with host and port', 'leave out host and port');
    }
    if (listen !== undefined) {
      return listenConfigs('listen', listen, lookup);
    }
    if (isByHost) break;
  }
  const host = nearestFirst.find((source) => source.host !== undefined)?.host ?? (environment['HOST'] || DEFAULTS.host);
  const port = nearestFirst.find((source) => source.port !== undefined)?.port ?? readPort(environment) ?? DEFAULTS.port;
  return hostConfigs(host, port, lookup);
}

async function redirectsOf({ redirectHttp = [] }: ConfigFile, lookup: Lookup): Promise<readonly ListenConfig[]> {
  const listens = await listenConfigs('redirectHttp', redirectHttp, lookup);
  return listens.map((listen) => ({ ...listen, redirectsToHttps: true }));
}

async function adminOf(texts: string | readonly string[], lookup: Lookup): Promise<readonly SocketAddress[]> {
  return (await Promise.all([texts].flat().map((text) => adminAddresses(text, lookup)))).flat();
}

function certificatesOf(said: ConfigFile, environment: NodeJS.ProcessEnv): readonly CertificateFiles[] {
  const { tlsSelfSigned, tlsClientCa, tlsClientCertificates } = said;
  const certificates = tlsSelfSigned === true ? [selfSignedFiles(said, environment)] : givenCertificates(said);
  if (tlsClientCertificates === 'off') return certificates;
  checkPair(
    said,
    ['tlsClientCertificates', 'tlsClientCa'],
    'tlsClientCertificates is request or require, and tlsClientCa is the file of the authorities',
  );
  if (tlsClientCa !== undefined && certificates.length === 0) {
    throw new UserError('tlsClientCa: expected together with a certificate of the server', 'give tlsCert and tlsKey');
  }
  return certificates;
}

function selfSignedFiles({ tls, tlsCert, tlsKey }: ConfigFile, environment: NodeJS.ProcessEnv): CertificateFiles {
  const [other] = Object.entries({ tls, tlsCert, tlsKey }).filter(([, value]) => value !== undefined);
  if (other !== undefined) {
    throw new UserError(`tlsSelfSigned: cannot stand beside ${other[0]}`, 'leave out one of the two');
  }
  const path = selfSignedFile(environment);
  return { cert: path, key: path };
}

function givenCertificates(said: ConfigFile): readonly CertificateFiles[] {
  const { tls, tlsCert: cert, tlsKey: key } = said;
  if (tls !== undefined && (cert ?? key) !== undefined) {
    throw new UserError(
      `${cert === undefined ? 'tlsKey' : 'tlsCert'} cannot stand beside tls`,
      'write the certificate in the file, as one more table [[tls]]',
    );
  }
  checkPair(said, ['tlsCert', 'tlsKey'], '--tls-cert fullchain.pem --tls-key privkey.pem; one file can hold both');
  return tls ?? (cert === undefined || key === undefined ? [] : [{ cert, key }]);
}

/** @throws  UserError where only one of them is given */
function checkPair(said: ConfigFile, pair: readonly [keyof ConfigFile, keyof ConfigFile], hint: string): void {
  const [given, ...others] = pair.filter((key) => said[key] !== undefined);
  if (given === undefined || others.length > 0) return;
  throw new UserError(`${given}: expected together with ${pair.find((key) => key !== given)}`, hint);
}

function sitesOf({ cors, maxAge, ...said }: ConfigFile): readonly SiteOptions[] {
  const sites = ownSitesOf(said);
  if (cors !== true && maxAge === undefined) return sites;
  const rule: Rule = {
    path: '/**',
    ...(cors === true && { cors: { origins: '*' } }),
    ...(maxAge !== undefined && { cacheControl: `max-age=${maxAge}` }),
  };
  return sites.map((site) => ({ ...site, rules: [rule, ...(site.rules ?? [])] }));
}

function ownSitesOf({ sites, root, ...said }: ConfigFile): readonly SiteOptions[] {
  const single: Partial<SiteOptions> = Object.fromEntries(
    SITE_KEYS.filter((key) => said[key] !== undefined).map((key) => [key, said[key]]),
  );
  if (sites === undefined) return [{ root: root ?? SAMPLE_SITE, ...single }];
  const also = root === undefined ? Object.keys(single)[0] : 'root';
  if (also !== undefined) {
    throw new UserError(`${also} cannot stand beside sites`, 'write it in the file, in each site that it is meant for');
  }
  return sites;
}
