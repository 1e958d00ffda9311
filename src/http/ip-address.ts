/** IP addresses as text (RFC 3986 §3.2.2): no zone, which has a meaning on one machine only. */

/** INET6_ADDRSTRLEN, less the NUL that ends it. */
const IPV6_LENGTH_MAX = 45;

/** Without leading zeros, which some readers take for octal. */
const DEC_OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4ADDRESS = `${DEC_OCTET}(?:\\.${DEC_OCTET}){3}`;
const IPV4 = new RegExp(`^${IPV4ADDRESS}$`);
const IPV4_AT_END = new RegExp(`:${IPV4ADDRESS}$`);
/** h16 = 1*4HEXDIG */
const H16 = /^[0-9a-f]{1,4}$/i;

export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** IPv6address: eight h16 between ":", the last two perhaps an IPv4address; or fewer than eight, and one "::" for the others. */
export function isIpv6(text: string): boolean {
  if (text.length > IPV6_LENGTH_MAX) return false;
  const halves = text.replace(IPV4_AT_END, ':0:0').split('::');
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const isWhole = halves.length === 1 ? groups.length === 8 : halves.length === 2 && groups.length < 8;
  return isWhole && groups.every((group) => H16.test(group));
}
