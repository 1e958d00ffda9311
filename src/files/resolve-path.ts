/**
 * From the path of a request to the name of a file below the root. Nothing here decides whether a name stays below the
 * root: the kernel does, at openat2. Here is decided what no name may be.
 */

/** A path that names nothing which can be served: encoded wrongly. */
export const UNNAMED = undefined;

const NUL = '\0';

/**
 * @param path  as sent: percent-encoded, beginning with `/`
 * @returns     the path relative to the root, decoded: '' for the root itself; UNNAMED where it is no name
 */
export function resolvePath(path: string): string | typeof UNNAMED {
  const name = decode(path.slice(1));
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
