/** Names that would be something else than text and a link to that file, if they could. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { htmlListing, jsonListing } from '../../../src/files/listing/listing-page.js';
import { resolvePath } from '../../../src/files/resolve-path.js';
import { BASE, file, folder, links, skeleton, unescapeHtml } from './listing-entries.js';

/** Any name that a folder can have. */
const anyName = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }),
    fc.string({ unit: fc.constantFrom(...'.%2e:\\?#&;<>"\' \t\r\n+@~', 'javascript', 'amp', '\u202e'), minLength: 1 }),
  )
  .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..');

const UGLY = [
  'a b',
  ' a ',
  '100%',
  '%41',
  '%2e%2e',
  '%2F',
  'a#b',
  'a?b=c',
  'a+b',
  'a&b',
  'a&amp;b',
  '&lt;',
  'a;b',
  'a=b',
  'a:b',
  'a@b',
  'a,b',
  '"',
  "'",
  '`',
  '<',
  '>',
  '<\\a>',
  '--><!doctype',
  '<script>alert(1)<',
  '<!--',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  'a\nb',
  'a\r\nb',
  '\t',
  '\u001b[2J',
  '\u007f',
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  'java\nscript:x',
  'data:text,x',
  'https:h',
  'http:',
  'C:',
  '\\\\evil.example',
  '\\..\\',
  '...',
  '..a',
  '. ',
  '.\t',
  '~',
  '*',
  '$&',
  '$1',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a name
  '${name}',
  '{{7*7}}',
  'gr\u00fc\u00dfe \u20ac\u{1f600}',
  'e\u0301',
  '\u05d0\u05d1\u05d2',
  'exe\u202egpj.doc',
  '\u2028',
  '\ufeff',
  '\ufffe',
  'x'.repeat(255),
  'constructor',
  '__proto__',
];

describe('a name in the page of a listing', () => {
  test.each(UGLY)('%j links to that file, and as a folder to that folder', (name) => {
    const expected = `${BASE}${encodeURIComponent(name)}`;
    const found = links(htmlListing('/a/b/', [file(name), folder(name)]));
    expect(found).toEqual([`${expected}/`, expected]);
  });

  test('links to exactly that file of this folder, for any name', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const [href] = links(htmlListing('/a/b/', [file(name)]));
        const { origin, pathname, search, hash } = new URL(href as string);
        expect([origin, search, hash]).toEqual(['http://h', '', '']);
        expect(pathname.startsWith('/a/b/')).toBe(true);
        expect(decodeURIComponent(pathname.slice('/a/b/'.length))).toBe(name);
        if (!name.startsWith('.')) expect(resolvePath(pathname)).toBe(`a/b/${name}`);
      }),
      { numRuns: 2000 },
    );
  });

  test('is text, for any name: the page has the same tags and lines as with a plain one', () => {
    const plain = skeleton(htmlListing('/a/b/', [file('x'), folder('x')]));
    const lines = htmlListing('/a/b/', [file('x'), folder('x')]).split('\n').length;
    fc.assert(
      fc.property(anyName, (name) => {
        const html = htmlListing('/a/b/', [file(name), folder(name)]);
        expect(skeleton(html)).toEqual(plain);
        expect(html.split(/\r|\n/).length).toBe(lines);
      }),
      { numRuns: 2000 },
    );
  });

  test('is shown as it is, for any name, with control characters as signs', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...UGLY), anyName), (name) => {
        const shown = /<a class="file"[^>]*><bdi>(.*?)<\/bdi>/s.exec(htmlListing('/', [file(name)]))?.[1] as string;
        expect(shown).not.toMatch(/[<>"']/);
        expect(shown.length).toBeGreaterThanOrEqual(name.length);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out
        if (!/[\x00-\x1f\x7f]/.test(name)) expect(unescapeHtml(shown)).toBe(name);
      }),
      { numRuns: 2000 },
    );
    expect(htmlListing('/', [file('a\nb\x7f')])).toContain('<bdi>a\u240ab\u2421</bdi>');
  });

  test('may end in half a surrogate pair', () => {
    expect(links(htmlListing('/a/b/', [file('a\ud83d'), file('\ude00b')]))).toEqual([
      `${BASE}a%EF%BF%BD`,
      `${BASE}%EF%BF%BDb`,
    ]);
    expect(JSON.parse(jsonListing([file('a\ud83d')])).entries[0].name).toBe('a\ud83d');
  });

  test.each(['', '.', '..', '/', '../secret', '/etc/passwd', '//evil.example', 'a/b'])(
    'that no file has, %j, is left out of page and JSON',
    (name) => {
      expect(links(htmlListing('/a/b/', [file(name), folder(name), file('c')]))).toEqual([`${BASE}c`]);
      expect(htmlListing('/a/b/', [file(name)])).toContain('This folder is empty.');
      expect(JSON.parse(jsonListing([file(name)]))).toEqual({ total: 0, entries: [] });
    },
  );
});

test('a listing as JSON has the names as they are, and sizes of files only', () => {
  const { total, entries } = JSON.parse(jsonListing([...UGLY.map(file), folder('b')]));
  expect(total).toBe(UGLY.length + 1);
  expect(entries[0]).toEqual({ name: 'b', kind: 'folder', modified: '2026-11-24T04:38:32Z' });
  expect(entries.find(({ name }: { name: string }) => name === '"')).toEqual({
    name: '"',
    kind: 'file',
    size: 1536,
    modified: '2026-11-24T04:38:32Z',
  });
  expect(new Set(entries.slice(1).map(({ name }: { name: string }) => name))).toEqual(new Set(UGLY));
});
