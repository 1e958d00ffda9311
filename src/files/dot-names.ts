/** Names that begin with a dot: .git, .env, .htpasswd. They are kept for programs, not for visitors. */

/** The one that is made to be served, at the top of a site and nowhere else: "/.well-known/" (RFC 8615 §3). */
const WELL_KNOWN = '.well-known';

/** A segment that begins with a dot, but for `.` and `..`, which name nothing new: where they lead, the kernel decides. */
const DOT_NAME = /(?:^|\/)\.(?!\.?(?:\/|$))/;

/**
 * Whether a path goes through a name that begins with a dot.
 * @param path  relative to the root, decoded
 */
export function hasDotName(path: string): boolean {
  const isWellKnown = path === WELL_KNOWN || path.startsWith(`${WELL_KNOWN}/`);
  return DOT_NAME.test(isWellKnown ? path.slice(WELL_KNOWN.length) : path);
}
