/** What a site is made of: plain data, as a configuration file has it. */
import type { FileHandlerOptions } from '../files/file-options.js';
import type { CorsOptions } from './cors.js';

export interface SiteOptions extends FileHandlerOptions {
  /** The folder. */
  readonly root: string;
  /**
   * Hosts that it answers for: `example.org`, or `*.example.org` for all below; a port is no part of it. Default: whatever host no
   * other site answers for.
   */
  readonly hosts?: readonly string[];
  /** All that match count. What a later one says stands before what an earlier one says; `false` takes it back. */
  readonly rules?: readonly Rule[];
}

/** What holds for some paths. */
export interface Rule {
  /** `/assets/**`, `/docs/*.html`, `/{docs,blog}/**`: matched against the path that was asked for, decoded (path-pattern.ts). */
  readonly path: string | readonly string[];
  /** Only names with a hash of their content, such as `app.3f2a9c1b.js` (hashed-name.ts). */
  readonly hashedNames?: true;
  /** Headers of all responses, errors too. */
  readonly headers?: Readonly<Record<string, string | false>>;
  /** Cache-Control of files, and of nothing else: an error is not to be remembered for a year. */
  readonly cacheControl?: string | false;
  /** Content-Type of files, where their names do not tell it. */
  readonly contentType?: string | false;
  /** Which scripts of other origins may read it. */
  readonly cors?: CorsOptions | false;
  /** Who may see it. */
  readonly auth?: AuthOptions | false;
  /** Where it has gone. */
  readonly redirect?: RedirectOptions | false;
  /** The path that is served instead, such as `/app/$1`. No rule is tried for that one. */
  readonly rewrite?: string | false;
}

export interface AuthOptions {
  /** What a browser shows to who is asked for a password. */
  readonly realm: string;
  /** Hashes of passwords, as hashPassword() makes them, by the names of their users. */
  readonly users: Readonly<Record<string, string>>;
}

export interface RedirectOptions {
  /** A path or a URL, such as `/new/$1`: `$1` is what the first star of the pattern stands for. The query is kept. */
  readonly to: string;
  /** Default: 302. 301 and 308 are for ever, 307 and 308 keep the method. */
  readonly status?: RedirectStatus;
}

export type RedirectStatus = 301 | 302 | 303 | 307 | 308;
