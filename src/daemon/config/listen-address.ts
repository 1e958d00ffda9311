/** Addresses to listen on, as people write them. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { hasIpv6 } from '../../linux/has-ipv6.js';
import type { SocketAddress } from '../../linux/socket-address.js';
import type { ListenConfig } from './config.js';

import { UserError } from './user-error.js';
import type { ListenEntry, ListenOption, ListenTable } from './value-shapes.js';

const FORM_HINT = 'an address is written 127.0.0.1:9369, [::]:80, localhost:9369 or unix:/run/site.sock';

/** sockaddr_un has room for 108, of which the last ends it (unix(7)). */
const UNIX_PATH_BYTES_MAX = 107;

/** Longer texts are cut, so that a message stays readable. */
const SHOWN_CHARACTERS_MAX = 60;

/** All addresses of a name, as the system's resolver has them. */
export type Lookup = (host: string) => Promise<readonly { readonly address: string }[]>;

export const systemLookup: Lookup = (host) => lookup(host, { all: true });

/**
 * @param key  the option, for messages
 * @returns    several for a name that has several addresses, such as localhost
 * @throws     UserError
 */
export async function listenConfigs(
  key: 'listen' | 'redirectHttp',
  entries: ListenOption,
  lookup: Lookup,
): Promise<readonly ListenConfig[]> {
  const list = typeof entries === 'string' || !('length' in entries) ? [entries] : entries;
  return (await Promise.all(list.map((entry) => listenConfigsOf(key, entry, lookup)))).flat();
}

async function listenConfigsOf(key: string, entry: ListenEntry, lookup: Lookup): Promise<readonly ListenConfig[]> {
  const {
    address: text,
    mode,
    ipv6Only,
    proxyProtocol,
  }: ListenTable = typeof entry === 'string' ? { address: entry } : entry;
  const addresses = await addressesOf(key, text, lookup);
  if (mode !== undefined && !addresses.every((address) => 'path' in address)) {
    throw new UserError(
      `${key}: ${text} cannot have a mode`,
      'only a Unix socket has one: { address = "unix:/run/site.sock", mode = "0660" }',
    );
  }
  if (ipv6Only !== undefined && !addresses.some((address) => 'port' in address && address.address.includes(':'))) {
    throw new UserError(
      `${key}: ${text} is not an IPv6 address`,
      'ipv6Only is for { address = "[::]:80", ipv6Only = true }',
    );
  }
  return listensAt(addresses, `${key} ${text}`, {
    ...(mode !== undefined && { mode: Number.parseInt(mode, 8) }),
    ...(ipv6Only !== undefined && { ipv6Only }),
    ...(proxyProtocol !== undefined && { proxyProtocol }),
  });
}

/** @throws  UserError */
export async function hostConfigs(host: string, port: number, lookup: Lookup): Promise<readonly ListenConfig[]> {
  return listensAt(
    (await resolveHost(host, lookup)).map((address) => ({ address, port })),
    host,
    {},
  );
}

function listensAt(
  addresses: readonly SocketAddress[],
  name: string,
  options: Omit<ListenConfig, 'address'>,
): readonly ListenConfig[] {
  const sharesPort = addresses.length > 1 && addresses.some((address) => 'port' in address && address.port === 0);
  return addresses.map((address) => ({ address, ...options, ...(sharesPort && { portSharedBy: name }) }));
}

/**
 * @returns  several for a name that has several addresses
 * @throws   UserError for one that can be reached from other machines
 */
export async function adminAddresses(text: string, lookup: Lookup): Promise<readonly SocketAddress[]> {
  const addresses = await addressesOf('admin', text, lookup);
  if (addresses.every(isLocal)) return addresses;
  throw new UserError(
    `admin: ${text} can be reached from other machines`,
    'use 127.0.0.1:9370, [::1]:9370 or unix:/run/admin.sock',
  );
}

/**
 * @param key  the option, for messages
 * @throws     UserError for a text that is not an address, or a name that cannot be resolved
 */
async function addressesOf(key: string, text: string, lookup: Lookup): Promise<readonly SocketAddress[]> {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    if (path.startsWith('/') && Buffer.byteLength(path) <= UNIX_PATH_BYTES_MAX) return [{ path }];
    throw new UserError(
      `${key}: ${shortened(text)} is not an absolute path of at most ${UNIX_PATH_BYTES_MAX} bytes`,
      FORM_HINT,
    );
  }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain ?? '';
  if (digits === undefined || host === '' || port > 65_535 || (bracketed !== undefined && isIP(bracketed) !== 6)) {
    throw new UserError(`${key}: ${shortened(text)} is not an address with a port`, hintFor(text));
  }
  return (await resolveHost(host, lookup)).map((address) => ({ address, port }));
}

/** A hint for what was probably meant. */
function hintFor(text: string): string {
  if (isIP(text) === 6 || isIP(text.replace(/:\d*$/, '')) === 6) return 'an IPv6 address has brackets: [::1]:80';
  if (/^:?\d+$/.test(text)) return 'for this machine only, 127.0.0.1:80; for all, 0.0.0.0:80, or with IPv6 [::]:80';
  if (text.startsWith('/')) return `a Unix socket is written unix:${shortened(text)}`;
  return FORM_HINT;
}

function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
}

/**
 * All addresses of a name, without those of IPv6 on a machine that has no IPv6.
 * @throws  UserError
 */
async function resolveHost(host: string, lookup: Lookup): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const addresses = await lookup(host).catch(() => []);
  const all = [...new Set(addresses.map(({ address }) => address))];
  if (all.length === 0) {
    throw new UserError(`the host ${host} is unknown`, 'use 127.0.0.1 for this machine only, 0.0.0.0 for all');
  }
  const ofIpv4 = all.filter((address) => isIP(address) === 4);
  return ofIpv4.length === 0 || ofIpv4.length === all.length || hasIpv6() ? all : ofIpv4;
}

/** Whether this machine alone can reach it. */
function isLocal(address: SocketAddress): boolean {
  return 'path' in address || address.address === '::1' || address.address.startsWith('127.');
}

export function workersOf(workers: number | 'auto'): number {
  return workers === 'auto' ? availableParallelism() : workers;
}
