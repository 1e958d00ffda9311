/**
 * The path of a request in its one form, which the rules are matched against, and which is then looked up: what a rule has
 * seen is what is opened. Were the path matched in one form and opened in another, `//private/x` or `/%70rivate/x` would pass
 * by the password of `/private/**`.
 */
import { resolvePath, UNNAMED } from '../files/resolve-path.js';

/**
 * Decoded, without empty segments, `.` and `..` (RFC 3986 §6.2.2, and what nginx calls merge_slashes).
 * @param path  as sent
 * @returns     relative to the root, '' for the root itself, with a slash at its end where the path has one; UNNAMED where it
 *              is encoded wrongly, or leads above the root
 */
export function sitePath(path: string): string | typeof UNNAMED {
  if (!path.startsWith('/')) return UNNAMED; // the `*` of OPTIONS
  const name = resolvePath(path);
  return name === UNNAMED ? UNNAMED : normalized(name);
}

/** A segment that says nothing, or goes nowhere, or back. The slash at the end is none. */
const NEEDS_WORK = /(?:^|\/)(?:\/|\.{1,2}(?:\/|$))/;

/** @param name  decoded, relative to the root */
export function normalized(name: string): string | typeof UNNAMED {
  if (!NEEDS_WORK.test(name)) return name;
  const kept: string[] = [];
  const segments = name.split('/');
  for (const segment of segments) {
    if (segment === '..' && kept.length === 0) return UNNAMED;
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1) as string;
  const isFolder = last === '' || last === '.' || last === '..';
  return isFolder && kept.length > 0 ? `${kept.join('/')}/` : kept.join('/');
}
