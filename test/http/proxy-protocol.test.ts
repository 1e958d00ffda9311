/** PROXY headers, by the rows of https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  MORE_PROXY_BYTES,
  NO_PROXY_HEADER,
  PROXY_HEADER_LENGTH_MAX,
  parseProxyHeader,
} from '../../src/http/proxy-protocol.js';
import { proxyV2 } from './proxy-headers.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

function parse(bytes: Uint8Array): ReturnType<typeof parseProxyHeader> {
  return parseProxyHeader(bytes, bytes.length);
}

/** `4 192.0.2.1:80`; `nobody` if no client is named; or the constant for bytes that are no header. */
function told(bytes: Uint8Array): string {
  const header = parse(bytes);
  if (typeof header === 'string') return header;
  const { source } = header;
  if (source === undefined) return 'nobody';
  return `${source.family} ${'text' in source ? source.text : [...source.bytes].join('.')}:${source.port}`;
}

const V1: readonly [line: string, told: string][] = [
  ['PROXY TCP4 192.0.2.1 198.51.100.1 51234 80', '4 192.0.2.1:51234'],
  ['PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535', '4 255.255.255.255:65535'],
  ['PROXY TCP4 0.0.0.0 0.0.0.0 0 0', '4 0.0.0.0:0'],
  ['PROXY TCP6 2001:db8::1 2001:db8::2 51234 80', '6 2001:db8::1:51234'],
  ['PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2', '6 ::ffff:192.0.2.1:1'],
  [
    'PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535',
    '6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:65535',
  ],
  ['PROXY UNKNOWN', 'nobody'],
  ['PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535', 'nobody'],
  ['PROXY UNKNOWN anything at  all', 'nobody'],
  ['PROXY UNKNOWNS', NO_PROXY_HEADER],
  ['PROXY unknown', NO_PROXY_HEADER],
  ['PROXY', NO_PROXY_HEADER],
  ['PROXY ', NO_PROXY_HEADER],
  ['PROXY  TCP4 192.0.2.1 198.51.100.1 1 2', NO_PROXY_HEADER],
  ['proxy TCP4 192.0.2.1 198.51.100.1 1 2', NO_PROXY_HEADER],
  ['PROXY TCP4  192.0.2.1 198.51.100.1 1 2', NO_PROXY_HEADER],
  ['PROXY TCP4\t192.0.2.1 198.51.100.1 1 2', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 1 2 ', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 1', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1 198.51.100.1', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.256 198.51.100.1 1 2', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.01 198.51.100.1 1 2', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2 198.51.100.1 1 2', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1.5 198.51.100.1 1 2', NO_PROXY_HEADER],
  ['PROXY TCP4 2001:db8::1 2001:db8::2 1 2', NO_PROXY_HEADER],
  ['PROXY TCP6 192.0.2.1 198.51.100.1 1 2', NO_PROXY_HEADER],
  ['PROXY TCP6 [2001:db8::1] 2001:db8::2 1 2', NO_PROXY_HEADER],
  ['PROXY TCP6 fe80::1%eth0 2001:db8::2 1 2', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 01 2', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 1 002', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 65536 2', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 1 99999', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 +1 2', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 -1 2', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1 198.51.100.1 1e1 2', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1\n198.51.100.1 1 2', NO_PROXY_HEADER],
  ['PROXY TCP4 192.0.2.1\0 198.51.100.1 1 2', NO_PROXY_HEADER],
  ['PROXY UDP4 192.0.2.1 198.51.100.1 1 2', NO_PROXY_HEADER],
  ['PROXY UNIX /run/a /run/b 1 2', NO_PROXY_HEADER],
];

describe('version 1', () => {
  test.each(V1)('%j is: %s', (line, expected) => {
    expect(told(latin1(`${line}\r\n`))).toBe(expected);
    expect(told(latin1(`${line}\r\n${REQUEST}`))).toBe(expected);
  });

  test.each(V1.filter(([, told]) => told !== NO_PROXY_HEADER))(
    '%j has the length of its line, and is not complete before',
    (line) => {
      const bytes = latin1(`${line}\r\n${REQUEST}`);
      for (let end = 0; end < line.length + 2; end++) expect(parseProxyHeader(bytes, end)).toBe(MORE_PROXY_BYTES);
      expect(parseProxyHeader(bytes, line.length + 2)).toMatchObject({ length: line.length + 2 });
      expect(parseProxyHeader(bytes, bytes.length)).toMatchObject({ length: line.length + 2 });
    },
  );

  test.each([
    [107, 'nobody'],
    [108, NO_PROXY_HEADER],
    [1000, NO_PROXY_HEADER],
  ])('of %i bytes with its end is: %s', (length, expected) => {
    const line = `PROXY UNKNOWN ${'x'.repeat(length - 'PROXY UNKNOWN \r\n'.length)}\r\n`;
    expect(line).toHaveLength(length);
    expect(told(latin1(line))).toBe(expected);
  });

  test('is no header as soon as 107 bytes have come without its end', () => {
    const line = latin1(`PROXY UNKNOWN ${'x'.repeat(200)}`);
    expect(parseProxyHeader(line, 106)).toBe(MORE_PROXY_BYTES);
    expect(parseProxyHeader(line, 107)).toBe(NO_PROXY_HEADER);
  });

  test.each(['GET / HTTP/1.1\r\n', 'PRI * HTTP/2.0\r\n', 'POST', '\x16\x03\x01', '\0', '\n', ' PROXY'])(
    '%j is none, at once',
    (text) => {
      expect(told(latin1(text))).toBe(NO_PROXY_HEADER);
    },
  );
});

const IPV4 = Uint8Array.of(192, 0, 2, 1, 198, 51, 100, 1, 0xc8, 0x22, 0, 80);
const IPV6 = new Uint8Array(36).fill(1, 0, 16).fill(2, 16, 32);
const MAPPED = new Uint8Array(36).fill(0xff, 10, 12).fill(9, 12, 16);
const TLVS = new Uint8Array(100).fill(4);

const V2: readonly [what: string, bytes: Uint8Array, told: string][] = [
  ['IPv4', proxyV2(0x21, 0x11, IPV4), '4 192.0.2.1:51234'],
  ['IPv4 with TLVs', proxyV2(0x21, 0x11, IPV4, TLVS), '4 192.0.2.1:51234'],
  ['IPv6', proxyV2(0x21, 0x21, IPV6), `6 ${'1.'.repeat(15)}1:0`],
  ['IPv6 with TLVs', proxyV2(0x21, 0x21, IPV6, TLVS), `6 ${'1.'.repeat(15)}1:0`],
  ['a mapped IPv4', proxyV2(0x21, 0x21, MAPPED), '6 0.0.0.0.0.0.0.0.0.0.255.255.9.9.9.9:0'],
  ['a Unix socket', proxyV2(0x21, 0x31, new Uint8Array(216)), 'nobody'],
  ['a Unix datagram socket', proxyV2(0x21, 0x32, new Uint8Array(216)), 'nobody'],
  ['UDP over IPv4', proxyV2(0x21, 0x12, IPV4), 'nobody'],
  ['UDP over IPv6', proxyV2(0x21, 0x22, IPV6), 'nobody'],
  ['an unspecified family', proxyV2(0x21, 0x00), 'nobody'],
  ['an unspecified family with something behind it', proxyV2(0x21, 0x00, TLVS), 'nobody'],
  ['LOCAL', proxyV2(0x20, 0x00), 'nobody'],
  ['LOCAL with addresses, which are passed over', proxyV2(0x20, 0x11, IPV4), 'nobody'],
  ['LOCAL with too few of them', proxyV2(0x20, 0x11, IPV4.subarray(0, 5)), 'nobody'],
  [
    'as many TLVs as are taken',
    proxyV2(0x21, 0x11, IPV4, new Uint8Array(PROXY_HEADER_LENGTH_MAX - 12)),
    '4 192.0.2.1:51234',
  ],
  ['one byte more', proxyV2(0x21, 0x11, IPV4, new Uint8Array(PROXY_HEADER_LENGTH_MAX - 11)), NO_PROXY_HEADER],
  ['an address that is too short', proxyV2(0x21, 0x11, IPV4.subarray(0, 11)), NO_PROXY_HEADER],
  ['no address', proxyV2(0x21, 0x11), NO_PROXY_HEADER],
  ['IPv6 with the length of IPv4', proxyV2(0x21, 0x21, IPV4), NO_PROXY_HEADER],
  ['IPv6 less one byte', proxyV2(0x21, 0x21, IPV6.subarray(0, 35)), NO_PROXY_HEADER],
  ['version 1 in the binary form', proxyV2(0x11, 0x11, IPV4), NO_PROXY_HEADER],
  ['version 3', proxyV2(0x31, 0x11, IPV4), NO_PROXY_HEADER],
  ['a command that is none', proxyV2(0x22, 0x11, IPV4), NO_PROXY_HEADER],
  ['a family that is none', proxyV2(0x21, 0x41, IPV4), NO_PROXY_HEADER],
  ['a protocol that is none', proxyV2(0x21, 0x13, IPV4), NO_PROXY_HEADER],
];

describe('version 2', () => {
  test.each(V2)('%s', (_what, bytes, expected) => {
    expect(told(bytes)).toBe(expected);
    expect(told(Buffer.concat([bytes, latin1(REQUEST)]))).toBe(expected);
  });

  test.each(V2.filter(([, , told]) => told !== NO_PROXY_HEADER))(
    '%s: has the length that it says, and is not complete before',
    (_what, header) => {
      const bytes = Buffer.concat([header, latin1(REQUEST)]);
      for (let end = 0; end < header.length; end++) expect(parseProxyHeader(bytes, end)).toBe(MORE_PROXY_BYTES);
      expect(parseProxyHeader(bytes, bytes.length)).toMatchObject({ length: header.length });
    },
  );

  test('is no header from the first byte that is not of its signature', () => {
    const bytes = proxyV2(0x21, 0x11, IPV4);
    for (let i = 0; i < 12; i++) {
      const wrong = Uint8Array.from(bytes);
      wrong[i] = (wrong[i] as number) ^ 0x80;
      expect(parseProxyHeader(wrong, i + 1)).toBe(NO_PROXY_HEADER);
    }
  });

  test('copies the address of the client out of the buffer', () => {
    const bytes = proxyV2(0x21, 0x11, IPV4);
    const header = parse(bytes);
    bytes.fill(0);
    expect(header).toMatchObject({ source: { bytes: Uint8Array.of(192, 0, 2, 1) } });
  });
});

/** Bytes after the end may belong to another connection, and must not be read. */
function guardedBytes(bytes: Uint8Array, end: number): Uint8Array {
  return new Proxy(bytes, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key) && Number(key) >= end)
        throw new Error(`read at ${key} of ${end}`);
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const starts = fc.constantFrom(
  '',
  'PROXY ',
  'PROXY TCP4 ',
  'PROXY TCP6 ::1 ::2 ',
  '\r\n\r\n\0\r\nQUIT\n',
  '\r\n\r\n\0\r\nQUIT\n\x21\x11\0',
  '\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24',
);

test('random bytes never throw, are never read beyond their end, and never change their meaning when more come', () => {
  fc.assert(
    fc.property(starts, fc.uint8Array({ maxLength: 200 }), fc.nat(), (start, rest, cut) => {
      const bytes = Buffer.concat([latin1(start), rest]);
      const end = cut % (bytes.length + 1);
      const early = parseProxyHeader(guardedBytes(bytes, end), end);
      const late = parse(bytes);
      if (early !== MORE_PROXY_BYTES) expect(late).toEqual(early);
      if (typeof late !== 'string') expect(late.length).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 2_000 },
  );
});

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
