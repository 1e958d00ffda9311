/** The listing of a folder: read off the loop, since a folder can have any number of entries, on any disk. */
import { lstat, opendir } from 'node:fs/promises';
import { prefersJson } from '../http/negotiation.js';
import { LISTING_NAMES_MAX } from '../limits.js';
import { native } from '../native.js';
import type { HttpRequest } from '../server/http-request.js';
import type { HttpResponse } from '../server/http-response.js';
import { hasDotName } from './dot-names.js';
import { htmlListing, jsonListing, type ListingEntry, listedEntries } from './listing.js';
import { LISTING_CONTENT_SECURITY_POLICY } from './listing-style.js';

export interface ListedFolder {
  /** An open folder, which is closed when it is read. */
  readonly fd: number;
  /** Relative to the root: '' or with a slash at its end. */
  readonly name: string;
  readonly showsDotNames: boolean;
}

/** Answers with what is in a folder: as a page, or as JSON for who prefers it. */
export async function sendListing(request: HttpRequest, response: HttpResponse, folder: ListedFolder): Promise<void> {
  const isJson = prefersJson(request.header('accept'));
  const path = request.path;
  const { entries, total } = await readFolder(folder);
  const headers = {
    'Content-Type': isJson ? 'application/json' : 'text/html; charset=utf-8',
    'Content-Security-Policy': LISTING_CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-cache',
    Vary: 'Accept',
  };
  response.send(200, headers, isJson ? jsonListing(entries, total) : htmlListing(path, entries, total));
}

type Named = Pick<ListingEntry, 'name' | 'kind'>;

async function readFolder({ fd, name: folder, showsDotNames }: ListedFolder): Promise<{
  entries: ListingEntry[];
  total: number;
}> {
  // By its descriptor, not by its name: whatever is renamed meanwhile, this is the folder that was opened below the root.
  const path = `/proc/self/fd/${fd}`;
  try {
    const named: Named[] = [];
    for await (const entry of await opendir(path, { bufferSize: 1024 })) {
      if (named.length === LISTING_NAMES_MAX) break;
      if (!showsDotNames && hasDotName(folder + entry.name)) continue;
      // What a symbolic link leads to is found out when it is asked for. Devices and the like are not served.
      if (entry.isDirectory()) named.push({ name: entry.name, kind: 'folder' });
      else if (entry.isFile()) named.push({ name: entry.name, kind: 'file' });
    }
    const listed = listedEntries(named);
    const entries = await Promise.all(listed.map((entry) => describe(path, entry)));
    return { entries: entries.filter((entry) => entry !== undefined), total: named.length };
  } finally {
    native.close(fd);
  }
}

/** @returns  undefined where it is gone already */
async function describe(folder: string, { name, kind }: Named): Promise<ListingEntry | undefined> {
  try {
    const { size, mtimeMs } = await lstat(`${folder}/${name}`);
    return { name, kind, size, modifiedMs: mtimeMs };
  } catch {
    return undefined;
  }
}
