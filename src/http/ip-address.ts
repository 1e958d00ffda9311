/** IP addresses as text (RFC 3986 §3.2.2). Without a zone, which has a meaning on one machine only. */
import { isHex } from './tokens.js';

const COLON = 0x3a;
const POINT = 0x2e;

/** dec-octet. No leading zeros, which some parsers read as octal. */
const DEC_OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4ADDRESS = new RegExp(`^${DEC_OCTET}(?:\\.${DEC_OCTET}){3}$`);

export function isIpv4(text: string): boolean {
  return IPV4ADDRESS.test(text);
}

/**
 *     IPv6address = eight h16 with ":" between them; an IPv4address at the end replaces two, and one "::" replaces one or more
 *     h16         = 1*4HEXDIG
 */
export function isIpv6(text: string): boolean {
  const { length } = text;
  let groupCount = 0;
  let hasGap = false;
  let at = text.startsWith('::') ? 1 : 0;
  while (at < length) {
    if (text.charCodeAt(at) === COLON) {
      // The second colon of "::". A single colon at the very beginning is invalid.
      if (hasGap || at === 0) return false;
      hasGap = true;
      at++;
      continue;
    }
    const group = at;
    while (at < length && isHex(text.charCodeAt(at))) at++;
    if (at < length && text.charCodeAt(at) === POINT) {
      if (!isIpv4(text.slice(group))) return false;
      groupCount += 2;
      break;
    }
    if (at === group || at - group > 4) return false;
    groupCount++;
    if (at === length) break;
    if (text.charCodeAt(at++) !== COLON || at === length) return false;
  }
  return hasGap ? groupCount < 8 : groupCount === 8;
}
