/**
 * The PROXY header. A load balancer sends it before the first byte of its client, to name that client. Versions 1 and 2:
 * https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt.
 *
 *     1   "PROXY " ( "TCP4" / "TCP6" ) SP source SP destination SP port SP port CRLF   at most 107 bytes
 *         "PROXY UNKNOWN" *CHAR CRLF
 *     2   signature(12) version/command(1) family/protocol(1) length(2) addresses and TLVs(length)
 */
import { isIpv4, isIpv6 } from './ip-address.js';
import { latin1 } from './tokens.js';

/** Bytes after the fixed part: addresses, and what a load balancer adds (certificates, names). HAProxy's own buffer has 16 KiB. */
export const PROXY_HEADER_LENGTH_MAX = 4096;

/** The header is not complete. */
export const MORE_PROXY_BYTES = 'more';
/** Not a PROXY header: the peer is not a load balancer, or speaks another protocol. */
export const NO_PROXY_HEADER = 'none';

export interface ProxyHeader {
  /** Length in bytes. The client's bytes follow. */
  readonly length: number;
  /** The client's address and port; undefined if the balancer itself is the client, or does not know its client. */
  readonly source: ProxySource | undefined;
}

export type ProxySource =
  | { readonly text: string; readonly family: 4 | 6; readonly port: number }
  | { readonly bytes: Uint8Array; readonly family: 4 | 6; readonly port: number };

const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const V1_BYTES_MAX = 107;
const V1_START = 'PROXY ';
const V2_FIXED_BYTES = 16;

/** The longest header. */
export const PROXY_HEADER_BYTES_MAX = V2_FIXED_BYTES + PROXY_HEADER_LENGTH_MAX;

/** Parses the header that begins the bytes [0, end). */
export function parseProxyHeader(
  bytes: Uint8Array,
  end: number,
): ProxyHeader | typeof MORE_PROXY_BYTES | typeof NO_PROXY_HEADER {
  if (end === 0) return MORE_PROXY_BYTES;
  return bytes[0] === SIGNATURE[0] ? parseV2(bytes, end) : parseV1(bytes, end);
}

function parseV1(bytes: Uint8Array, end: number): ReturnType<typeof parseProxyHeader> {
  const text = latin1(bytes, 0, Math.min(end, V1_BYTES_MAX));
  if (!text.startsWith(V1_START)) return V1_START.startsWith(text) ? MORE_PROXY_BYTES : NO_PROXY_HEADER;
  const lineEnd = text.indexOf('\r\n');
  if (lineEnd < 0) return text.length < V1_BYTES_MAX ? MORE_PROXY_BYTES : NO_PROXY_HEADER;
  const length = lineEnd + 2;
  const [protocol, source = '', destination = '', sourcePort = '', destinationPort = '', ...more] = text
    .slice(V1_START.length, lineEnd)
    .split(' ');
  if (protocol === 'UNKNOWN') return { length, source: undefined };
  const family = protocol === 'TCP4' ? 4 : protocol === 'TCP6' ? 6 : undefined;
  const isAddress = family === 4 ? isIpv4 : isIpv6;
  const isWhole =
    family !== undefined &&
    more.length === 0 &&
    isAddress(source) &&
    isAddress(destination) &&
    isPort(sourcePort) &&
    isPort(destinationPort);
  return isWhole ? { length, source: { text: source, family, port: Number(sourcePort) } } : NO_PROXY_HEADER;
}

function parseV2(bytes: Uint8Array, end: number): ReturnType<typeof parseProxyHeader> {
  for (let i = 0; i < Math.min(end, SIGNATURE.length); i++) if (bytes[i] !== SIGNATURE[i]) return NO_PROXY_HEADER;
  if (end < V2_FIXED_BYTES) return MORE_PROXY_BYTES;
  const versionAndCommand = bytes[12] as number;
  const familyAndProtocol = bytes[13] as number;
  const length = uint16(bytes, 14);
  const command = versionAndCommand & 0xf;
  // "Other values are unassigned and must not be emitted by senders. Receivers must drop connections presenting unexpected
  // values here": version 2, LOCAL or PROXY; a family of 0 to 3, and a protocol of 0 to 2.
  if (versionAndCommand >> 4 !== 2 || command > 1 || length > PROXY_HEADER_LENGTH_MAX) return NO_PROXY_HEADER;
  if (familyAndProtocol >> 4 > 3 || (familyAndProtocol & 0xf) > 2) return NO_PROXY_HEADER;
  const whole = V2_FIXED_BYTES + length;
  if (end < whole) return MORE_PROXY_BYTES;
  // LOCAL: a health check of the balancer's own.
  if (command === 0) return { length: whole, source: undefined };
  switch (familyAndProtocol) {
    case 0x11: // TCP over IPv4: source(4) destination(4) port(2) port(2)
      return length < 12 ? NO_PROXY_HEADER : { length: whole, source: sourceOf(bytes, 4, 4, 24) };
    case 0x21: // TCP over IPv6: source(16) destination(16) port(2) port(2)
      return length < 36 ? NO_PROXY_HEADER : { length: whole, source: sourceOf(bytes, 6, 16, 48) };
    default: // unspecified, Unix sockets, datagrams: no address
      return { length: whole, source: undefined };
  }
}

function sourceOf(bytes: Uint8Array, family: 4 | 6, addressBytes: number, portAt: number): ProxySource {
  return {
    bytes: Uint8Array.from(bytes.subarray(V2_FIXED_BYTES, V2_FIXED_BYTES + addressBytes)),
    family,
    port: uint16(bytes, portAt),
  };
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
