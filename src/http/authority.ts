/** The authority of a request: the value of Host, or that part of an absolute-form or authority-form target. */
import { isIpv6 } from './ip-address.js';
import { isAlpha, isDigit, isHex, latin1, oneOf, table } from './tokens.js';

const PERCENT = 0x25;
const COLON = 0x3a;
const LEFT_BRACKET = 0x5b;
const RIGHT_BRACKET = 0x5d;

/**
 * reg-name, which includes IPv4address: *( unreserved / pct-encoded / sub-delims ) (RFC 3986 §3.2.2). Without the comma of
 * sub-delims: a proxy joins two Host lines to `a,b`, and then one server uses the first host and another the last.
 */
const isRegNameMark = oneOf("-._~!$&'()*+;=");
const REG_NAME = table((byte) => isDigit(byte) || isAlpha(byte) || isRegNameMark(byte));

/** The bytes of an IPv6address. */
const isIpv6Mark = oneOf(':.');
const IPV6 = table((byte) => isHex(byte) || isIpv6Mark(byte));

/**
 *     uri-host [ ":" port ]                  RFC 9110 §7.2
 *     authority-form = uri-host ":" port     RFC 9112 §3.2.3
 *     IP-literal     = "[" ( IPv6address / IPvFuture  ) "]"   RFC 3986 §3.2.2
 *
 * Stricter in three ways: no empty host; no user information, which http does not use; no IPvFuture, because no version is
 * defined (RFC 3986 asks for an error if the version is unknown).
 */
export function isAuthority(bytes: Uint8Array, start: number, end: number, needsPort: boolean = false): boolean {
  const hostEnd =
    start < end && bytes[start] === LEFT_BRACKET ? endOfIpLiteral(bytes, start, end) : endOfName(bytes, start, end);
  if (hostEnd === start) return false;
  if (hostEnd === end) return !needsPort;
  if (bytes[hostEnd] !== COLON) return false;
  const port = hostEnd + 1;
  let at = port;
  while (at < end && isDigit(bytes[at] as number)) at++;
  return at === end && (!needsPort || at > port);
}

/** @returns  `start` if no reg-name begins there */
function endOfName(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (; at < end; at++) {
    if (REG_NAME[bytes[at] as number] === 1) continue;
    if (bytes[at] !== PERCENT || end - at < 3 || !isHex(bytes[at + 1] as number) || !isHex(bytes[at + 2] as number))
      break;
    at += 2;
  }
  return at;
}

/** @returns  `start` if no IPv6address in brackets begins there */
function endOfIpLiteral(bytes: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  while (at < end && IPV6[bytes[at] as number] === 1) at++;
  if (at === end || bytes[at] !== RIGHT_BRACKET) return start;
  return isIpv6(latin1(bytes, start + 1, at)) ? at + 1 : start;
}
