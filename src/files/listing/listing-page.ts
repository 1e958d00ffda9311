/**
 * The contents of a folder, as a page and as JSON. Any user who can write into the folder chooses names, so a name is shown as text
 * and links to that entry of this folder only.
 */
import { escapeHtml } from './escape-html.js';
import { readableSize, readableTime } from './human-readable.js';
import { LISTING_STYLE } from './listing-style.js';

/** Entries that are listed: a page of 1 MB, made in 25 ms, a third of them for the order. nginx has no bound. */
export const LISTING_ENTRIES_MAX = 5_000;

export interface ListingEntry {
  /** As it is on disk: neither escaped nor encoded. */
  readonly name: string;
  readonly kind: 'file' | 'folder';
  /** Bytes; without meaning for a folder. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** Made by the first listing: it takes 5 ms, which a server without listings saves at its start. */
let collator: Intl.Collator | undefined;

/** `file2` before `file10`. The locale is fixed, so that the order does not depend on the server's language. */
function inNaturalOrder(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b);
}

/**
 * The entries that are listed, in their order: folders first, then by name; at most LISTING_ENTRIES_MAX. It needs only names and
 * kinds, so that entries which are not shown need no stat.
 *
 * A larger folder is ordered by UTF-16 code units, nearly as by `LC_ALL=C ls`: that keeps the loop busy for 15 ms with 50,000
 * names, and the natural order for 150 ms.
 */
export function listedEntries<Entry extends Pick<ListingEntry, 'name' | 'kind'>>(entries: readonly Entry[]): Entry[] {
  const order = entries.length > LISTING_ENTRIES_MAX ? byCodeUnits : naturally;
  const named = entries.filter((entry) => canBeLinked(entry.name));
  const folders = named.filter((entry) => entry.kind === 'folder').sort(order);
  const files = named.filter((entry) => entry.kind === 'file').sort(order);
  return [...folders, ...files].slice(0, LISTING_ENTRIES_MAX);
}

type Named = Pick<ListingEntry, 'name'>;

function byCodeUnits(a: Named, b: Named): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

/** Names that the collator takes as equal, such as `1` and `01`, also have a fixed order, and not that of the disk. */
function naturally(a: Named, b: Named): number {
  return inNaturalOrder(a.name, b.name) || byCodeUnits(a, b);
}

/** No file has such a name, and a link to it would lead elsewhere: "%2e%2e" is `..`, too (URL §4.4, double-dot segment). */
function canBeLinked(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/');
}

function linkedCount(entries: readonly Named[]): number {
  return entries.filter((entry) => canBeLinked(entry.name)).length;
}

/**
 * The contents for programs: `{"total": 2, "entries": [{"name", "kind", "size", "modified"}, …]}`, with times in ISO 8601 or null.
 * nginx's form, an array, could not say that there are more entries than it lists.
 * @param total  how many there are, if `entries` are not all
 */
export function jsonListing(entries: readonly ListingEntry[], total: number = linkedCount(entries)): string {
  const listed = listedEntries(entries).map(({ name, kind, size, modifiedMs }) => {
    const modified = readableTime(modifiedMs)?.iso ?? null;
    return kind === 'file' ? { name, kind, size, modified } : { name, kind, modified };
  });
  return `${JSON.stringify({ total, entries: listed })}\n`;
}

/**
 * The contents for people. To be sent with LISTING_CONTENT_SECURITY_POLICY, as UTF-8.
 * @param path   the path of the request as sent, percent-encoded, from its first slash to its last: the browser counts links
 *               up in these segments
 * @param total  how many there are, if `entries` are not all
 */
export function htmlListing(
  path: string,
  entries: readonly ListingEntry[],
  total: number = linkedCount(entries),
): string {
  const listed = listedEntries(entries);
  const segments = path.split('/').slice(1, -1);
  const title = ['', ...segments.map(decoded), ''].join('/');
  const rows = listed.map(row).join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${text(title)}</title>
<style>${LISTING_STYLE}</style>
</head>
<body>
<header>
<nav aria-label="Breadcrumb"><ol>${breadcrumbs(segments)}</ol></nav>
<h1>${bidiText(decoded(segments.at(-1) ?? '') || '/')}</h1>
</header>
<main>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">Size</th><th scope="col">Modified <small>(UTC)</small></th></tr></thead>
<tbody>
${segments.length === 0 ? '' : PARENT_ROW}${rows}</tbody>
</table>
${summary(listed.length, total)}
</main>
</body>
</html>
`;
}

const PARENT_ROW = '<tr><th scope="row"><a class="up" href="../">Parent folder</a></th><td></td><td></td></tr>\n';

/** Folders on the way that get a link. For `/a/../a/../…`, 4 KiB of path, all links would be 6 MB. */
const BREADCRUMBS_MAX = 32;

/** The last folders on the way down. An empty segment (`//`) counts, but has nothing to show. */
function breadcrumbs(segments: readonly string[]): string {
  const crumbs = segments.map((segment, index) => {
    const above = segments.length - 1 - index;
    const current = above === 0 ? ' aria-current="page"' : '';
    return segment === '' || above >= BREADCRUMBS_MAX
      ? ''
      : `<li><a href="${'../'.repeat(above) || './'}"${current}>${bidiText(decoded(segment))}</a></li>`;
  });
  const current = segments.length === 0 ? ' aria-current="page"' : '';
  return `<li><a href="${'../'.repeat(segments.length) || './'}"${current}>Top</a></li>${crumbs.join('')}`;
}

function row({ name, kind, size, modifiedMs }: ListingEntry): string {
  const isFolder = kind === 'folder';
  const slash = isFolder ? '/' : '';
  const time = readableTime(modifiedMs);
  const cells = [
    `<th scope="row"><a class="${kind}" href="${escapeHtml(`./${percentEncoded(name)}${slash}`)}">${bidiText(`${name}${slash}`)}</a></th>`,
    isFolder ? '<td></td>' : `<td><data value="${size}">${readableSize(size)}</data></td>`,
    time === undefined
      ? '<td></td>'
      : `<td><time datetime="${time.iso}">${time.day} <span>${time.minute}</span></time></td>`,
  ];
  return `<tr>${cells.join('')}</tr>\n`;
}

function summary(listed: number, total: number): string {
  if (total > listed) return `<p>The first ${counted(listed)} of ${counted(total)} entries are listed.</p>`;
  return total === 0 ? '<p>This folder is empty.</p>' : `<p>${counted(total)} ${total === 1 ? 'entry' : 'entries'}</p>`;
}

function counted(count: number): string {
  return count.toLocaleString('en');
}

/** Half a surrogate pair has no UTF-8: it is written as U+FFFD, as by every encoder. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * A name as one segment of a path: all but unreserved characters and `!*'()` as pct-encoded UTF-8 (RFC 3986 §2.1, §3.3). With `./`
 * before it, a colon makes no scheme of it (§4.2).
 */
function percentEncoded(name: string): string {
  return encodeURIComponent(name.replace(LONE_SURROGATE, '\ufffd'));
}

/** A path whose segments are decoded: the same for all its spellings, of which a client can make any number. */
export function decodedPath(path: string): string {
  return path.split('/').map(decoded).join('/');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // no folder has such a path, but making the page must not fail for it
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
const CONTROL = /[\0-\x1f\x7f]/g;
const CONTROL_PICTURES = 0x2400;

/** Text whose line ends are visible as ␊ (U+240A), and do not look like the next row. */
function text(name: string): string {
  const visible = name.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0);
    return String.fromCharCode(CONTROL_PICTURES + (code === 0x7f ? 0x21 : code));
  });
  return escapeHtml(visible);
}

/** In a `bdi`, a character that changes the direction of writing (U+202E, `gpj.exe`) changes it for this name alone. */
function bidiText(name: string): string {
  return `<bdi>${text(name)}</bdi>`;
}
