import { expect, test } from '@jest/globals';
import { mediaType } from '../../src/files/media-types.js';

test.each([
  ['index.html', 'text/html; charset=utf-8'],
  ['INDEX.HTML', 'text/html; charset=utf-8'],
  ['style.css', 'text/css; charset=utf-8'],
  ['app.js', 'text/javascript; charset=utf-8'],
  ['app.mjs', 'text/javascript; charset=utf-8'],
  ['data.json', 'application/json; charset=utf-8'],
  ['site.webmanifest', 'application/manifest+json; charset=utf-8'],
  ['feed.xml', 'application/xml; charset=utf-8'],
  ['notes.txt', 'text/plain; charset=utf-8'],
  ['README.md', 'text/markdown; charset=utf-8'],
  ['logo.svg', 'image/svg+xml'],
  ['photo.jpeg', 'image/jpeg'],
  ['photo.png', 'image/png'],
  ['photo.avif', 'image/avif'],
  ['font.woff2', 'font/woff2'],
  ['module.wasm', 'application/wasm'],
  ['paper.pdf', 'application/pdf'],
  ['film.mp4', 'video/mp4'],
  ['archive.tar.gz', 'application/gzip'],
  ['a/b.c/photo.png', 'image/png'],
  ['a/b.c/LICENSE', 'application/octet-stream'],
  ['a.b/html', 'application/octet-stream'],
  ['html', 'application/octet-stream'],
  ['ends.', 'application/octet-stream'],
  ['data.unheard-of', 'application/octet-stream'],
  ['a.__proto__', 'application/octet-stream'],
  ['a.constructor', 'application/octet-stream'],
])('the media type of %s is %s', (name, type) => {
  expect(mediaType(name)).toBe(type);
  expect(mediaType(name)).toBe(type); // the second time from what is remembered
});
