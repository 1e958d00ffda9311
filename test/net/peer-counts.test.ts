import { describe, expect, test } from '@jest/globals';
import { PeerCounts, peerKey } from '../../src/net/peer-counts.js';
import { toSockaddr } from './sockaddrs.js';

describe('a peer', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['255.255.255.255', '255.255.255.255', true],
    ['0.0.0.0', '255.255.255.255', false],
    ['127.0.0.1', '::ffff:127.0.0.1', true], // the same, on a socket that speaks both
    ['127.0.0.1', '::127.0.0.1', false], // not mapped, whatever it looks like
    ['::ffff:1.2.3.4', '::ffff:1.2.3.5', false],
    ['::1', '::1', true],
    ['::1', '::2', true], // of one network
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::1', '127.0.0.1', false],
    ['::1', '::ffff:0.0.0.1', false],
  ])('%s and %s count as one peer: %p', (one, other, areOne) => {
    const [a, b] = [peerKey(toSockaddr(one, 1)), peerKey(toSockaddr(other, 65_535))];
    expect(a).toBeDefined();
    expect(a === b).toBe(areOne);
  });

  test('a peer without an address is not counted', () => {
    const unix = new Uint8Array(128);
    new DataView(unix.buffer).setUint16(0, 1, true); // AF_UNIX
    expect(peerKey(unix)).toBeUndefined();
    const counts = new PeerCounts(1);
    for (let i = 0; i < 3; i++) expect(counts.admit(undefined)).toBe(true);
    counts.release(undefined);
  });
});

describe('a count', () => {
  test('each peer is admitted up to the bound, and again when one of its connections is released', () => {
    const counts = new PeerCounts(2);
    const admitted = (key: number): boolean[] => [1, 2, 3].map(() => counts.admit(key));
    expect(admitted(1)).toEqual([true, true, false]);
    expect(admitted(2)).toEqual([true, true, false]);
    counts.release(1);
    expect([counts.admit(1), counts.admit(1), counts.admit(2)]).toEqual([true, false, false]);
  });

  test('a refused connection is not counted: after a thousand of them one release is enough', () => {
    const counts = new PeerCounts(1);
    for (let i = 0; i < 1_000; i++) counts.admit('peer');
    counts.release('peer');
    expect(counts.admit('peer')).toBe(true);
  });

  test('a count without a bound admits all', () => {
    const counts = new PeerCounts(Number.POSITIVE_INFINITY);
    for (let i = 0; i < 10_000; i++) expect(counts.admit(0)).toBe(true);
  });
});
