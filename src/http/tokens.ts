/**
 * The characters of HTTP, as tables indexed by byte, and ASCII words compared where they lie.
 */

const SP = 0x20;
const HTAB = 0x09;
const PERCENT = 0x25;
const COLON = 0x3a;
const LEFT_BRACKET = 0x5b;
const RIGHT_BRACKET = 0x5d;

function table(isMember: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (isMember(byte) ? 1 : 0));
}

function among(characters: string): (byte: number) => boolean {
  return (byte) => characters.includes(String.fromCharCode(byte));
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isAlpha = (byte: number): boolean => (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
const isTokenMark = among("!#$%&'*+-.^_`|~");
const isRegNameMark = among("-._~!$&'()*+;=");
const isHexLetter = (byte: number): boolean => (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);

/** tchar = "!" / "#" / "$" / … / DIGIT / ALPHA (RFC 9110 §5.6.2) */
export const TOKEN = table((byte) => isDigit(byte) || isAlpha(byte) || isTokenMark(byte));

/**
 * What a request target may be made of: visible ASCII without "#", which never leaves the client. Wider than the grammar
 * (RFC 3986 §3.3): browsers send | and { and " as they are in a query.
 */
export const TARGET = table((byte) => byte > 0x20 && byte < 0x7f && byte !== 0x23);

/** field-vchar, SP and HTAB: VCHAR / obs-text (RFC 9110 §5.5). No CR, LF, NUL or other control. */
export const FIELD_VALUE = table((byte) => (byte >= 0x20 && byte !== 0x7f) || byte === 0x09);

/**
 * reg-name, and IPv4address with it: *( unreserved / pct-encoded / sub-delims ) (RFC 3986 §3.2.2). Without the comma of
 * sub-delims: `a,b` is how a proxy joins two Host lines, of which one server takes the first and another the last.
 */
const REG_NAME = table((byte) => isDigit(byte) || isAlpha(byte) || isRegNameMark(byte));

const isHex = (byte: number): boolean => isDigit(byte) || isHexLetter(byte);

/** BWS, OWS: SP and HTAB (RFC 9110 §5.6.3). */
export function isBlank(byte: number): boolean {
  return byte === SP || byte === HTAB;
}

/** What stands in the brackets of an IPv6address. IPvFuture has no future. */
const IPV6 = table((byte) => isHex(byte) || byte === COLON || byte === 0x2e);

/** Whether bytes [start, end) are `word`, which is in lower case; upper case in the bytes is the same. */
export function equalsIgnoringCase(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    const byte = bytes[start + i] as number;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== word.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether bytes [start, end) begin with `word`, exactly. */
export function startsWith(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start < word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word.charCodeAt(i)) return false;
  return true;
}

/**
 *     uri-host [ ":" port ]     RFC 9110 §7.2
 *     authority-form = uri-host ":" port     RFC 9112 §3.2.3
 *
 * Without the empty host that the grammar allows, and without user information, which http has no use for.
 */
export function isAuthority(bytes: Uint8Array, start: number, end: number, needsPort: boolean = false): boolean {
  let at = start;
  if (bytes[at] === LEFT_BRACKET && at < end) {
    at++;
    while (at < end && IPV6[bytes[at] as number] === 1) at++;
    if (at === end || at === start + 1 || bytes[at] !== RIGHT_BRACKET) return false;
    at++;
  } else {
    for (; at < end; at++) {
      if (REG_NAME[bytes[at] as number] === 1) continue;
      if (bytes[at] !== PERCENT || end - at < 3 || !isHex(bytes[at + 1] as number) || !isHex(bytes[at + 2] as number))
        break;
      at += 2;
    }
    if (at === start) return false;
  }
  if (at === end) return !needsPort;
  if (bytes[at] !== COLON) return false;
  const portStart = ++at;
  while (at < end && isDigit(bytes[at] as number)) at++;
  return at === end && (!needsPort || at > portStart);
}
