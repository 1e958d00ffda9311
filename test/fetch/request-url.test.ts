/** The URL of a request is the one that new URL() writes. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { originOf, urlOf } from '../../src/fetch/request-url.js';

describe('the origin', () => {
  test.each([
    ['example.com', 'http://example.com'],
    ['EXAMPLE.com:8080', 'http://example.com:8080'],
    ['example.com:80', 'http://example.com'],
    ['example.com:', 'http://example.com'],
    ['example.com:0080', 'http://example.com'],
    ['127.0.0.1:9369', 'http://127.0.0.1:9369'],
    ['0x7f.1', 'http://127.0.0.1'],
    ['[::1]:80', 'http://[::1]'],
    ['[0:0::0:1]', 'http://[::1]'],
    ['a_b', 'http://a_b'],
    ['ex%61mple.com', 'http://example.com'],
    ['', 'http://localhost'],
  ])('of %j is %s', (authority, origin) => {
    expect(originOf(authority, false)).toBe(origin);
    expect(originOf(authority, false)).toBe(origin); // remembered
  });

  test('of a request over TLS begins with https, and has no port 443', () => {
    expect(originOf('example.com:443', true)).toBe('https://example.com');
    expect(originOf('example.com:80', true)).toBe('https://example.com:80');
    expect(originOf('', true)).toBe('https://localhost');
  });

  // Hosts that HTTP's grammar allows and no URL can have, and hosts that would give another URL.
  test.each([
    ...['1.2.3.999', 'a:99999', 'a%zz', 'a%00b', '[1:2]', '[::1', 'a%2fb'],
    ...['a/b', 'a?b', 'a#b', 'a\\b', 'user@host', 'user:password@host', 'a b', 'a\tb'],
  ])('of %j is undefined: no URL can have it', (authority) => {
    expect(originOf(authority, false)).toBeUndefined();
    expect(originOf(authority, true)).toBeUndefined();
  });

  test('is remembered for a bounded number of authorities', () => {
    for (let i = 0; i < 1000; i++) expect(originOf(`host-${i}`, false)).toBe(`http://host-${i}`);
  });
});

describe('the URL', () => {
  test.each([
    ['/', '', 'http://h/'],
    ['/a/b', 'c=d&e', 'http://h/a/b?c=d&e'],
    ['/a%20b', 'c=%20', 'http://h/a%20b?c=%20'],
    ['/a/../b/./c', '', 'http://h/b/c'],
    ['/%2e%2E/a', '', 'http://h/a'],
    ['/..', '', 'http://h/'],
    ['//evil/x', '', 'http://h//evil/x'],
    ['/a\\..\\b', '', 'http://h/b'],
    ['/a"<>^`{|}', 'a"<>^`{|}\'', new URL('http://h/a"<>^`{|}?a"<>^`{|}\'').href],
    ["/it's", "it's", "http://h/it's?it%27s"],
    ['/a', '/../b', 'http://h/a?/../b'],
    ['/.well-known/x', '', 'http://h/.well-known/x'],
    ['*', '', 'http://h/'],
  ])('of %j and %j is %s', (path, query, url) => {
    expect(urlOf('http://h', path, query)).toBe(url);
  });

  test('is the one of new URL() for any target', () => {
    const character = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
    const piece = fc.oneof(character, fc.constantFrom('.', '..', '/', '%2e', '%2E.', '%', '\\', 'a', '?'));
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('').replaceAll('#', ''));
    fc.assert(
      fc.property(text, text, (rest, query) => {
        const path = `/${rest.replaceAll('?', '')}`;
        expect(urlOf('http://h', path, query)).toBe(new URL(`http://h${path}${query === '' ? '' : `?${query}`}`).href);
      }),
      { numRuns: 3000 },
    );
  });
});
