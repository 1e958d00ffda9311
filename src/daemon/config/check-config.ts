/** Whether values go together, and are possible on this machine. Opens nothing. */

import { accessSync, constants, lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { limitsOf } from '../../limits.js';
import type { SocketAddress } from '../../linux/socket-address.js';
import { formatAddress } from '../../linux/socket-address.js';

import type { Config, ListenConfig } from './config.js';
import { isFolder } from './is-folder.js';
import { checkLogFolder } from './log-file.js';
import { checkPrivileges } from './user-and-group.js';
import { noFolderFor, SETTING_HINT, UserError } from './user-error.js';

/** @throws  UserError */
export function checkConfig(config: Config): void {
  const { listen, tls, admin, limits, trustedProxies, accessLog, errorLog, privileges } = config;
  checkLimits(limits);
  if (tls.length === 0 && listen.some(({ redirectsToHttps }) => redirectsToHttps)) {
    throw new UserError('redirectHttp: there is no HTTPS to redirect to', 'give tlsCert and tlsKey');
  }
  checkProxyProtocol(listen, trustedProxies);
  checkAddresses([...listen, ...admin.map((address) => ({ address }))]);
  for (const path of [accessLog, errorLog]) if (path.startsWith('/')) checkLog(path);
  if (privileges !== undefined) checkPrivileges(privileges);
}

function checkLimits(limits: Config['limits']): void {
  try {
    limitsOf(limits);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw new UserError(error.message, SETTING_HINT);
    throw error;
  }
}

function checkProxyProtocol(listen: readonly ListenConfig[], trustedProxies: Config['trustedProxies']): void {
  const proxied = listen.find(({ address, proxyProtocol }) => proxyProtocol === true && !('path' in address));
  if (proxied === undefined || trustedProxies.length > 0) return;
  throw new UserError(
    `proxyProtocol: no proxy is trusted at ${formatAddress(proxied.address)}`,
    'name the load balancer: trustedProxies = ["10.0.0.5"]',
  );
}

function checkAddresses(listen: readonly ListenConfig[]): void {
  for (const [i, later] of listen.entries()) {
    if ('path' in later.address && !isFolder(dirname(later.address.path))) throw noFolderFor(later.address.path);
    for (const earlier of listen.slice(0, i)) {
      const keys = [formatAddress(earlier.address), formatAddress(later.address)];
      if (!overlap(earlier, later)) continue;
      if (keys[0] === keys[1]) {
        throw new UserError(
          `listen: ${keys[0]} is listed twice`,
          'an address is listened on once, also for admin and redirectHttp',
        );
      }
      throw new UserError(
        `listen: ${keys.join(' and ')} overlap`,
        '[::] takes IPv4 as well, unless ipv6Only = true; 0.0.0.0 takes all of IPv4',
      );
    }
  }
}

/** Whether the kernel would refuse the second one: it lets no two sockets listen for one address. */
function overlap(a: ListenConfig, b: ListenConfig): boolean {
  if ('path' in a.address || 'path' in b.address) return formatAddress(a.address) === formatAddress(b.address);
  if (a.address.port !== b.address.port || a.address.port === 0) return false;
  return a.address.address === b.address.address || takesAllOf(a, b.address) || takesAllOf(b, a.address);
}

function takesAllOf({ address, ipv6Only }: ListenConfig, other: SocketAddress): boolean {
  if ('path' in address || 'path' in other) return false;
  const isOthersIpv6 = other.address.includes(':');
  if (address.address === '0.0.0.0') return !isOthersIpv6;
  return address.address === '::' && (isOthersIpv6 || ipv6Only !== true);
}

function checkLog(path: string): void {
  if (isFolder(path)) throw new UserError(`the log ${path} is a folder`, 'give the path of a file in it');
  if (!isFolder(dirname(path))) throw noFolderFor(path);
  checkLogFolder(path);
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new UserError(`the log ${path} is a symbolic link`, 'give the path of the file, or stdout or stderr');
  }
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  try {
    accessSync(isThere ? path : dirname(path), constants.W_OK);
  } catch {
    throw new UserError(
      `the log ${path} cannot be written by this user`,
      `check its permissions: ls -ld ${isThere ? path : dirname(path)}`,
    );
  }
}
