/** The character classes of HTTP, as tables indexed by byte, and comparisons of words in a buffer. */

const SP = 0x20;
const HTAB = 0x09;

/** A table with 1 for each byte that is a member. */
export function table(isMember: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (isMember(byte) ? 1 : 0));
}

export function oneOf(characters: string): (byte: number) => boolean {
  return (byte) => characters.includes(String.fromCharCode(byte));
}

export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
export const isAlpha = (byte: number): boolean => (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
const isTokenMark = oneOf("!#$%&'*+-.^_`|~");
export const isHex = (byte: number): boolean =>
  isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);

/** tchar = "!" / "#" / "$" / … / DIGIT / ALPHA (RFC 9110 §5.6.2) */
export const TOKEN = table((byte) => isDigit(byte) || isAlpha(byte) || isTokenMark(byte));

/**
 * The characters of a request target: visible ASCII without "#", which clients do not send. Wider than the grammar (RFC 3986 §3.3):
 * browsers do not encode | { and " in a query.
 */
export const TARGET = table((byte) => byte > 0x20 && byte < 0x7f && byte !== 0x23);

/** field-vchar, SP and HTAB: VCHAR / obs-text (RFC 9110 §5.5). No CR, LF, NUL or other control. */
export const FIELD_VALUE = table((byte) => (byte >= 0x20 && byte !== 0x7f) || byte === 0x09);

/** BWS, OWS: SP and HTAB (RFC 9110 §5.6.3). */
export function isBlank(byte: number): boolean {
  return byte === SP || byte === HTAB;
}

/** Whether a text is a token, such as the name of a header field. */
export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (TOKEN[text.charCodeAt(at)] !== 1) return false;
  return text !== '';
}

/** Whether bytes [start, end) are `word` (in lower case), ignoring case. */
export function equalsIgnoringCase(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    const byte = bytes[start + i] as number;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== word.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether bytes [start, end) begin with `word`, in the same case. */
export function startsWith(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start < word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word.charCodeAt(i)) return false;
  return true;
}

/** Bytes [start, end) as text, one character for each byte. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}
