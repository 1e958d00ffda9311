/** Where redirects and rewrites lead. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RedirectTemplate, RewriteTemplate } from '../../src/sites/path-template.js';

describe('a redirect', () => {
  test.each<[to: string, captures: string[], query: string, location: string]>([
    ['/new', [], '', '/new'],
    ['/new/$1', ['a/b'], '', '/new/a/b'],
    ['/$2/$1', ['a', 'b'], '', '/b/a'],
    ['/$1$1', ['a'], '', '/aa'],
    ['/$9', ['a'], '', '/'],
    ['/new/$1', ['a b'], '', '/new/a%20b'],
    ['/new/$1', ['ü'], '', '/new/%C3%BC'],
    ['/new/$1', ['a?b#c%d'], '', '/new/a%3Fb%23c%25d'],
    ['/new/$1', ['$1'], '', '/new/%241'],
    ['/new/$1', ['a\r\nSet-Cookie: b'], '', '/new/a%0D%0ASet-Cookie%3A%20b'],
    ['/new/$1', ['\\evil'], '', '/new/%5Cevil'],
    ['/new', [], 'q=1', '/new?q=1'],
    ['/new?p=0', [], '', '/new?p=0'],
    ['/new?p=0', [], 'q=1', '/new?p=0&q=1'],
    ['/new#top', [], 'q=1', '/new?q=1#top'],
    ['/new?p#top', [], 'q', '/new?p&q#top'],
    ['https://other.example/', [], '', 'https://other.example/'],
    ['https://other.example:8443/$1', ['a'], 'q', 'https://other.example:8443/a?q'],
    ['HTTP://[::1]:80/x', [], '', 'HTTP://[::1]:80/x'],
    // never another host
    ['/$1', ['/evil.com'], '', '/evil.com'],
    ['/$1', ['//evil.com'], '', '/evil.com'],
    ['/$1', ['\\evil.com'], '', '/%5Cevil.com'],
    ['/$1', ['\t/evil.com'], '', '/%09/evil.com'],
    ['/$1/$2', ['', 'evil.com'], '', '/evil.com'],
    ['/$1/$2', ['/', 'evil.com'], '', '/evil.com'],
    ['https://other.example/$1', ['@evil.com'], '', 'https://other.example/%40evil.com'],
    ['https://other.example/$1', ['/evil.com'], '', 'https://other.example/evil.com'],
  ])('to %s with %j and ?%s leads to %s', (to, captures, query, location) => {
    const [template, base] = [new RedirectTemplate(to), 'http://here.example/x/y'];
    expect(template.location(captures, query)).toBe(location);
    const host = to.startsWith('/') ? 'here.example' : new URL(to).host;
    expect(new URL(location, base).host).toBe(host);
  });

  test('stays on its host for any captures and any query', () => {
    const text = fc.string({
      unit: fc.constantFrom('/', '\\', '.', '@', ':', '\r', '\n', '\t', ' ', 'a', '?', '#', '%', 'ü', '$1'),
    });
    const query = fc.string({ unit: fc.constantFrom('/', '\\', '.', '@', ':', 'a', '?', '%', '&') });
    const to = fc.constantFrom('/$1', '/$1/$2', '/$1$2', '/a/$1', '/$1/../$2', 'https://here.example/$1/$2');
    fc.assert(
      fc.property(to, text, text, query, (template, first, second, kept) => {
        const location = new RedirectTemplate(template).location([first, second], kept);
        expect(new URL(location, 'https://here.example/a/b').host).toBe('here.example');
        expect(location).toMatch(/^(?:https:\/\/here\.example)?\/(?![/\\])[\x21-\x7e]*$/);
      }),
      { numRuns: 5_000 },
    );
  });

  test.each([
    ['new', 'begins with one /'],
    ['', 'begins with one /'],
    ['//evil.com', 'begins with one /'],
    ['/\\evil.com', 'backslash'],
    ['ftp://x/', 'begins with one /'],
    ['javascript:alert(1)', 'begins with one /'],
    ['https://other.example', 'has a path'],
    ['https:///x', 'begins with one /'],
    ['https://user@other.example/', 'begins with one /'],
    ['https://other.example$1/', 'begins with one /'],
    ['https://$1/', 'begins with one /'],
    ['https://%/x', 'host'],
    ['/a b', 'visible ASCII'],
    ['/ü', 'visible ASCII'],
    ['/a\r\nX: y', 'visible ASCII'],
    ['/$', 'a digit from 1 to 9'],
    ['/$0', 'a digit from 1 to 9'],
    ['/$a', 'a digit from 1 to 9'],
    ['/a?x=$1', 'in the path alone'],
    ['/a#$1', 'in the path alone'],
  ])('to %j is refused: %s', (to, expected) => {
    expect(() => new RedirectTemplate(to)).toThrow(expected);
  });
});

describe('a rewrite', () => {
  test.each<[to: string, captures: string[], name: string | undefined]>([
    ['/', [], ''],
    ['/app.html', [], 'app.html'],
    ['/app/$1', ['a/b'], 'app/a/b'],
    ['/app/$1', [''], 'app/'],
    ['/a%20b/$1', ['c%20d'], 'a b/c%20d'],
    ['/%24x', [], '$x'],
    ['/x/.$1', ['.'], ''],
    ['/.$1/y', ['.'], undefined],
    ['/$1/$2', ['', 'a'], 'a'],
  ])('to %s with %j is %j', (to, captures, name) => {
    expect(new RewriteTemplate(to).name(captures)).toBe(name);
  });

  test.each([
    ['app', 'begins with /'],
    ['', 'begins with /'],
    ['https://x/', 'begins with /'],
    ['/a?b', 'without a query'],
    ['/a#b', 'without a query'],
    ['/%', '%25'],
    ['/%00', '%00'],
    ['/%241', '%24'],
    ['/$x', 'a digit'],
  ])('to %j is refused: %s', (to, expected) => {
    expect(() => new RewriteTemplate(to)).toThrow(expected);
  });
});
