/**
 * What a folder contains, as a page and as JSON. A name is the word of whoever could write into the folder: it is shown as
 * text, and links to that entry of this folder and to nothing else.
 */
import { escapeHtml } from './escape-html.js';
import { LISTING_STYLE } from './listing-style.js';
import { readableSize, readableTime } from './readable.js';

/** Entries that are listed: a page of 1 MB, made in 25 ms, a third of them for the order. nginx has no bound. */
export const LISTING_ENTRIES_MAX = 5_000;

export interface ListingEntry {
  /** As it is on disk: neither escaped nor encoded. */
  readonly name: string;
  readonly kind: 'file' | 'folder';
  /** Bytes; of a folder it means nothing. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** `file2` before `file10`. The locale is fixed, so that the order is not that of the server's language. */
const NATURAL_ORDER = new Intl.Collator('en', { numeric: true }).compare;

/**
 * The entries that are listed, in their order: folders first, then by name; at most LISTING_ENTRIES_MAX. Names are all it
 * needs, so that who lists a large folder need not stat what is not shown.
 *
 * A folder of more is ordered by UTF-16 code units, as `LC_ALL=C ls` nearly does: of 50,000 names that takes 15 ms, and the
 * natural order 150 ms, in which nobody else is answered.
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

/** Names that the collator takes for equal, such as `1` and `01`, still have one order, whatever order the disk has them in. */
function naturally(a: Named, b: Named): number {
  return NATURAL_ORDER(a.name, b.name) || byCodeUnits(a, b);
}

/** No file has such a name, and every link to one would lead elsewhere: "%2e%2e" is `..` too (URL §4.4, double-dot segment). */
function canBeLinked(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/');
}

function linkedCount(entries: readonly Named[]): number {
  return entries.filter((entry) => canBeLinked(entry.name)).length;
}

/**
 * What the folder contains, for programs: `{"total": 2, "entries": [{"name", "kind", "size", "modified"}, …]}`, with the time in
 * ISO 8601 or null. An object and not nginx's array, which could not say that there is more than it lists.
 * @param total  how many there are, where `entries` are not all
 */
export function jsonListing(entries: readonly ListingEntry[], total: number = linkedCount(entries)): string {
  const listed = listedEntries(entries).map(({ name, kind, size, modifiedMs }) => {
    const modified = readableTime(modifiedMs)?.iso ?? null;
    return kind === 'file' ? { name, kind, size, modified } : { name, kind, modified };
  });
  return `${JSON.stringify({ total, entries: listed })}\n`;
}

/**
 * What the folder contains, for people. To be sent with LISTING_CONTENT_SECURITY_POLICY, as UTF-8.
 * @param path   of the request, as sent: percent-encoded, from one slash to the last; links up are counted in what the browser
 *               takes for segments, and to it `a%2Fb` is one
 * @param total  how many there are, where `entries` are not all
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

/** Folders on the way that have a link. Of `/a/../a/../…`, in 4 KiB of path, all links together would be 6 MB. */
const BREADCRUMBS_MAX = 32;

/** The last folders on the way down. A segment of no characters (`//`) counts, but has nothing to show. */
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

/** Half a surrogate pair, which stands for no character and has no UTF-8: as U+FFFD, like everywhere on its way out. */
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
    return segment; // such a path names no folder, but the page is not what should fail for it
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x1f\x7f]/g;
const CONTROL_PICTURES = 0x2400;

/** Text in which a line end is seen as ␊ (U+240A), and does not look like the next row. */
function text(name: string): string {
  const visible = name.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0);
    return String.fromCharCode(CONTROL_PICTURES + (code === 0x7f ? 0x21 : code));
  });
  return escapeHtml(visible);
}

/** In a `bdi`, what turns the direction of writing (U+202E, `gpj.exe`) turns this name and nothing after it. */
function bidiText(name: string): string {
  return `<bdi>${text(name)}</bdi>`;
}
