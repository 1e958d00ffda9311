/** The options of fileHandler(), and what they come to. */
import type { Shape } from '../options/check-options.js';

/** How a folder is served. */
export interface FileHandlerOptions {
  /** The page of a folder. Default: `index.html`. */
  readonly index?: string;
  /** `/page` is `page.html`, if there is no `page`. Default: false. */
  readonly cleanUrls?: boolean;
  /** A file that is sent, with 200, for each path that matches no file. */
  readonly fallback?: string;
  /**
   * `fallback`, or else the index, is the page of a single-page application. It is sent for routes only: a missing
   * `/assets/app.js` is answered 404, because a script must not get HTML. Default: false.
   */
  readonly single?: boolean;
  /** A file that is sent as the page of a 404. Default: a line of text. */
  readonly notFoundPage?: string;
  /** A folder without an index is listed, as HTML or as JSON, whichever the client prefers. Default: false. */
  readonly listing?: boolean;
  /** Names that begin with a dot are served; `.well-known` always is. Default: false. */
  readonly dotFiles?: boolean;
  /** Symbolic links are followed if they stay below the folder. Default: true. */
  readonly followSymlinks?: boolean;
  /**
   * `name.br`, `name.zst` or `name.gz` is sent for `name` to clients that accept it, unless `name` is newer by more than two seconds.
   * Default: false.
   */
  readonly precompressed?: boolean;
  /**
   * Text is compressed for clients that accept it, if no compressed file lies beside it: once, by a thread, and cached until the file
   * changes. Default: false. docs/files.md says more, also about secrets (BREACH).
   */
  readonly compress?: boolean;
}

export const FILE_HANDLER_OPTIONS: Shape<FileHandlerOptions> = {
  index: 'string',
  cleanUrls: 'boolean',
  single: 'boolean',
  fallback: 'string',
  notFoundPage: 'string',
  listing: 'boolean',
  dotFiles: 'boolean',
  followSymlinks: 'boolean',
  precompressed: 'boolean',
  compress: 'boolean',
};

/** The same options with the names of pages below the folder: `/404.html` is `404.html`, and `single` has its `fallback`. */
export function withPageNames<O extends FileHandlerOptions>(options: O): O & { readonly index: string } {
  const { index = 'index.html', notFoundPage } = options;
  const fallback = options.fallback ?? (options.single === true ? index : undefined);
  return {
    ...options,
    index: nameOf(index),
    ...(fallback !== undefined && { fallback: nameOf(fallback) }),
    ...(notFoundPage !== undefined && { notFoundPage: nameOf(notFoundPage) }),
  };
}

function nameOf(path: string): string {
  return path.replace(/^\/+/, '');
}
