/**
 * The canonical path of a request. The rules and the file look-up use the same form: if the two differed, `//private/x` or
 * `/%70rivate/x` would bypass the password of `/private/**`.
 */
import { NO_NAME, resolvePath } from '../files/resolve-path.js';

/**
 * The path decoded, without empty segments, `.` and `..` (RFC 3986 §6.2.2; nginx: merge_slashes).
 * @param path  as sent
 * @returns     relative to the root, '' for the root itself, with a slash at its end if the path has one; NO_NAME if it is encoded
 *              wrongly, or leads above the root
 */
export function sitePath(path: string): string | typeof NO_NAME {
  if (!path.startsWith('/')) return NO_NAME; // `*`, the target of OPTIONS
  const name = resolvePath(path);
  return name === NO_NAME ? NO_NAME : normalized(name);
}

/** An empty segment, `.` or `..`. A slash at the end does not count as an empty segment. */
const NEEDS_WORK = /(?:^|\/)(?:\/|\.{1,2}(?:\/|$))/;

/** @param name  decoded, relative to the root */
export function normalized(name: string): string | typeof NO_NAME {
  if (!NEEDS_WORK.test(name)) return name;
  const kept: string[] = [];
  const segments = name.split('/');
  for (const segment of segments) {
    if (segment === '..' && kept.length === 0) return NO_NAME;
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1) as string;
  const isFolder = last === '' || last === '.' || last === '..';
  return isFolder && kept.length > 0 ? `${kept.join('/')}/` : kept.join('/');
}
