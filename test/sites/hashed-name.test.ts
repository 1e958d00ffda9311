/** Which names have a hash of their content in them: rather too few than one too many. */
import { describe, expect, test } from '@jest/globals';
import { hasHashedName } from '../../src/sites/hashed-name.js';

describe('a name with a hash', () => {
  test.each([
    'app.3f2a9c1b.js',
    'assets/app.3f2a9c1b.js',
    'index-BxYz12_a.css',
    'index-D3kqB_9x.js',
    'main.8f5b3a7c9d1e2f40.chunk.js',
    'my-long-name-3f2a9c1b.min.js.map',
    'app-5ZQX2KJD.js',
    'logo.d41d8cd98f00b204e9800998ecf8427e.svg',
    'a.e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.woff2',
  ])('%s', (name) => {
    expect(hasHashedName(name)).toBe(true);
  });
});

describe('a name as long as a request line takes no time:', () => {
  test.each([
    ['capitals, then digits', 'A'.repeat(4000) + '2'.repeat(4000), false],
    ['digits, then letters', '1'.repeat(4000) + 'a'.repeat(4000), false],
    ['letters, then digits', 'a'.repeat(4000) + '1'.repeat(4000), false],
    ['small letters, capitals, digits', 'z'.repeat(3000) + 'A'.repeat(3000) + '2'.repeat(2000), false],
    ['digits and capitals by turns, and no more', '2A'.repeat(4000), true],
    ['parts of a hash each', `${'A'.repeat(4)}2222.`.repeat(800), false],
  ])('%s: tells at once, not after a minute', (_, part, isOne) => {
    expect(hasHashedName(`x.${part}.js`)).toBe(isOne);
  });
});

describe('a name without a hash', () => {
  test.each([
    '',
    'app.js',
    'assets/',
    'index.html',
    'about-contents.html',
    'report-20240101.pdf',
    'report-20240101a.pdf',
    'photo-2024-01-01.jpg',
    'guide-Chapter10.html',
    'guide-chapter10.html',
    'README-MyModule.md',
    'jquery-3.7.1.min.js',
    'logo-w3schools.png',
    'decade-facade00.html',
    'BACKUP-DOCUMENTS.zip',
    'backup-DOCUMENT2.zip',
    '3f2a9c1b/app.js',
    'app.3f2a9c1b.d/app.js',
    'app.3f2a9c1b',
    'app.3f2a9c.js',
  ])('%s', (name) => {
    expect(hasHashedName(name)).toBe(false);
  });
});
