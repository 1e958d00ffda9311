import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  addressFamily,
  decodeAddress,
  encodeAddress,
  SOCKADDR_BYTES,
  type SocketAddress,
} from '../../src/linux/socket-address.js';
import { constants } from '../../src/native/addon.js';
import { messageOf } from '../support/thrown-error.js';

const { AF_INET, AF_INET6, AF_UNIX } = constants;

describe('The bytes of an address', () => {
  test("of IPv4 are a sockaddr_in: family in the machine's order, port in the network's", () => {
    expect([...encodeAddress({ address: '127.0.0.1', port: 0x2499 })]).toEqual([
      AF_INET,
      0,
      0x24,
      0x99,
      127,
      0,
      0,
      1,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
    ]);
  });

  test('of IPv6 are a sockaddr_in6', () => {
    const loopback = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    expect([...encodeAddress({ address: '::1', port: 80 })]).toEqual([
      AF_INET6,
      0,
      0,
      80,
      0,
      0,
      0,
      0,
      ...loopback,
      0,
      0,
      0,
      0,
    ]);
  });

  test('of a path are a sockaddr_un that ends with NUL', () => {
    expect([...encodeAddress({ path: '/é' })]).toEqual([AF_UNIX, 0, 0x2f, 0xc3, 0xa9, 0]);
  });

  const port = fc.integer({ min: 0, max: 65_535 });

  test('of IPv4 come back as the address they were made from', () => {
    fc.assert(
      fc.property(fc.ipV4(), port, (address, port) => {
        expect(decodeAddress(encodeAddress({ address, port }))).toEqual({ address, port });
      }),
    );
  });

  test('of IPv6 come back as the same address, written as browsers write it', () => {
    fc.assert(
      fc.property(fc.ipV6(), port, (text, port) => {
        const bytes = encodeAddress({ address: text, port });
        const decoded = decodeAddress(bytes);
        expect(decoded).toMatchObject({ port });
        expect([...encodeAddress(decoded)]).toEqual([...bytes]);
        if (!('address' in decoded)) throw new Error('expected an Internet address');
        expect(new URL(`http://[${decoded.address}]/`).hostname).toBe(new URL(`http://[${text}]/`).hostname);
      }),
    );
  });

  const byteLength = (text: string): number => new TextEncoder().encode(text).length;
  const path = fc
    .string({ minLength: 1, unit: 'grapheme' })
    .filter((path) => byteLength(path) <= 107 && !path.includes('\0'));

  test('of a path come back as that path, also from a buffer with room for any address', () => {
    fc.assert(
      fc.property(path, (path) => {
        const bytes = encodeAddress({ path });
        expect(decodeAddress(bytes)).toEqual({ path });
        const room = new Uint8Array(SOCKADDR_BYTES).fill(0x78);
        room.set(bytes);
        expect(decodeAddress(room, bytes.length)).toEqual({ path });
        expect(decodeAddress(room.subarray(0, bytes.length))).toEqual({ path });
      }),
    );
  });

  test('are read where they lie in their buffer', () => {
    const room = new Uint8Array(64).fill(0xff);
    room.set(encodeAddress({ address: '10.1.2.3', port: 4 }), 17);
    expect(decodeAddress(room.subarray(17))).toEqual({ address: '10.1.2.3', port: 4 });
  });

  test('of a Unix socket without a name are two, and its path is empty', () => {
    const bytes = new Uint8Array(SOCKADDR_BYTES).fill(0x78);
    bytes.set([AF_UNIX, 0]);
    expect(decodeAddress(bytes, 2)).toEqual({ path: '' });
  });

  test('of a path that fills sun_path need no NUL', () => {
    const path = 'x'.repeat(108);
    const bytes = new Uint8Array(110);
    bytes.set([AF_UNIX, 0, ...new TextEncoder().encode(path)]);
    expect(decodeAddress(bytes)).toEqual({ path });
  });
});

describe('addressFamily()', () => {
  const families: [SocketAddress, number][] = [
    [{ address: '0.0.0.0', port: 0 }, AF_INET],
    [{ address: '::', port: 0 }, AF_INET6],
    [{ address: '::ffff:1.2.3.4', port: 0 }, AF_INET6],
    [{ path: '/run/x:y' }, AF_UNIX],
  ];
  test.each(families)('of %j is %d', (address, family) => {
    expect(addressFamily(address)).toBe(family);
  });
});

describe('An invalid address is a RangeError', () => {
  const notAddresses = [
    'localhost',
    '',
    '1.2.3',
    '1.2.3.256',
    '127.0.0.01',
    ' 127.0.0.1',
    '127.0.0.1 ',
    '0x7f.0.0.1',
    '2130706433',
    ':::',
    '::g',
    '1::2::3',
    '[::1]',
    '::1%lo',
    '1:2:3:4:5:6:7:8:9',
  ];
  test.each(notAddresses)("'%s', naming what was expected and what came", (address) => {
    expect(messageOf(() => encodeAddress({ address, port: 80 }))).toBe(
      `RangeError: address: expected an IPv4 or IPv6 address in digits, got '${address}'`,
    );
  });

  test('an address with a NUL is a RangeError', () => {
    expect(messageOf(() => encodeAddress({ address: '127.0.0.1\0', port: 80 }))).toMatch(/^RangeError: .*expected/);
  });

  test.each([-1, 65_536, 80.5, Number.NaN, Number.POSITIVE_INFINITY])('the port %d is a RangeError', (port) => {
    expect(messageOf(() => encodeAddress({ address: '127.0.0.1', port }))).toBe(
      `RangeError: port: expected a whole number from 0 to 65535, got ${port}`,
    );
  });

  const notPaths = ['', 'x'.repeat(108), 'é'.repeat(54), 'a\0b'];
  test.each(notPaths)('the path %j is a RangeError', (path) => {
    expect(messageOf(() => encodeAddress({ path }))).toBe(
      `RangeError: path: expected 1 to 107 bytes without NUL, got '${path}'`,
    );
  });

  test('a path of 107 bytes is valid', () => {
    expect(decodeAddress(encodeAddress({ path: `${'é'.repeat(53)}x` }))).toEqual({ path: `${'é'.repeat(53)}x` });
  });
});
