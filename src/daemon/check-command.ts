/** `epoll-reactor --check` and `--print-config`. Opens no port. */

import { stringify } from 'smol-toml';
import { formatAddress } from '../linux/socket-address.js';
import type { Config } from './config/config.js';
import { openSites } from './config/open-sites.js';
import { type ConfigSources, readConfig } from './config/read-config.js';

export async function checkCommand(sources: ConfigSources, prints: boolean): Promise<void> {
  const config = await readConfig(sources);
  openSites(config).close();
  console.log(prints ? stringify(asFile(config)).trimEnd() : 'the configuration is valid');
}

/** As a file with the same meaning. */
function asFile({ listen, admin, privileges, trustedProxies, ...others }: Config): Record<string, unknown> {
  return {
    listen: listen.map(({ address, mode, portSharedBy: _, ...more }) => ({
      address: formatAddress(address),
      ...more,
      ...(mode !== undefined && { mode: `0${mode.toString(8)}` }),
    })),
    trustedProxies: trustedProxies.map(({ text }) => text),
    ...others,
    ...(privileges?.user !== undefined && { user: privileges.user }),
    ...(privileges?.group !== undefined && { group: privileges.group }),
    ...(admin.length > 0 && { admin: admin.map(formatAddress) }),
  };
}
