/** `epoll-reactor --check` and `--print-config`. Opens no port. */

import { stringify } from 'smol-toml';
import { withPageNames } from '../files/file-options.js';
import { RootFolder } from '../files/root-folder.js';
import { formatAddress } from '../linux/socket-address.js';
import type { SiteOptions } from '../sites/site-options.js';
import type { Config, ListenConfig } from './config/config.js';
import { checkSites } from './config/open-sites.js';
import { type ConfigSources, readConfig } from './config/read-config.js';
import { UserError } from './config/user-error.js';
import { withCertificates } from './tls/settings.js';

export async function checkCommand(sources: ConfigSources, prints: boolean): Promise<void> {
  const config = await readConfig(sources);
  checkSites(config);
  if (!prints) {
    for (const site of config.sites) checkPages(site);
    if (!config.tlsSelfSigned) checkCertificates(config); // the server makes its files when it starts
  }
  console.log(prints ? stringify(asFile(config)).trimEnd() : 'the configuration is valid');
}

/** A page may be made after the start, so only a check refuses one that is missing. */
function checkPages(site: SiteOptions): void {
  const { root, followSymlinks, fallback, notFoundPage } = withPageNames(site);
  const pages = { [site.fallback === undefined ? 'single' : 'fallback']: fallback, notFoundPage };
  const folder = new RootFolder(root, followSymlinks);
  for (const [key, page] of Object.entries(pages)) {
    if (page === undefined || folder.hasFile(page)) continue;
    throw new UserError(`${key}: there is no file ${page} below ${root}`, `look at the folder: ls -l ${root}`);
  }
  folder.close();
}

function listenTable({ address, mode, portSharedBy: _, redirectsToHttps: __, ...more }: ListenConfig): object {
  return {
    address: formatAddress(address),
    ...more,
    ...(mode !== undefined && { mode: `0${mode.toString(8)}` }),
  };
}

/** A server starts with an expired certificate, so that its other sites are served; a check refuses it. */
function checkCertificates(config: Config): void {
  for (const { message, hint, isExpired } of withCertificates(config).warnings) {
    if (isExpired) throw new UserError(message, hint);
    console.error(`epoll-reactor: warning: ${message}\n  ${hint}`);
  }
}

/** As a file with the same meaning. */
function asFile({
  listen,
  tls,
  admin,
  privileges,
  trustedProxies,
  sites,
  module,
  ...others
}: Config): Record<string, unknown> {
  const redirects = listen.filter(({ redirectsToHttps }) => redirectsToHttps);
  return {
    listen: listen.filter(({ redirectsToHttps }) => !redirectsToHttps).map(listenTable),
    ...(redirects.length > 0 && { redirectHttp: redirects.map(listenTable) }),
    ...(tls.length > 0 && !others.tlsSelfSigned && { tls }),
    trustedProxies: trustedProxies.map(({ text }) => text),
    ...others,
    ...(module === undefined ? { sites } : { root: module }),
    ...(privileges?.user !== undefined && { user: privileges.user }),
    ...(privileges?.group !== undefined && { group: privileges.group }),
    ...(admin.length > 0 && { admin: admin.map(formatAddress) }),
  };
}
