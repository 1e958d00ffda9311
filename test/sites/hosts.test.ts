/** Which site a request is for. */
import { describe, expect, test } from '@jest/globals';
import { canonicalHost } from '../../src/sites/host-table.js';
import { sitesHandler } from '../../src/sites/sites-handler.js';
import { ask } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { TestServer } from '../server/test-server.js';

const HOSTS: Record<string, string[] | undefined> = {
  org: ['example.org', 'www.example.org'],
  net: ['*.example.net'],
  deep: ['*.deep.example.net', 'exact.example.net'],
  v6: ['[::1]', '127.0.0.1'],
  idn: ['münchen.example'],
  rest: undefined,
};

/** Sites that answer with their names. */
async function siteOf(names: readonly string[], request: string): Promise<string> {
  using folder = new SiteFolder(Object.fromEntries(names.map((name) => [`${name}/index.html`, name])));
  const handler = sitesHandler(
    names.map((name) => ({ root: folder.path(name), ...(HOSTS[name] && { hosts: HOSTS[name] }) })),
  );
  const server = new TestServer(handler);
  await using _ = server;
  try {
    const { status, body } = await ask(server.address, request);
    return status === 200 ? body.toString() : `${status}`;
  } finally {
    handler.close();
  }
}

describe('the site of a host', () => {
  test.each([
    ['example.org', 'org'],
    ['EXAMPLE.org', 'org'],
    ['EXAMPLE.org.:80', 'org'],
    ['example.org:', 'org'],
    ['example.org:99999', 'org'],
    ['www.example.org', 'org'],
    ['ex%61mple.org', 'org'],
    ['sub.example.org', 'rest'],
    ['example.org.evil.com', 'rest'],
    ['xexample.org', 'rest'],
    ['example.net', 'rest'],
    ['a.example.net', 'net'],
    ['A.B.EXAMPLE.NET.', 'net'],
    ['.example.net', 'rest'],
    ['deep.example.net', 'net'],
    ['a.deep.example.net', 'deep'],
    ['exact.example.net', 'deep'],
    ['a.exact.example.net', 'net'],
    ['[::1]', 'v6'],
    ['[::1]:8080', 'v6'],
    ['[0:0:0:0:0:0:0:1]', 'v6'],
    ['[::2]', 'rest'],
    ['127.0.0.1:9369', 'v6'],
    ['127.0.0.2', 'rest'],
    ['xn--mnchen-3ya.example', 'idn'],
    ['constructor', 'rest'],
    ['__proto__', 'rest'],
    ['..', 'rest'],
    ['.', 'rest'],
    ['xn--', 'rest'],
    ["a!$&'()*+;=b", 'rest'],
  ])('%s: %s', async (host, site) => {
    expect(await siteOf(Object.keys(HOSTS), `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).toBe(site);
  });

  test.each([
    ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n', 'rest'],
    ['HTTP/1.0 with it', 'GET / HTTP/1.0\r\nHost: example.org\r\n\r\n', 'org'],
    [
      'an absolute-form target, which stands before Host',
      'GET http://example.org/ HTTP/1.1\r\nHost: a.example.net\r\n\r\n',
      'org',
    ],
    ['an absolute-form target that no site has', 'GET http://x/ HTTP/1.1\r\nHost: example.org\r\n\r\n', 'rest'],
    ['an absolute-form target with a port', 'GET http://EXAMPLE.ORG:81 HTTP/1.1\r\nHost: x\r\n\r\n', 'org'],
  ])('%s', async (_, request, site) => {
    expect(await siteOf(Object.keys(HOSTS), request)).toBe(site);
  });

  test('a host of no site is 421 where no site is for all others', async () => {
    const names = ['org', 'v6'];
    expect(await siteOf(names, 'GET / HTTP/1.1\r\nHost: example.org\r\n\r\n')).toBe('org');
    expect(await siteOf(names, 'GET / HTTP/1.1\r\nHost: example.com\r\n\r\n')).toBe('421');
    expect(await siteOf(names, 'GET / HTTP/1.0\r\n\r\n')).toBe('421');
    expect(await siteOf(['org'], 'GET / HTTP/1.1\r\nHost: example.com\r\n\r\n')).toBe('421');
    expect(await siteOf(['org'], 'POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 0\r\n\r\n')).toBe('421');
  });

  test('a single site without hosts answers for all hosts', async () => {
    expect(await siteOf(['rest'], 'GET / HTTP/1.1\r\nHost: whatever\r\n\r\n')).toBe('rest');
    expect(await siteOf(['rest'], 'GET / HTTP/1.0\r\n\r\n')).toBe('rest');
  });

  test('each site has rules of its own', async () => {
    using folder = new SiteFolder({ 'a/x': 'a', 'b/x': 'b' });
    const handler = sitesHandler([
      { root: folder.path('a'), hosts: ['a'], rules: [{ path: '/**', headers: { 'X-Site': 'a' } }] },
      { root: folder.path('b'), hosts: ['b'], rules: [{ path: '/**', headers: { 'X-Site': 'b' } }] },
    ]);
    const server = new TestServer(handler);
    await using _ = server;
    for (const name of ['a', 'b', 'a', 'b', 'b', 'a']) {
      const { headers, body } = await ask(server.address, `GET /x HTTP/1.1\r\nHost: ${name}\r\n\r\n`);
      expect([headers.get('x-site'), body.toString()]).toEqual([name, name]);
    }
    handler.close();
  });
});

test.each([
  ['', undefined],
  [':80', undefined],
  ['a b', undefined],
  ['a/b', undefined],
  ['a@b', undefined],
  ['a:b', undefined],
  ['a:80:80', undefined],
  ['[::1', undefined],
  ['[::1]x', undefined],
  ['[::g]', undefined],
  ['256.256.256.256', undefined],
  ['A.b.', 'a.b'],
  ['[::FFFF:127.0.0.1]', '[::ffff:7f00:1]'],
])('%j as a host is %j', (authority, host) => {
  expect(canonicalHost(authority)).toBe(host);
});

test('a site that cannot be opened closes those opened before', () => {
  using folder = new SiteFolder({ 'a/x': '' });
  expect(() => sitesHandler([{ root: folder.path('a'), hosts: ['a'] }, { root: folder.path('none') }])).toThrow(
    'ENOENT',
  );
});
