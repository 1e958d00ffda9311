/** How a folder is served. */
export interface FileHandlerOptions {
  /** The page of a folder. Default: `index.html`. */
  readonly index?: string;
  /** `/page` is `page.html`, where there is no `page`. Default: false. */
  readonly cleanUrls?: boolean;
  /** A file that answers, with 200, for each path that names none: the page of an application that has its own routes. */
  readonly fallback?: string;
  /** A file that is the text of a 404. Default: a line of text. */
  readonly notFoundPage?: string;
  /** A folder without its page is listed: as a page, or as JSON for clients that prefer it. Default: false. */
  readonly listing?: boolean;
  /** Names that begin with a dot are served, too; `.well-known` always is. Default: false. */
  readonly dotFiles?: boolean;
  /** Symbolic links are followed, as long as they stay below the folder. Default: true. */
  readonly followSymlinks?: boolean;
  /** `name.br`, `name.zst` and `name.gz` are sent for `name` to who understands them, unless the file is newer by more than two seconds. Default: false. */
  readonly precompressed?: boolean;
  /**
   * Text is compressed for who understands it, where nothing compressed lies beside it: once, by a thread, and kept as long as
   * the file stays what it is. Default: false. See docs/files.md for what that means, also for secrets (BREACH).
   */
  readonly compress?: boolean;
}
