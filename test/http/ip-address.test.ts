import { isIPv4, isIPv6 } from 'node:net';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isIpv4, isIpv6 } from '../../src/http/ip-address.js';

/** Valid ones, and what is left of them with a character changed: most random text is no address, and says little. */
const nearAddress = fc
  .tuple(
    fc.oneof(fc.ipV6(), fc.ipV4(), fc.array(fc.constantFrom('::', ':', '0', 'ffff', '12345', '1.2.3.4', '.', 'g'))),
    fc.nat(),
    fc.constantFrom('', ':', '::', '.', '0', 'f', '256', 'g', ' '),
    fc.nat({ max: 2 }),
  )
  .map(([parts, seed, put, removed]) => {
    const text = typeof parts === 'string' ? parts : parts.join('');
    const at = seed % (text.length + 1);
    return text.slice(0, at) + put + text.slice(at + removed);
  });

test('an IPv6 address is what node:net takes for one', () => {
  let count = 0;
  fc.assert(
    fc.property(fc.oneof(fc.ipV6(), nearAddress), (text) => {
      expect(isIpv6(text)).toBe(isIPv6(text));
      if (isIpv6(text)) count++;
    }),
    { numRuns: 20_000 },
  );
  expect(count).toBeGreaterThan(5_000);
});

test('an IPv4 address is what node:net takes for one', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), nearAddress), (text) => {
      expect(isIpv4(text)).toBe(isIPv4(text));
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  '::',
  '::1',
  '1::',
  '1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7::',
  '::2:3:4:5:6:7:8',
  '::ffff:192.0.2.1',
  '1:2:3:4:5:6:192.0.2.1',
  'ABCD:ef01::',
  '0000:0000:0000:0000:0000:ffff:255.255.255.255',
])('%s is an IPv6 address', (text) => {
  expect(isIpv6(text)).toBe(true);
});

test.each([
  '',
  ':',
  '.',
  ':::',
  '1:2:::',
  '4712::abcd::',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:',
  ':2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4::5:6:7:8',
  '::12345',
  '::g',
  '::1.2.3',
  '::1.2.3.256',
  '::01.2.3.4',
  '1.2.3.4::',
  '1:2:3:4:5:6:7:1.2.3.4',
  '1.2.3.4',
  '::1%lo',
  '::1\n',
  `::${'0'.repeat(100)}1`,
])('%j is no IPv6 address', (text) => {
  expect(isIpv6(text)).toBe(false);
});
