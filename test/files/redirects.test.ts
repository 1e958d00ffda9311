/** A folder is redirected to its path with a slash, with the query, and never to another host. */
import { describe, expect, test } from '@jest/globals';
import { ask, get } from '../client/raw-client.js';
import { SiteFolder } from './site-folder.js';

const HOST = 'test';

describe('a folder without its slash', () => {
  test.each([
    ['/a', '/a/'],
    ['/a?q=1', '/a/?q=1'],
    ['/a?', '/a/'],
    ['/a?q=/b?c&d=%2F', '/a/?q=/b?c&d=%2F'],
    ['/a?//evil.com', '/a/?//evil.com'],
    ['/a?http://evil.com/', '/a/?http://evil.com/'],
    ['/a?%0d%0aSet-Cookie:x', '/a/?%0d%0aSet-Cookie:x'],
    ['/%61', '/%61/'],
    ['/a%20b', '/a%20b/'],
    ['/a%3Fb', '/a%3Fb/'],
    ['/a%23b', '/a%23b/'],
    ['/100%25', '/100%25/'],
    ['/gr%C3%BC%C3%9Fe', '/gr%C3%BC%C3%9Fe/'],
    ['/a%0d%0aX-Evil:1', '/a%0d%0aX-Evil:1/'],
    ['/a/b', '/a/b/'],
    ['/a//b', '/a//b/'],
    ['/a/.', '/a/./'],
    ['/a/b/..', '/a/b/../'],
    ['http://other/a?q', '/a/?q'],
    ['https://other:1/a', '/a/'],
  ])('%s is redirected to %s, for GET and for HEAD', async (path, location) => {
    using site = new SiteFolder({
      'a/b/c': '',
      'a b/c': '',
      'a?b/c': '',
      'a#b/c': '',
      '100%/c': '',
      'grüße/c': '',
      'a\r\nX-Evil:1/c': '',
    });
    await using target = site.serve();
    const response = await ask(target.address, get(path));
    expect([response.status, response.headers.get('location')]).toEqual([301, location]);
    expect([...response.headers.keys()]).toEqual(['date', 'content-type', 'location', 'content-length']);
    const toHead = await ask(target.address, get(path).replace('GET', 'HEAD'));
    expect([toHead.status, toHead.headers.get('location')]).toEqual([301, location]);
  });
});

describe('no redirect leads to another host', () => {
  // As folders that are there: an archive that was unpacked may have such names. A browser takes \ for / (URL §4.4).
  const FOLDERS = [
    'evil.com',
    '\\evil.com',
    '\\\\evil.com',
    '\\/evil.com',
    'a/evil.com',
    '@evil.com',
    '.well-known',
    ' ',
  ];

  test.each([
    '/evil.com',
    '//evil.com',
    '///evil.com',
    '////evil.com',
    '/%2fevil.com',
    '/%2F%2Fevil.com',
    '/%2f/evil.com',
    '//%2fevil.com',
    '/\\evil.com',
    '/\\\\evil.com',
    '\\\\evil.com',
    '/\\/evil.com',
    '/%5Cevil.com',
    '/%5c%5cevil.com',
    '/%5c/evil.com',
    '/./evil.com',
    '/.//evil.com',
    '/./\\evil.com',
    '/%2e//evil.com',
    '/%2e/\\evil.com',
    '/a/..//evil.com',
    '/a/../\\evil.com',
    '/a/../evil.com',
    '/a/%2e%2e//evil.com',
    '/@evil.com',
    '//user@evil.com',
    '/%20//evil.com',
    '/%09//evil.com',
    '/%0a//evil.com',
    'http://test//evil.com',
    'http://test/\\evil.com',
    'http://test/.//evil.com',
    'http://evil.com/evil.com',
    '//evil.com/..',
    '//evil.com/%2e%2e',
    '//evil.com/%2f..',
    '/evil.com//',
    '/.well-known',
  ])('%s', async (path) => {
    using site = new SiteFolder();
    for (const folder of FOLDERS) site.write(`${folder}/file`, '');
    await using target = site.serve({ cleanUrls: true, listing: true });
    const { status, headers } = await ask(target.address, get(path));
    const location = headers.get('location');
    expect([200, 301, 400, 404]).toContain(status);
    expect(location !== undefined).toBe(status === 301);
    if (location === undefined) return;
    for (const base of [`http://${HOST}/`, `http://${HOST}/a/b/c`, `https://${HOST}:8443/`]) {
      expect(new URL(location, base).host).toBe(new URL(base).host);
    }
    expect(location).toMatch(/^\/(?![/\\])/); // also for parsers of URLs that are older than the standard
    // The target has the requested file, and does not redirect again.
    expect((await ask(target.address, get(location))).status).toBe(200);
  });
});
