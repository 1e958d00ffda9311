/**
 * Names that a build tool has put a hash of the content into: `app.3f2a9c1b.js`, `index-BxYz12_a.css`. What such a name stands
 * for never changes, so that a browser need not ask again.
 *
 * A name that is taken for one and is none is out of date for a year; one that is not recognized costs a 304. So nothing is
 * taken for a hash that could be a word, a date or a word with a number: `report-20240101.pdf`, `guide-Chapter10.html`. Of the
 * names of Vite, whose hashes are short and sometimes have no digit, about half are recognized: its folder of assets is better
 * named by a pattern.
 */

const HASH_LENGTH_MIN = 8;

// Clients choose the names: none of these goes back over what it has passed by, however long a name is.

/** Hexadecimal (webpack, Parcel, Next.js) … */
const HEX = /^[\da-f]+$/;
/** … and no date with a letter behind it, no word with a number: it changes between digits and letters more than once. */
const MIXED = /\d[a-f]+\d|[a-f]\d+[a-f]/;
/** Base 32 (esbuild). */
const BASE_32 = /^[A-Z2-7]+$/;
/** base64url (Rollup, Vite), without the hyphen, which stands before a hash as a rule. */
const BASE_64 = /^(?=.*[a-z])(?=.*[A-Z])[\w]+$/;
/** A digit between letters: not at the end of a word, like a number, nor before one. */
const INNER_DIGIT = /^[^A-Za-z_]*[A-Za-z_]\D*\d[^A-Za-z_]*[A-Za-z_]/;

/** @param path  decoded */
export function hasHashedName(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const parts = name.split(/[.-]/);
  // The first part is the name proper, the last one the extension.
  return parts.slice(1, -1).some(isHash);
}

function isHash(part: string): boolean {
  if (part.length < HASH_LENGTH_MIN) return false;
  return (HEX.test(part) && MIXED.test(part)) || ((BASE_32.test(part) || BASE_64.test(part)) && INNER_DIGIT.test(part));
}
