/**
 * CORS: which scripts of other origins may read what is served (Fetch, "CORS protocol").
 *
 * Only a listed origin is reflected. With one origin, or `*`, every response has the same headers, whether the request names an
 * origin or not. With several, the headers depend on the request, so `Vary: Origin` is sent (Fetch, "CORS protocol and HTTP
 * caches").
 */
import type { HttpRequest } from '../server/http-request.js';

/** Which scripts of other origins may read what is served (Fetch, "CORS protocol"). */
export interface CorsOptions {
  /** Such as `https://app.example`; or `*` for all, without cookies and passwords. */
  readonly origins: '*' | readonly string[];
  /** Methods that a script may use beside GET, HEAD and POST. Default: GET and HEAD, the only ones that the server serves. */
  readonly methods?: readonly string[];
  /** Request headers that a script may set; `*` for all except Authorization. Default: those that need no permission. */
  readonly requestHeaders?: '*' | readonly string[];
  /** Response headers that a script may read beside the usual ones; `*` for all. */
  readonly exposedHeaders?: '*' | readonly string[];
  /** Allows cookies and passwords. Needs a list of origins. Default: false. */
  readonly credentials?: boolean;
  /** How long a browser may cache the answer to OPTIONS. Default: the browser chooses (Fetch: 5 s). */
  readonly maxAgeSeconds?: number;
}

type Headers = Readonly<Record<string, string>>;

export class Cors {
  /** For all responses. */
  readonly headers: Headers;
  /** By listed origin, if there are several. */
  readonly #headersByOrigin: ReadonlyMap<string, Headers>;
  readonly #preflight: Headers;

  /** @param options  valid ones */
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

  /** Every response has the same headers, whatever the origin. */
  get isStatic(): boolean {
    return this.#headersByOrigin.size === 0;
  }

  /** The headers for this origin, beside `headers`. */
  headersFor(origin: string | undefined): Headers | undefined {
    return origin === undefined ? undefined : this.#headersByOrigin.get(origin);
  }

  /** The further headers of the response to a preflight: none for an origin that is not listed. */
  preflightHeaders(origin: string): Headers {
    return this.isStatic || this.#headersByOrigin.has(origin) ? this.#preflight : {};
  }
}

/** A CORS-preflight request (Fetch, "CORS-preflight fetch"). It has no credentials, so it is answered before the password check. */
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
