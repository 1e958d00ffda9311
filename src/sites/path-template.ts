/**
 * The target of a redirect or a rewrite: a path in which `$1` to `$9` stand for what the stars of the pattern matched.
 *
 * A redirect cannot leave the host that its template names: a capture is percent-encoded, comes after the host, and never
 * begins a path with two slashes, which would name another host (RFC 3986 §4.2).
 */
import type { NO_NAME } from '../files/resolve-path.js';
import type { Captures } from './path-pattern.js';
import { normalized } from './site-path.js';

/** The text is not a template. */
export class TemplateError extends Error {}

const PARTS = /^(https?:\/\/[^/?#$\\@]+)?(\/[^?#]*)(\?[^#]*)?(#.*)?$/i;

/** A URL or a path, for Location. */
export class RedirectTemplate {
  readonly starsMax: number;
  readonly #origin: string;
  readonly #path: string;
  readonly #query: string;
  readonly #fragment: string;

  /** @throws  TemplateError saying what was expected */
  constructor(to: string) {
    checkCharacters(to);
    const parts = PARTS.exec(to);
    if (parts === null || to.startsWith('//')) {
      throw new TemplateError(
        'a path that begins with one /, or a URL that begins with http:// or https:// and has a path',
      );
    }
    const [, origin = '', path = '', query = '', fragment = ''] = parts;
    if (origin !== '' && !URL.canParse(origin)) throw new TemplateError('a URL with a host');
    if (`${query}${fragment}`.includes('$')) throw new TemplateError('$1 to $9 in the path alone');
    this.starsMax = starsMax(path);
    this.#origin = origin;
    this.#path = path;
    this.#query = query;
    this.#fragment = fragment;
  }

  /** @param query  the query of the request, as sent, without `?`: appended to the template's own */
  location(captures: Captures, query: string): string {
    const path = fill(this.#path, captures, percentEncoded).replace(/\/{2,}/g, '/');
    let ownQuery = this.#query;
    if (query !== '') ownQuery = ownQuery === '' ? `?${query}` : `${ownQuery}&${query}`;
    return `${this.#origin}${path}${ownQuery}${this.#fragment}`;
  }
}

/** A path to serve instead of the requested one. */
export class RewriteTemplate {
  readonly starsMax: number;
  readonly #name: string;

  /** @throws  TemplateError saying what was expected */
  constructor(to: string) {
    checkCharacters(to);
    if (!/^\/[^?#]*$/.test(to)) throw new TemplateError('a path that begins with /, without a query');
    this.starsMax = starsMax(to);
    this.#name = decoded(to.slice(1));
  }

  /** @returns  a name as sitePath() gives them */
  name(captures: Captures): string | typeof NO_NAME {
    return normalized(fill(this.#name, captures, (text) => text));
  }
}

function checkCharacters(to: string): void {
  if (!/^[\x21-\x5b\x5d-\x7e]*$/.test(to)) {
    throw new TemplateError('visible ASCII without a backslash, and everything else percent-encoded');
  }
  if (/\$(?![1-9])/.test(to)) throw new TemplateError('a digit from 1 to 9 behind each $ (a $ in a name is %24)');
}

function starsMax(to: string): number {
  return Math.max(0, ...Array.from(to.matchAll(/\$(\d)/g), ([, digit]) => Number(digit)));
}

function fill(template: string, captures: Captures, encode: (text: string) => string): string {
  return template.replace(/\$([1-9])/g, (_, digit: string) => encode(captures[Number(digit) - 1] ?? ''));
}

/** Encodes segments of a path. Backslashes, which browsers read as slashes, and line ends are encoded too. */
function percentEncoded(text: string): string {
  return text.split('/').map(encodeURIComponent).join('/');
}

/** A decoded `%24` must not become a `$1`, so `%24` before a digit is refused. */
function decoded(to: string): string {
  let name: string;
  try {
    name = decodeURIComponent(to);
  } catch {
    throw new TemplateError('UTF-8 where it is percent-encoded (a % in a name is %25)');
  }
  if (name.includes('\0')) throw new TemplateError('no %00, which is in no name');
  if (/%24[1-9]/.test(to)) throw new TemplateError('no digit behind %24');
  return name;
}
