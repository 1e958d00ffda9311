/** Reads a folder on a disk thread, since it can have any number of entries, and answers with its listing. */
import { isUtf8 } from 'node:buffer';
import { prefersJson } from '../../http/negotiation.js';
import { constants, native } from '../../native/addon.js';
import { isMissing, isWouldBlock } from '../../native/errno.js';
import {
  STAT_LENGTH,
  STAT_MODE,
  STAT_MTIME_NANOSECONDS,
  STAT_MTIME_SECONDS,
  STAT_SIZE,
} from '../../native/native-api.js';
import { SystemError } from '../../native/system-error.js';
import { hasDotName } from '../dot-names.js';
import type { FileRequest, FileResponse } from '../file-exchange.js';
import { OPEN_ATTEMPTS_MAX, type OpenFolder } from '../root-folder.js';
import {
  decodedPath,
  htmlListing,
  jsonListing,
  LISTING_ENTRIES_MAX,
  type ListingEntry,
  listedEntries,
} from './listing-page.js';
import { LISTING_CONTENT_SECURITY_POLICY } from './listing-style.js';

const { RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, S_IFDIR, S_IFMT, S_IFREG } = constants;

/** Names that are read from a folder. More are not counted: reading a million takes a thread seconds. */
const LISTING_NAMES_MAX = 100_000;

const JSON_TYPE = 'application/json';
const HTML_TYPE = 'text/html; charset=utf-8';

/** The contents of a folder, for all clients that requested it at the same time. */
export class FolderContents {
  /** The listed entries, in their order. */
  readonly #entries: readonly ListingEntry[];
  /** The number of all entries. */
  readonly #total: number;
  /** The last page that was made: 1 MB, and 25 ms of the loop, which all clients share, however they spell its path. */
  #page: { readonly key: string; readonly bytes: Buffer } | undefined;

  constructor(entries: readonly ListingEntry[], total: number) {
    this.#entries = entries;
    this.#total = total;
  }

  /** Answers with a page, or with JSON if the client prefers it. */
  send(request: FileRequest, response: FileResponse): void {
    const isJson = prefersJson(request.header('accept'));
    const headers = {
      'Content-Type': isJson ? JSON_TYPE : HTML_TYPE,
      'Content-Security-Policy': LISTING_CONTENT_SECURITY_POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-cache',
      Vary: 'Accept',
    };
    const page = isJson
      ? this.#pageOf(JSON_TYPE, () => jsonListing(this.#entries, this.#total))
      : this.#pageOf(decodedPath(request.path), () => htmlListing(request.path, this.#entries, this.#total));
    response.send(200, headers, page);
  }

  #pageOf(key: string, make: () => string): Buffer {
    if (this.#page?.key !== key) this.#page = { key, bytes: Buffer.from(make()) };
    return this.#page.bytes;
  }
}

type Named = Pick<ListingEntry, 'name' | 'kind'>;

/**
 * Reads the contents of an open folder by its descriptor, so that it is the same folder even if it is renamed meanwhile.
 * @returns  undefined if the folder was removed
 * @throws   SystemError EIO …
 */
export async function readContents(folder: OpenFolder, showsDotNames: boolean): Promise<FolderContents | undefined> {
  const names = await readNames(folder);
  if (names === undefined) return undefined;
  const { plain, links } = split(names, (name) => showsDotNames || !hasDotName(folder.name + name));
  // A link is resolved as the path of a request for it is.
  const linked = await describe(folder.rootFd, folder.name, links.slice(0, LISTING_ENTRIES_MAX), folder.resolve);
  const listed = listedEntries([...plain, ...linked.values()]);
  const described = await describe(
    folder.fd,
    '',
    listed.filter(({ name }) => !linked.has(name)).map(({ name }) => name),
    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
  );
  // Without those that are gone already.
  const entries = listed.flatMap(({ name }) => linked.get(name) ?? described.get(name) ?? []);
  return new FolderContents(entries, plain.length + linked.size);
}

function readNames({ fd, name }: OpenFolder): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    native.getdents64_job(fd, LISTING_NAMES_MAX, (n, names) => {
      if (n >= 0) resolve(names);
      else if (isMissing(n)) resolve(undefined);
      else reject(new SystemError(n, 'getdents64', { path: name }));
    });
  });
}

const FOLDER = 'd'.charCodeAt(0);
const LINK = 'l'.charCodeAt(0);

/** Names that are not UTF-8 are left out, since no URL of this server names them. */
function split(bytes: Buffer, isShown: (name: string) => boolean): { plain: Named[]; links: string[] } {
  const plain: Named[] = [];
  const links: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0, at);
    const name = bytes.toString('utf8', at + 1, end);
    if ((!name.includes('\ufffd') || isUtf8(bytes.subarray(at + 1, end))) && isShown(name)) {
      if (bytes[at] === LINK) links.push(name);
      else plain.push({ name, kind: bytes[at] === FOLDER ? 'folder' : 'file' });
    }
    at = end + 1;
  }
  return { plain, links };
}

/**
 * The stat of each name.
 * @param prefix  the folder of all names: '' or with a slash at its end
 * @returns       those that are files or folders
 */
async function describe(
  dirFd: number,
  prefix: string,
  names: readonly string[],
  resolve: number,
): Promise<Map<string, ListingEntry>> {
  const entries = new Map<string, ListingEntry>();
  let unknown = names;
  for (let attempt = 0; attempt < OPEN_ATTEMPTS_MAX && unknown.length > 0; attempt++) {
    const stats = await statAll(dirFd, prefix, unknown, resolve);
    unknown = unknown.filter((name, index) => {
      const stat = stats.subarray(STAT_LENGTH * index);
      const kind = kindOf(stat);
      if (kind !== undefined) entries.set(name, entryOf(name, kind, stat));
      return isWouldBlock(stat[STAT_MODE] as number);
    });
  }
  return entries;
}

function statAll(dirFd: number, prefix: string, names: readonly string[], resolve: number): Promise<Float64Array> {
  const bytes = Buffer.from(names.map((name) => `${name}\0`).join(''));
  return new Promise((settle) => {
    native.openat2_stat_job(dirFd, prefix, bytes, resolve, (_found, stats) => settle(stats));
  });
}

/** @param stat  its mode is negative if there is no such entry */
function kindOf(stat: Float64Array): ListingEntry['kind'] | undefined {
  const mode = stat[STAT_MODE] as number;
  if (mode < 0) return undefined;
  const type = mode & S_IFMT;
  return type === S_IFREG ? 'file' : type === S_IFDIR ? 'folder' : undefined;
}

function entryOf(name: string, kind: ListingEntry['kind'], stat: Float64Array): ListingEntry {
  const seconds = stat[STAT_MTIME_SECONDS] as number;
  const modifiedMs = seconds * 1000 + (stat[STAT_MTIME_NANOSECONDS] as number) / 1e6;
  return { name, kind, size: stat[STAT_SIZE] as number, modifiedMs };
}
