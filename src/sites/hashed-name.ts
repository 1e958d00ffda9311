/**
 * Names with a hash of the content, as build tools make them: `app.3f2a9c1b.js`, `index-BxYz12_a.css`. The content of such a name
 * never changes, so a browser need not ask again.
 *
 * After a false match, a browser shows an old file for a year; an unrecognized hash costs only a 304. So a part that could be
 * a word, a date or a word with a number does not count as a hash: `report-20240101.pdf`, `guide-Chapter10.html`. Vite's
 * hashes are short and sometimes have no digit: about half of them are recognized. A pattern for Vite's folder of assets
 * finds all of them.
 */

const HASH_LENGTH_MIN = 8;

// Clients choose the names, so these expressions never backtrack, however long a name is.

/** Hexadecimal (webpack, Parcel, Next.js) … */
const HEX = /^[\da-f]+$/;
/** … that changes between digits and letters more than once, unlike a date followed by a letter, or a word with a number. */
const MIXED = /\d[a-f]+\d|[a-f]\d+[a-f]/;
/** Base 32 (esbuild). */
const BASE_32 = /^[A-Z2-7]+$/;
/** base64url (Rollup, Vite), without the hyphen, which usually stands before a hash. */
const BASE_64 = /^(?=.*[a-z])(?=.*[A-Z])[\w]+$/;
/** A digit between letters. A number in a name stands at one end. */
const INNER_DIGIT = /^[^A-Za-z_]*[A-Za-z_]\D*\d[^A-Za-z_]*[A-Za-z_]/;

/** @param path  decoded */
export function hasHashedName(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const parts = name.split(/[.-]/);
  // The first part is the name, the last one the extension.
  return parts.slice(1, -1).some(isHash);
}

function isHash(part: string): boolean {
  if (part.length < HASH_LENGTH_MIN) return false;
  return (HEX.test(part) && MIXED.test(part)) || ((BASE_32.test(part) || BASE_64.test(part)) && INNER_DIGIT.test(part));
}
