/**
 * Decides which file a path stands for. The generator yields names to look up; its driver answers each, at once or after a thread has
 * asked the disk.
 */
import type { Coding } from './accepted-codings.js';
import { COMPRESSION_CODINGS, isCompressible, isWorthCompressing } from './compression.js';
import type { Content } from './content.js';
import { hasDotName } from './dot-names.js';
import type { FileHandlerOptions } from './file-options.js';
import type { FileRemarks, FileTarget } from './file-target.js';
import { hasMediaType, mediaType } from './media-types.js';
import type { OpenFile } from './open-file.js';
import { isOutdated, PRECOMPRESSED_ENDINGS } from './precompressed.js';
import { identityOf, type Representation } from './representation.js';
import { NO_NAME } from './resolve-path.js';
import type { Entry } from './root-folder.js';

export interface FoundFile<C extends Content = Content> extends Representation<C> {
  readonly kind: 'file';
  /** Relative to the root. */
  readonly name: string;
  /** The coding that the client prefers, if the file should be compressed now. */
  readonly compressAs?: Coding | undefined;
}

/** A folder without its page, by its name: '' or with a slash at its end. */
export interface FoundListing {
  readonly kind: 'listing';
  readonly name: string;
}

export type Found<C extends Content = Content> =
  | FoundFile<C>
  /** The page of a 404. */
  | ({ readonly kind: 'not-found-page' } & Representation<C>)
  | { readonly kind: 'redirect' }
  | FoundListing
  | { readonly kind: 'nothing' };

/** Yields names relative to the root, and is resumed with the entry of each name, or by throw() with the error of the look-up. */
export type Lookup = Generator<string, Found<OpenFile>, Entry>;

/** The parts of a request that decide the look-up. */
export interface LookupRequest {
  readonly target: FileTarget;
  /** Accepted by the client, the best first. */
  readonly codings: readonly Coding[];
  /** Read before the state of any file. */
  readonly nowMs: number;
}

const NOTHING: Found<OpenFile> = { kind: 'nothing' };
const REDIRECT: Found<OpenFile> = { kind: 'redirect' };

export function* lookUp(request: LookupRequest, options: FileHandlerOptions): Lookup {
  const { cleanUrls, dotFiles, fallback, index = 'index.html', listing, notFoundPage, single } = options;
  const { name, remarks, fallbackRemarks } = request.target;
  if (name !== NO_NAME && (dotFiles === true || !hasDotName(name))) {
    const isFolderName = name === '' || name.endsWith('/');
    const fileName = isFolderName ? name + index : name;
    const entry = yield fileName;
    if (entry.kind === 'file') return yield* represent(fileName, entry, remarks, request, options);
    if (entry.kind === 'folder' && !isFolderName) return REDIRECT;
    if (isFolderName && listing === true && (yield name).kind === 'folder') return { kind: 'listing', name };
    const pageName = `${name}.html`;
    // `..` is no dot name, `...html` is.
    if (!isFolderName && cleanUrls === true && (dotFiles === true || !hasDotName(pageName))) {
      const page = yield pageName;
      if (page.kind === 'file') return yield* represent(pageName, page, remarks, request, options);
    }
  }
  if (fallback !== undefined && !(single === true && name !== NO_NAME && hasMediaType(name))) {
    const page = yield fallback;
    if (page.kind === 'file') return yield* represent(fallback, page, fallbackRemarks, request, options);
  }
  if (notFoundPage !== undefined) {
    const page = yield notFoundPage;
    if (page.kind === 'file') {
      const contentType = mediaType(notFoundPage);
      return { kind: 'not-found-page', content: page, ...identityOf(page, request.nowMs), contentType };
    }
  }
  return NOTHING;
}

/** The file itself, or the best compressed file beside it that the client accepts. */
function* represent(
  name: string,
  file: OpenFile,
  remarks: FileRemarks,
  { target: { defaultHeaders }, codings, nowMs }: LookupRequest,
  { precompressed, compress }: FileHandlerOptions,
): Lookup {
  const contentType = remarks.contentType ?? mediaType(name);
  const said = { ...remarks, contentType, defaultHeaders };
  const plain = { kind: 'file', name, content: file, ...identityOf(file, nowMs), ...said } as const;
  const isTextCompressed = compress === true && isCompressible(contentType);
  if (precompressed !== true && !isTextCompressed) return plain;
  const vary = 'Accept-Encoding';
  try {
    for (const coding of precompressed === true ? codings : []) {
      const entry = yield name + PRECOMPRESSED_ENDINGS[coding];
      if (entry.kind !== 'file') continue;
      if (!isOutdated(entry.modifiedMs, file.modifiedMs)) {
        file.close();
        return { ...plain, content: entry, ...identityOf(entry, nowMs), contentEncoding: coding, vary };
      }
      entry.close();
    }
  } catch (error) {
    file.close();
    throw error;
  }
  if (!isTextCompressed || !isWorthCompressing(file.size)) return { ...plain, vary };
  return { ...plain, vary, compressAs: codings.find((coding) => COMPRESSION_CODINGS.includes(coding)) };
}
