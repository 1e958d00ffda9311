/**
 * From the path of a request to the name of a file below the root. Nothing here decides whether a name stays below the
 * root: the kernel does, at openat2. Here is decided what no name may be.
 */

/** A path that names nothing which can be served: encoded wrongly. */
export const UNNAMED = undefined;

const NUL = '\0';

/**
 * An encoded slash is no slash, but part of a name (RFC 3986 §2.2: "not equivalent"), and no name on disk has one: `a%2Fb` is
 * nothing, as in Apache. nginx takes it for `a/b`, past whatever a proxy or a rule decides by what lies below `/a/`, and with a
 * page whose relative links lead elsewhere, since a browser takes it for one segment.
 */
const ENCODED_SLASH = /%2f/i;

/**
 * @param path  as sent: percent-encoded, beginning with `/`
 * @returns     the path relative to the root, decoded: '' for the root itself; UNNAMED where it is no name
 */
export function resolvePath(path: string): string | typeof UNNAMED {
  const name = ENCODED_SLASH.test(path) ? UNNAMED : decode(path.slice(1));
  return name === UNNAMED || name.includes(NUL) ? UNNAMED : name;
}

/** pct-encoded = "%" HEXDIG HEXDIG, of bytes that are UTF-8 (RFC 3986 §2.1, §2.5). */
function decode(text: string): string | typeof UNNAMED {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return UNNAMED;
  }
}
