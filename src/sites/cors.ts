/**
 * Which scripts of other origins may read what is served (Fetch, "CORS protocol").
 *
 * An origin is never reflected that is not listed. Where one origin alone is, or all are, every answer says so, also to who did
 * not ask, and is the same for everybody; where there are several, the answer depends on who asks, and says that: `Vary: Origin`
 * (Fetch, "CORS protocol and HTTP caches").
 */
import type { HttpRequest } from '../server/http-request.js';

export interface CorsOptions {
  /** Such as `https://app.example`; or `*`: all, which then have no cookies or passwords. */
  readonly origins: '*' | readonly string[];
  /** What a script may use beside GET, HEAD and POST. Default: GET, HEAD: nothing else is answered. */
  readonly methods?: readonly string[];
  /** Request headers that a script may set; `*`: all but Authorization. Default: those that need no permission. */
  readonly requestHeaders?: '*' | readonly string[];
  /** Response headers that a script may read beside the usual ones; `*`: all. */
  readonly exposedHeaders?: '*' | readonly string[];
  /** With cookies and passwords. Needs a list of origins. Default: false. */
  readonly credentials?: boolean;
  /** How long a browser may keep what OPTIONS told it. Default: as long as it likes, which is 5 s. */
  readonly maxAgeSeconds?: number;
}

type Headers = Readonly<Record<string, string>>;

export class Cors {
  /** For all answers. */
  readonly headers: Headers;
  /** For answers to a listed origin, where that makes a difference. */
  readonly #headersByOrigin: ReadonlyMap<string, Headers>;
  readonly #preflight: Headers;

  /** @param options  which are valid */
  constructor(options: CorsOptions) {
    const { origins, methods = ['GET', 'HEAD'], requestHeaders, maxAgeSeconds } = options;
    const single = origins === '*' ? '*' : origins.length === 1 ? (origins[0] as string) : undefined;
    this.headers = single === undefined ? { Vary: 'Origin' } : allowing(single, options);
    this.#headersByOrigin = new Map(
      single === undefined ? (origins as readonly string[]).map((origin) => [origin, allowing(origin, options)]) : [],
    );
    this.#preflight = {
      'Access-Control-Allow-Methods': methods.join(', '),
      ...(requestHeaders && { 'Access-Control-Allow-Headers': listed(requestHeaders) }),
      ...(maxAgeSeconds !== undefined && { 'Access-Control-Max-Age': `${maxAgeSeconds}` }),
    };
  }

  /** Every answer is the same, whoever asks. */
  get isStatic(): boolean {
    return this.#headersByOrigin.size === 0;
  }

  /** What is said to this origin beside `headers`; undefined where nothing is. */
  headersFor(origin: string | undefined): Headers | undefined {
    return origin === undefined ? undefined : this.#headersByOrigin.get(origin);
  }

  /** What is said to a preflight beside the headers of every answer: nothing to an origin that is not listed. */
  preflightHeaders(origin: string): Headers {
    return this.isStatic || this.#headersByOrigin.has(origin) ? this.#preflight : {};
  }
}

/**
 * A CORS-preflight request (Fetch, "CORS-preflight fetch"). It comes without credentials, so it is answered before anybody asks for
 * a password.
 */
export function isPreflight(request: HttpRequest): boolean {
  return (
    request.method === 'OPTIONS' &&
    request.header('origin') !== undefined &&
    request.header('access-control-request-method') !== undefined
  );
}

function allowing(origin: string, { credentials, exposedHeaders }: CorsOptions): Headers {
  return {
    'Access-Control-Allow-Origin': origin,
    ...(credentials && { 'Access-Control-Allow-Credentials': 'true' }),
    ...(exposedHeaders && { 'Access-Control-Expose-Headers': listed(exposedHeaders) }),
  };
}

function listed(names: '*' | readonly string[]): string {
  return names === '*' ? names : names.join(', ');
}
