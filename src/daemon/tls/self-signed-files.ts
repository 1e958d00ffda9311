/** Makes the certificate of `tlsSelfSigned`, for development. It is kept, so that a browser has to trust it once. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import type { SocketAddress } from '../../linux/socket-address.js';
import { selfSigned } from '../../tls/self-signed.js';
import type { Config } from '../config/config.js';
import { trustedFile } from '../config/self-signed-file.js';
import { UserError } from '../config/user-error.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Apple's systems refuse certificates of more than 825 days, also those that a user trusts. */
const DAYS = 365;
const DAYS_LEFT_MIN = 30;

/** Names of the user's other servers included: two servers that start by turns must not replace each other's certificate. */
const NAMES_MAX = 100;

/** RFC 5890 §2.3.1, with a star in front. */
const DNS_NAME = /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/**
 * Makes the certificate, unless a good one is there.
 * @throws  UserError for a folder that cannot be written, or belongs to another user
 */
export function keepSelfSigned(config: Pick<Config, 'tls' | 'listen' | 'sites'>, nowMs: number = Date.now()): void {
  for (const { cert } of config.tls) keep(cert, namesToSign(config), nowMs);
}

function keep(path: string, names: readonly string[], nowMs: number): void {
  try {
    makeFolder(dirname(path));
    const before = read(path);
    const text = isGood(before, names, nowMs) ? before : newPair([...names, ...namesOf(before)], nowMs);
    if (text !== before) write(path, text, 0o600);
    const certificate = new X509Certificate(text).toString();
    if (certificate !== read(trustedFile(path))) write(trustedFile(path), certificate, 0o644);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof UserError || code === undefined) throw error;
    throw new UserError(
      `tlsSelfSigned: ${path} cannot be written (${code})`,
      'name another folder: XDG_CACHE_HOME=DIR',
    );
  }
}

/** The names under which clients reach the server: the machine's names, the addresses of `listen`, the hosts of the sites. */
function namesToSign({ listen, sites }: Pick<Config, 'listen' | 'sites'>): readonly string[] {
  const addresses = listen.flatMap(({ address }) => addressesOf(address));
  const hosts = sites.flatMap(({ hosts = [] }) => hosts);
  const names = ['localhost', hostname(), '127.0.0.1', '::1', ...addresses, ...hosts].map(canonical);
  return [...new Set(names.filter((name) => isIP(name) !== 0 || DNS_NAME.test(name)))];
}

/** `0.0.0.0` and `::` stand for the addresses of all interfaces. */
function addressesOf(address: SocketAddress): readonly string[] {
  if ('path' in address) return [];
  if (address.address !== '0.0.0.0' && address.address !== '::') return [address.address];
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return own.flatMap((each) => (each.internal || each.address.startsWith('fe80:') ? [] : each.address));
}

/** In small letters, IPv6 in its shortest form: OpenSSL prints it in full. */
function canonical(name: string): string {
  const address = name.replace(/^\[(.*)\]$/, '$1');
  return isIP(address) === 6 ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address.toLowerCase();
}

function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) {
    throw new UserError(`tlsSelfSigned: ${folder} is not a folder of this user`, 'name another: XDG_CACHE_HOME=DIR');
  }
  if ((stat.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Writes the whole file or nothing, because a server that starts meanwhile reads it. */
function write(path: string, text: string, mode: number): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text, { mode });
  renameSync(temporary, path);
}

function isGood(pem: string, names: readonly string[], nowMs: number): boolean {
  const leaf = certificateOf(pem);
  if (leaf === undefined || Date.parse(leaf.validFrom) > nowMs) return false;
  if (Date.parse(leaf.validTo) < nowMs + DAYS_LEFT_MIN * DAY_MS) return false;
  const signed = namesOf(pem);
  return names.every((name) => signed.includes(name)) && isKeyOf(leaf, pem);
}

function newPair(names: readonly string[], nowMs: number): string {
  const { cert, key } = selfSigned({ names: [...new Set(names)].slice(0, NAMES_MAX), days: DAYS, fromMs: nowMs });
  return `${cert}${key}`;
}

function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function isKeyOf(leaf: X509Certificate, pem: string): boolean {
  try {
    return leaf.checkPrivateKey(createPrivateKey(pem));
  } catch {
    return false;
  }
}

function namesOf(pem: string): readonly string[] {
  const entries = certificateOf(pem)?.subjectAltName?.split(', ') ?? [];
  return entries.map((entry) => canonical(entry.replace(/^(?:DNS|IP Address):/, '')));
}
