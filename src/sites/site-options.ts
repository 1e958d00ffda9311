/** The options of a site: plain data, as in a configuration file. */
import type { FileHandlerOptions } from '../files/file-options.js';
import type { CorsOptions } from './cors.js';

/** A site: a folder, its hosts, and the rules by which it is served. */
export interface SiteOptions extends FileHandlerOptions {
  /** The folder. */
  readonly root: string;
  /**
   * Hosts of the site, without a port: `example.org`, or `*.example.org` for all below it. Default: all hosts that no other
   * site has.
   */
  readonly hosts?: readonly string[];
  /** All matching rules apply. A later rule overrides an earlier one, and `false` undoes an earlier setting. */
  readonly rules?: readonly Rule[];
}

/** Settings for some paths. */
export interface Rule {
  /**
   * A pattern such as `/assets/**`, `/docs/*.html` or `/{docs,blog}/**`, compared with the decoded path of the request
   * (path-pattern.ts).
   */
  readonly path: string | readonly string[];
  /** Only names with a hash of their content, such as `app.3f2a9c1b.js` (hashed-name.ts). */
  readonly hashedNames?: true;
  /** Headers for all responses, errors included. */
  readonly headers?: Readonly<Record<string, string | false>>;
  /** Cache-Control for files only: an error must not be cached for a year. */
  readonly cacheControl?: string | false;
  /** Content-Type for files whose names do not determine it. */
  readonly contentType?: string | false;
  /** Which scripts of other origins may read the responses. */
  readonly cors?: CorsOptions | false;
  /** Asks for a password. */
  readonly auth?: AuthOptions | false;
  /** Where a request is sent instead. */
  readonly redirect?: RedirectOptions | false;
  /** The path to serve instead, such as `/app/$1`. No rule applies to it. */
  readonly rewrite?: string | false;
}

/** Users and passwords (Basic, RFC 7617). */
export interface AuthOptions {
  /** The name that a browser shows when it asks for the password. */
  readonly realm: string;
  /** Hashes of passwords, as hashPassword() makes them, by user name. */
  readonly users: Readonly<Record<string, string>>;
}

/** Where a request is sent instead. */
export interface RedirectOptions {
  /** A path or a URL, such as `/new/$1`: `$1` is what the first star of the pattern matched. The query is kept. */
  readonly to: string;
  /** Default: 302. 301 and 308 are permanent, 307 and 308 keep the method. */
  readonly status?: RedirectStatus;
}

/** The status of a redirect (RFC 9110 §15.4). */
export type RedirectStatus = 301 | 302 | 303 | 307 | 308;
