/** Names that begin with a dot, such as .git, .env and .htpasswd: they are for programs, not for visitors. */

/** The one that is meant to be served, at the top of a site only (RFC 8615 §3). */
const WELL_KNOWN = '.well-known';

/** A segment that begins with a dot, except `.` and `..`: the kernel decides where they lead. */
const DOT_NAME = /(?:^|\/)\.(?!\.?(?:\/|$))/;

/**
 * Whether a segment of a path begins with a dot.
 * @param path  relative to the root, decoded
 */
export function hasDotName(path: string): boolean {
  const isWellKnown = path === WELL_KNOWN || path.startsWith(`${WELL_KNOWN}/`);
  return DOT_NAME.test(isWellKnown ? path.slice(WELL_KNOWN.length) : path);
}
