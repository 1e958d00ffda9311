/**
 * The listing of a folder: read off the loop, since a folder can have any number of entries, on any disk; by one thread, since
 * others wait for them, too.
 */
import { isUtf8 } from 'node:buffer';
import { prefersJson } from '../http/negotiation.js';
import { LISTING_NAMES_MAX } from '../limits.js';
import { native } from '../native/addon.js';
import { STAT_LENGTH, STAT_MODE, STAT_MTIME_NANOSECONDS, STAT_MTIME_SECONDS, STAT_SIZE } from '../native/native-api.js';
import { SystemError } from '../native/system-error.js';
import type { HttpRequest } from '../server/http-request.js';
import type { HttpResponse } from '../server/http-response.js';
import { hasDotName } from './dot-names.js';
import { htmlListing, jsonListing, type ListingEntry, listedEntries } from './listing.js';
import { LISTING_CONTENT_SECURITY_POLICY } from './listing-style.js';

export interface FolderContents {
  /** Those that are listed, in their order. */
  readonly entries: ListingEntry[];
  /** How many there are. */
  readonly total: number;
}

/** Answers with what is in a folder: as a page, or as JSON for who prefers it. */
export function sendListing(request: HttpRequest, response: HttpResponse, { entries, total }: FolderContents): void {
  const isJson = prefersJson(request.header('accept'));
  const headers = {
    'Content-Type': isJson ? 'application/json' : 'text/html; charset=utf-8',
    'Content-Security-Policy': LISTING_CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-cache',
    Vary: 'Accept',
  };
  response.send(200, headers, isJson ? jsonListing(entries, total) : htmlListing(request.path, entries, total));
}

type Named = Pick<ListingEntry, 'name' | 'kind'>;

/**
 * Reads what is in a folder. By its descriptor, not by its name: whatever is renamed meanwhile, this is the folder that was
 * opened below the root.
 * @param fd    stays open until this resolves
 * @param name  relative to the root: '' or with a slash at its end
 * @throws      SystemError EIO …
 */
export async function readFolder(fd: number, name: string, showsDotNames: boolean): Promise<FolderContents> {
  const names = await new Promise<Buffer>((resolve, reject) => {
    native.getdents64_job(fd, LISTING_NAMES_MAX, (n, bytes) => {
      if (n < 0) reject(new SystemError(n, 'getdents64', { path: name }));
      else resolve(bytes);
    });
  });
  const named = namedEntries(names).filter((entry) => showsDotNames || !hasDotName(name + entry.name));
  return { entries: await describeAll(fd, listedEntries(named)), total: named.length };
}

/**
 * What a symbolic link leads to is found out when it is asked for; devices and the like are not served: neither is among
 * them. Nor are names that are no UTF-8, since no URL of this server names them.
 */
function namedEntries(bytes: Buffer): Named[] {
  const named: Named[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0, at);
    const name = bytes.toString('utf8', at + 1, end);
    if (!name.includes('\ufffd') || isUtf8(bytes.subarray(at + 1, end))) {
      named.push({ name, kind: bytes[at] === FOLDER ? 'folder' : 'file' });
    }
    at = end + 1;
  }
  return named;
}

const FOLDER = 'd'.charCodeAt(0);

/** Without those that are gone already. */
async function describeAll(fd: number, named: readonly Named[]): Promise<ListingEntry[]> {
  const stats = new Float64Array(STAT_LENGTH * named.length);
  const names = Buffer.from(named.map(({ name }) => `${name}\0`).join(''));
  await new Promise((resolve) => native.fstatat_job(fd, names, stats, resolve));
  const entries: ListingEntry[] = [];
  named.forEach(({ name, kind }, index) => {
    const stat = stats.subarray(STAT_LENGTH * index);
    if (stat[STAT_MODE] === 0) return;
    const seconds = stat[STAT_MTIME_SECONDS] as number;
    const modifiedMs = seconds * 1000 + (stat[STAT_MTIME_NANOSECONDS] as number) / 1e6;
    entries.push({ name, kind, size: stat[STAT_SIZE] as number, modifiedMs });
  });
  return entries;
}
