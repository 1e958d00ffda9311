/** Forwarded, by the grammar of RFC 7239, and X-Forwarded-For, as it is found. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addressOfNode, FORWARDED_NODES_MAX, forwardedNodes, xForwardedForNodes } from '../../src/http/forwarded.js';

describe('Forwarded: the nodes from the right', () => {
  test.each<[field: string, nodes: string[]]>([
    // RFC 7239 §4 and §7.1
    ['for="_gazonk"', ['_gazonk']],
    ['For="[2001:db8:cafe::17]:4711"', ['[2001:db8:cafe::17]:4711']],
    ['for=192.0.2.60;proto=http;by=203.0.113.43', ['192.0.2.60']],
    ['for=192.0.2.43, for=198.51.100.17', ['198.51.100.17', '192.0.2.43']],
    ['for=192.0.2.43,for="[2001:db8:cafe::17]",for=unknown', ['unknown', '[2001:db8:cafe::17]', '192.0.2.43']],
    ['proto=http;FOR=192.0.2.1', ['192.0.2.1']],
    ['for="192.0.2.1:80"', ['192.0.2.1:80']],
    ['for="192.0.2.1";host="a;for=evil"', ['192.0.2.1']],
    ['for=192.0.2.1;host="a, for=evil, b"', ['192.0.2.1']],
    ['for=192.0.2.1;host="a\\", for=evil;x=\\""', ['192.0.2.1']],
    ['for=192.0.2.1;host="a\\\\", for=198.51.100.1', ['198.51.100.1', '192.0.2.1']],
    ['for="192.0.2.\\1"', ['192.0.2.1']],
    ['for="a\\"b"', ['a"b']],
    ['  for=192.0.2.1 ; proto=http  ,  for=192.0.2.2  ', ['192.0.2.2', '192.0.2.1']],
    [';;for=192.0.2.1;', ['192.0.2.1']],
    ['for=192.0.2.1, , ,', ['192.0.2.1']],
    ['proto=http', ['']],
    ['for=a, proto=http', ['', 'a']],
    ['for=', ['']],
    ['for', ['']],
    ['for =192.0.2.1', ['']],
    ['xfor=192.0.2.1', ['']],
    ['for=""', ['']],
    ['for="', ['"']],
    ['', []],
    [', ,', []],
  ])('%j', (field, nodes) => {
    expect(forwardedNodes(field)).toEqual(nodes);
  });

  test.each([
    'for="',
    'for=192.0.2.66;x="',
    'for=192.0.2.66;x="\\',
    '"""',
    'for=192.0.2.66;x="y", for="',
    'for=192.0.2.66, "\\',
    ',,,"',
  ])('what a client has sent, such as %j, does not hide or change what its proxy adds', (sent) => {
    for (const added of ['for=203.0.113.9', 'for="203.0.113.9";host="a,b"', 'by="x\\"y";for=203.0.113.9']) {
      expect(forwardedNodes(`${sent}, ${added}`)[0]).toBe('203.0.113.9');
    }
  });

  test('a client cannot make a node of its own the last one, whatever it sends', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'",;\\= for=1.:[]_ab'), maxLength: 60 }), (sent) => {
        expect(forwardedNodes(`${sent}, for="[2001:db8::9]:80";proto=http`)[0]).toBe('[2001:db8::9]:80');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('X-Forwarded-For: the nodes from the right', () => {
  test.each<[field: string, nodes: string[]]>([
    ['192.0.2.1', ['192.0.2.1']],
    ['192.0.2.1, 198.51.100.1', ['198.51.100.1', '192.0.2.1']],
    ['192.0.2.1,198.51.100.1 ,\t203.0.113.1', ['203.0.113.1', '198.51.100.1', '192.0.2.1']],
    ['2001:db8::1, [2001:db8::2]:443', ['[2001:db8::2]:443', '2001:db8::1']],
    ['unknown, 192.0.2.1', ['192.0.2.1', 'unknown']],
    ['", 192.0.2.1', ['192.0.2.1', '"']],
    ['', []],
  ])('%j', (field, nodes) => {
    expect(xForwardedForNodes(field)).toEqual(nodes);
  });

  test('the number of nodes that are read is bounded', () => {
    const nodes = xForwardedForNodes(Array.from({ length: 2_000 }, (_, i) => `10.0.0.${i}`).join(','));
    expect(nodes).toHaveLength(FORWARDED_NODES_MAX);
    expect(nodes[0]).toBe('10.0.0.1999');
  });
});

describe('the address of a node', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:80', '192.0.2.1'],
    ['192.0.2.1:_a.b-c', '192.0.2.1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[::ffff:192.0.2.1]:443', '::ffff:192.0.2.1'],
    ['2001:DB8::1', '2001:DB8::1'],
    ['::1', '::1'],
    ['unknown', undefined],
    ['_hidden', undefined],
    ['_SEVKISEK:80', undefined],
    ['', undefined],
    ['192.0.2.1:', undefined],
    ['192.0.2.1 ', undefined],
    ['192.0.2', undefined],
    ['[2001:db8::1', undefined],
    ['2001:db8::1]', undefined],
    ['fe80::1%eth0', undefined],
    ['localhost', undefined],
    ['"192.0.2.1"', undefined],
    ['192.0.2.1\n', undefined],
  ])('%j is %j', (node, address) => {
    expect(addressOfNode(node)).toBe(address);
  });
});

test('the time to read a header grows with its length alone', () => {
  for (const unit of [' ', '"', '\\"', 'for= ', ',', ';', 'for="', '\\', 'a:', '1.']) {
    const field = `for=${unit.repeat(65_536 / unit.length)}x`;
    const before = process.cpuUsage();
    for (const node of [...forwardedNodes(field), ...xForwardedForNodes(field)]) addressOfNode(node);
    // A quadratic algorithm would take minutes.
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  }
});
