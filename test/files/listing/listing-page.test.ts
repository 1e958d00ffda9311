import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  htmlListing,
  jsonListing,
  LISTING_ENTRIES_MAX,
  listedEntries,
} from '../../../src/files/listing/listing-page.js';
import { LISTING_CONTENT_SECURITY_POLICY } from '../../../src/files/listing/listing-style.js';
import { file, folder, links, skeleton } from './listing-entries.js';

describe('the breadcrumbs of a listing', () => {
  /** Where the breadcrumbs lead, and the parent link, with what they say. */
  function up(path: string): string[][] {
    const html = htmlListing(path, []);
    const crumbs = html.matchAll(/<li><a href="([^"]*)"(?: aria-current="page")?>(.*?)<\/a>/g);
    const parent = /<a class="up" href="([^"]*)">(.*?)<\/a>/.exec(html);
    return [...crumbs, ...(parent === null ? [] : [parent])].map(([, href, label]) => [
      new URL(href as string, `http://h${path}`).pathname,
      (label as string).replace(/<\/?bdi>/g, ''),
    ]);
  }

  test.each([
    ['/', [['/', 'Top']]],
    [
      '/a/',
      [
        ['/', 'Top'],
        ['/a/', 'a'],
        ['/', 'Parent folder'],
      ],
    ],
    [
      '/a/b%20c/d/',
      [
        ['/', 'Top'],
        ['/a/', 'a'],
        ['/a/b%20c/', 'b c'],
        ['/a/b%20c/d/', 'd'],
        ['/a/b%20c/', 'Parent folder'],
      ],
    ],
    [
      '/a%2Fb/c/',
      [
        ['/', 'Top'],
        ['/a%2Fb/', 'a/b'],
        ['/a%2Fb/c/', 'c'],
        ['/a%2Fb/', 'Parent folder'],
      ],
    ],
    [
      '//a//',
      [
        ['/', 'Top'],
        ['//a/', 'a'],
        ['//a/', 'Parent folder'],
      ],
    ],
    [
      '/%ff/',
      [
        ['/', 'Top'],
        ['/%ff/', '%ff'],
        ['/', 'Parent folder'],
      ],
    ],
    [
      '/%3Cb%3E/%22/',
      [
        ['/', 'Top'],
        ['/%3Cb%3E/', '&lt;b&gt;'],
        ['/%3Cb%3E/%22/', '&quot;'],
        ['/%3Cb%3E/', 'Parent folder'],
      ],
    ],
  ])('from %s leads to each folder above it', (path, expected) => {
    expect(up(path)).toEqual(expected);
  });

  test('are bounded for a path that leads up and down 800 times', () => {
    const path = '/a/..'.repeat(800);
    expect(up(`${path}/`).length).toBe(1 + 32 + 1);
    expect(htmlListing(`${path}/`, []).length).toBeLessThan(20 * path.length);
  });

  test('are text, whatever the path is', () => {
    const plain = skeleton(htmlListing('/x/', []));
    const rawSegment = fc.string({ unit: fc.constantFrom(...'%3C>"\'&<%ff?#a'), minLength: 1 });
    fc.assert(
      fc.property(rawSegment, (segment) => {
        expect(skeleton(htmlListing(`/${segment}/`, []))).toEqual(plain);
      }),
    );
  });
});

describe('the order of a listing', () => {
  test('is folders first, then names, with numbers in them by value', () => {
    const entries = [
      file('b'),
      file('a10'),
      folder('z'),
      file('a2'),
      folder('B'),
      file('\u00e4'),
      file('A'),
      folder('a'),
    ];
    expect(listedEntries(entries).map(({ name }) => name)).toEqual(['a', 'B', 'z', 'A', '\u00e4', 'a2', 'a10', 'b']);
  });

  test('does not depend on the order on disk', () => {
    const alike = fc.constantFrom('1', '01', '001', 'a', 'A', '\u00e4', 'a\u0308', 'a\x01', 'a\x02', '-', '_');
    const entry = fc.tuple(alike, fc.boolean()).map(([name, isFolder]) => (isFolder ? folder(name) : file(name)));
    const shuffled = fc
      .uniqueArray(entry, { selector: ({ name, kind }) => `${kind} ${name}` })
      .chain((entries) => fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })));
    fc.assert(
      fc.property(shuffled, ([entries, others]) => {
        expect(listedEntries(others)).toEqual(listedEntries(entries));
        expect(listedEntries(listedEntries(entries))).toEqual(listedEntries(entries));
      }),
    );
  });

  test('does not change the array that was passed', () => {
    const entries = Object.freeze([file('b'), file('a')]);
    expect(listedEntries(entries)).toEqual([file('a'), file('b')]);
    expect(entries[0]?.name).toBe('b');
  });
});

describe('a folder with more entries than are listed', () => {
  const many = Array.from({ length: LISTING_ENTRIES_MAX + 1 }, (_, i) => file(`${i}`));

  test('is listed up to the bound, folders first, and the page says so', () => {
    const html = htmlListing('/', [...many, folder('z')]);
    expect(links(html).length).toBe(LISTING_ENTRIES_MAX);
    expect(links(html)[0]).toMatch(/\/z\/$/);
    expect(html).toContain('<p>The first 5,000 of 5,002 entries are listed.</p>');
    const { total, entries } = JSON.parse(jsonListing(many));
    expect([total, entries.length]).toEqual([LISTING_ENTRIES_MAX + 1, LISTING_ENTRIES_MAX]);
  });

  test('is ordered by code units', () => {
    expect(
      listedEntries(many)
        .slice(0, 3)
        .map(({ name }) => name),
    ).toEqual(['0', '1', '10']);
    expect(
      listedEntries(many.slice(1))
        .slice(0, 3)
        .map(({ name }) => name),
    ).toEqual(['1', '2', '3']);
  });

  test('may be cut by the reader, who passes the total', () => {
    expect(htmlListing('/', [file('a')], 60_000)).toContain('The first 1 of 60,000 entries');
    expect(JSON.parse(jsonListing([file('a')], 60_000)).total).toBe(60_000);
  });
});

describe('the page of a listing', () => {
  test('shows sizes of files, and times of files and folders, for people and for programs', () => {
    const html = htmlListing('/', [file('a'), folder('b')]);
    expect(html).toContain(
      '<tr><th scope="row"><a class="file" href="./a"><bdi>a</bdi></a></th><td><data value="1536">1.5 KiB</data></td>' +
        '<td><time datetime="2026-11-24T04:38:32Z">2026-11-24 <span>04:38</span></time></td></tr>\n',
    );
    expect(html).toContain(
      '<tr><th scope="row"><a class="folder" href="./b/"><bdi>b/</bdi></a></th><td></td>' +
        '<td><time datetime="2026-11-24T04:38:32Z">2026-11-24 <span>04:38</span></time></td></tr>\n',
    );
  });

  test('leaves out times beyond the calendar', () => {
    const entry = { ...file('a'), modifiedMs: 1e300 };
    expect(htmlListing('/', [entry])).toContain('</data></td><td></td></tr>');
    expect(JSON.parse(jsonListing([entry])).entries[0].modified).toBe(null);
  });

  test.each([
    [0, '<p>This folder is empty.</p>'],
    [1, '<p>1 entry</p>'],
    [2, '<p>2 entries</p>'],
  ])('of %i entries says so', (count, text) => {
    expect(htmlListing('/', ['a', 'b'].slice(0, count).map(file))).toContain(text);
  });

  test('has one style, allowed by its hash in the policy, and nothing that needs more', () => {
    const html = htmlListing('/a/', [file('a'), folder('b')]);
    const styles = [...html.matchAll(/<style>(.*?)<\/style>/gs)].map(([, style]) => style as string);
    expect(styles.length).toBe(1);
    const hash = createHash('sha256')
      .update(styles[0] as string)
      .digest('base64');
    expect(LISTING_CONTENT_SECURITY_POLICY).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; img-src 'self'; base-uri 'none'; form-action 'none'`,
    );
    expect(html).not.toMatch(/<(?:script|img|link|iframe|object|form|base)|\sstyle=|\son\w+=|url\(|@import/i);
  });
});
