/** Content-Type by the extension of a file's name, from the registry of the library. */
import mime from 'mime';

const DEFAULT = 'application/octet-stream';

/** Text is served as UTF-8, as nearly all files are encoded. Without a charset browsers guess. */
const NEEDS_CHARSET = /^text\/|^application\/(?:javascript|json|xml|manifest\+json|[a-z.+-]+\+xml)$/;

const known = new Map<string, string>();

/**
 * Whether the ending of a name belongs to a media type. Names of routes can also have a dot (`/users/john.doe`,
 * `/pkg@1.2.0`), so a dot alone, by which sirv and connect-history-api-fallback decide, does not make an asset.
 */
export function hasMediaType(name: string): boolean {
  return name.includes('.') && mime.getType(name.slice(name.lastIndexOf('.') + 1)) !== null;
}

/** The media type of a file, with its charset if it is text. */
export function mediaType(name: string): string {
  if (!name.includes('.')) return DEFAULT;
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  let type = known.get(extension);
  if (type === undefined) {
    const plain = mime.getType(extension) ?? DEFAULT;
    type = NEEDS_CHARSET.test(plain) ? `${plain}; charset=utf-8` : plain;
    // Only extensions of the library are remembered: clients cannot make this grow.
    if (plain !== DEFAULT) known.set(extension, type);
  }
  return type;
}
