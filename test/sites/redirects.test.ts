/** Redirects and rewrites, as clients see them. */
import { describe, expect, test } from '@jest/globals';
import type { Rule } from '../../src/sites/site-options.js';
import { RuledSite } from './ruled-site.js';

const FILES = { 'new/a.txt': 'new a', 'app/index.html': 'app', 'app/x': 'app x', 'old/file': 'old' };

describe('a redirect', () => {
  const RULES: Rule[] = [
    { path: '/old/**', redirect: { to: '/new/$1' }, headers: { 'X-Rule': 'yes' } },
    { path: '/gone/*', redirect: { to: 'https://other.example/$1?from=here', status: 308 } },
    { path: '/old/file', redirect: false },
    { path: '/*/*/*', redirect: { to: '/$3/$2/$1', status: 301 } },
  ];

  test.each<[path: string, status: number, location: string | undefined]>([
    ['/old/a.txt', 302, '/new/a.txt'],
    ['/old/a.txt?q=1&r', 302, '/new/a.txt?q=1&r'],
    ['/old/', 302, '/new/'],
    ['/old', 302, '/new/'],
    ['/%6fld/a%20b', 302, '/new/a%20b'],
    ['/old/a%2Fb', 404, undefined],
    ['/old/a/b', 301, '/b/a/old'],
    ['/old/file', 200, undefined],
    ['/gone/x', 308, 'https://other.example/x?from=here'],
    ['/gone/x?q', 308, 'https://other.example/x?from=here&q'],
    ['/gone/x/y', 301, '/y/x/gone'],
    ['/new/a.txt', 200, undefined],
  ])('%s: %d to %s', async (path, status, location) => {
    await using site = new RuledSite(FILES, RULES);
    for (const method of ['GET', 'HEAD']) {
      const response = await site.ask(path, '', method);
      expect([response.status, response.headers.get('location')]).toEqual([status, location]);
    }
  });

  test('answers every method, with the headers of its rules', async () => {
    await using site = new RuledSite(FILES, RULES);
    const { status, headers } = await site.ask('/old/x', 'Content-Length: 0\r\n', 'POST');
    expect([status, headers.get('location'), headers.get('x-rule')]).toEqual([302, '/new/x', 'yes']);
  });

  test.each([
    '/go//evil.com',
    '/go///evil.com',
    '/go/%2Fevil.com',
    '/go/%2F%2Fevil.com',
    '/go/\\evil.com',
    '/go/%5C%5Cevil.com',
    '/go/%5C/evil.com',
    '/go/%09/evil.com',
    '/go/%0d%0aSet-Cookie:x=1',
    '/go/%0d%0a%0d%0a<script>',
    '/go/@evil.com',
    '/go/.//evil.com',
    '/go/x/..//evil.com',
    '/go/http://evil.com',
    '//evil.com/..//go//evil.com',
    '/go?//evil.com',
    '/go/?/../..//evil.com',
    '/pair/a//evil.com',
    '/pair/%2F/evil.com',
    '/pair/./evil.com',
    '//evil.com/%2e%2e/dir',
    '//dir',
    '///dir',
    '/.//dir',
    '/x/..//dir',
    '/\\dir',
    '/%5Cdir',
    '//evil.com',
    '//evil.com/..%2fdir',
  ])('leads to no other host: %s', async (path) => {
    const rules: Rule[] = [
      { path: '/go/**', redirect: { to: '/$1' } },
      { path: '/pair/**/*', redirect: { to: '/$1/$2' } },
    ];
    await using site = new RuledSite({ 'dir/x': '', '\\dir/x': '', 'evil.com/x': '' }, rules);
    const { status, headers } = await site.ask(path);
    const location = headers.get('location');
    expect([301, 302, 404]).toContain(status);
    expect(headers.has('set-cookie')).toBe(false);
    expect(location !== undefined).toBe(status !== 404);
    if (location === undefined) return;
    expect(location).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/);
    for (const base of ['http://test/', 'http://test/a/b/c', 'https://test:8443/']) {
      expect(new URL(location, base).host).toBe(new URL(base).host);
    }
  });
});

describe('a rewrite', () => {
  const RULES: Rule[] = [
    { path: '/docs/**', rewrite: '/new/$1', cacheControl: 'no-cache' },
    { path: '/app/**', rewrite: '/app/index.html' },
    { path: '/loop', rewrite: '/docs/a.txt' },
    { path: '/dir{,/}', rewrite: '/app' },
    { path: '/up/*', rewrite: '/new/../../$1' },
    { path: '/new/*', headers: { 'X-Rule': 'new' } },
    { path: '/%2A', rewrite: '/new/a.txt' },
  ];

  test.each<[path: string, status: number, body: string]>([
    ['/docs/a.txt', 200, 'new a'],
    ['/docs/a.txt?q', 200, 'new a'],
    ['/docs/x/../a.txt', 200, 'new a'],
    ['/docs/b.txt', 404, '404: there is no such file here\n'],
    ['/docs/%2e%2e/old/file', 200, 'old'],
    ['/docs/..%2fold/file', 404, '404: there is no such file here\n'],
    ['/loop', 404, '404: there is no such file here\n'],
    ['/up/x', 404, '404: there is no such file here\n'],
    ['/*', 200, 'new a'],
  ])('%s: %d %j', async (path, status, body) => {
    await using site = new RuledSite(FILES, RULES);
    for (let time = 0; time < 2; time++) {
      const response = await site.ask(path);
      expect([response.status, response.body.toString()]).toEqual([status, body]);
      expect(response.headers.has('x-rule')).toBe(false);
    }
  });

  test('two paths of one file have the headers of their own rules', async () => {
    await using site = new RuledSite(FILES, RULES);
    for (let time = 0; time < 3; time++) {
      const docs = await site.ask('/docs/a.txt');
      const own = await site.ask('/new/a.txt');
      expect([docs.body, own.body].map(String)).toEqual(['new a', 'new a']);
      expect([docs.headers.get('cache-control'), docs.headers.get('x-rule')]).toEqual(['no-cache', undefined]);
      expect([own.headers.get('cache-control'), own.headers.get('x-rule')]).toEqual([undefined, 'new']);
    }
  });

  test('to a folder without its slash is redirected to the slash once', async () => {
    await using site = new RuledSite(FILES, RULES);
    const { status, headers } = await site.ask('/dir?q');
    expect([status, headers.get('location')]).toEqual([301, '/dir/?q']);
    expect((await site.ask('/dir/?q')).status).toBe(404);
  });
});
