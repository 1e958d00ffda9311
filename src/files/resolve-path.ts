/**
 * From the path of a request to the name of a file below the root. Whether a name stays below the root is decided by the kernel
 * (openat2), and not here.
 */

/** A path that is encoded wrongly, and so cannot name a file. */
export const NO_NAME = undefined;

const NUL = '\0';

/**
 * An encoded slash is part of a name and not a separator (RFC 3986 §2.2: "not equivalent"), and no name on disk has one: `a%2Fb`
 * names nothing, as in Apache. nginx serves `a/b` for it, past the rules of a proxy for `/a/`; and browsers, for which it is one
 * segment, resolve relative links of that page differently.
 */
const ENCODED_SLASH = /%2f/i;

/**
 * @param path  as sent: percent-encoded, beginning with `/`
 * @returns     the path relative to the root, decoded: '' for the root itself
 */
export function resolvePath(path: string): string | typeof NO_NAME {
  const name = ENCODED_SLASH.test(path) ? NO_NAME : decode(path.slice(1));
  return name === NO_NAME || name.includes(NUL) ? NO_NAME : name;
}

/** pct-encoded = "%" HEXDIG HEXDIG, of bytes that are UTF-8 (RFC 3986 §2.1, §2.5). */
function decode(text: string): string | typeof NO_NAME {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return NO_NAME;
  }
}
