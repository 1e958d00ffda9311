/**
 * What a path stands for. The decisions alone: which names are looked up is yielded, and whoever drives it says what is there,
 * at once or when a thread has asked the disk.
 */
import { chooseEncoding } from '../http/negotiation.js';
import type { Content } from './content.js';
import { hasDotName } from './dot-names.js';
import type { FileHandlerOptions } from './file-handler.js';
import { mediaType } from './media-types.js';
import type { OpenFile } from './open-file.js';
import { type Representation, validatorsOf } from './representation.js';
import { resolvePath, UNNAMED } from './resolve-path.js';
import type { Entry } from './root-folder.js';

export type Found<C extends Content = Content> =
  | ({ readonly kind: 'file' } & Representation<C>)
  /** The page of a 404. */
  | ({ readonly kind: 'not-found-page' } & Representation<C>)
  | { readonly kind: 'redirect' }
  /** A folder, by its name: '' or with a slash at its end. */
  | { readonly kind: 'listing'; readonly name: string }
  | { readonly kind: 'nothing' };

/** Yields names relative to the root, and is given what each stands for; or, by throw(), why that cannot be known. */
export type Lookup = Generator<string, Found<OpenFile>, Entry>;

/** What of a request decides. */
export interface LookupRequest {
  readonly path: string;
  readonly acceptEncoding: string | undefined;
}

/** Content codings of files that are compressed beforehand, in the order in which they are preferred, and how their names end. */
const PRECOMPRESSED = { br: '.br', zstd: '.zst', gzip: '.gz' } as const;
const CODINGS = Object.keys(PRECOMPRESSED) as (keyof typeof PRECOMPRESSED)[];

const NOTHING: Found<OpenFile> = { kind: 'nothing' };
const REDIRECT: Found<OpenFile> = { kind: 'redirect' };

export function* lookUp(request: LookupRequest, options: FileHandlerOptions): Lookup {
  const { cleanUrls, dotFiles, fallback, index = 'index.html', listing, notFoundPage } = options;
  const name = resolvePath(request.path);
  if (name !== UNNAMED && (dotFiles === true || !hasDotName(name))) {
    const isFolderName = name === '' || name.endsWith('/');
    const fileName = isFolderName ? name + index : name;
    const entry = yield fileName;
    if (entry.kind === 'file') return yield* represent(fileName, entry, request, options);
    if (entry.kind === 'folder' && !isFolderName) return REDIRECT;
    if (isFolderName && listing === true && (yield name).kind === 'folder') return { kind: 'listing', name };
    const pageName = `${name}.html`;
    // `..` is no dot name, `...html` is.
    if (!isFolderName && cleanUrls === true && (dotFiles === true || !hasDotName(pageName))) {
      const page = yield pageName;
      if (page.kind === 'file') return yield* represent(pageName, page, request, options);
    }
  }
  if (fallback !== undefined) {
    const page = yield fallback;
    if (page.kind === 'file') return yield* represent(fallback, page, request, options);
  }
  if (notFoundPage !== undefined) {
    const page = yield notFoundPage;
    if (page.kind === 'file') {
      const contentType = mediaType(notFoundPage);
      return { kind: 'not-found-page', content: page, validators: validatorsOf(page), contentType };
    }
  }
  return NOTHING;
}

/** The file itself, or the best of the compressed ones beside it that the client understands. */
function* represent(
  name: string,
  file: OpenFile,
  { acceptEncoding }: LookupRequest,
  { precompressed }: FileHandlerOptions,
): Lookup {
  const contentType = mediaType(name);
  if (precompressed !== true) return { kind: 'file', content: file, validators: validatorsOf(file), contentType };
  const vary = 'Accept-Encoding';
  const found = new Map<string, OpenFile>();
  try {
    for (const coding of acceptEncoding === undefined ? [] : CODINGS) {
      if (chooseEncoding(acceptEncoding, [coding]) !== coding) continue;
      const entry = yield name + PRECOMPRESSED[coding];
      if (entry.kind !== 'file') continue;
      // An older one is not of this file any more.
      if (isOlder(entry, file)) entry.close();
      else found.set(coding, entry);
    }
  } catch (error) {
    for (const opened of [file, ...found.values()]) opened.close();
    throw error;
  }
  const contentEncoding = chooseEncoding(acceptEncoding, [...found.keys()]) ?? '';
  const chosen = found.get(contentEncoding);
  for (const other of found.values()) if (other !== chosen) other.close();
  if (chosen === undefined) return { kind: 'file', content: file, validators: validatorsOf(file), contentType, vary };
  file.close();
  return { kind: 'file', content: chosen, validators: validatorsOf(chosen), contentType, contentEncoding, vary };
}

function isOlder(a: OpenFile, b: OpenFile): boolean {
  if (a.modifiedSeconds !== b.modifiedSeconds) return a.modifiedSeconds < b.modifiedSeconds;
  return a.modifiedNanoseconds < b.modifiedNanoseconds;
}
