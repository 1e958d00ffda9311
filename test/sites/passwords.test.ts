/** A site with a password, as clients see it. */
import { scryptSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { PASSWORD_JOBS_MAX, PASSWORD_JOBS_WAITING_MAX } from '../../src/sites/basic-auth.js';
import type { Rule } from '../../src/sites/site-options.js';
import { RawClient } from '../client/raw-client.js';
import { RuledSite } from './ruled-site.js';

const FILES = {
  'index.html': 'home',
  'private/x': 'secret',
  'private/index.html': 'private home',
  'private/open/x': 'open',
};

/** At a cost that a test can afford. */
function cheapHash(password: string): string {
  const [salt, hash] = [
    Buffer.from('salt, and more of it'),
    scryptSync(password, 'salt, and more of it', 32, { N: 1024 }),
  ];
  return `$scrypt$ln=10,r=8,p=1$${[salt, hash].map((bytes) => bytes.toString('base64').replaceAll('=', '')).join('$')}`;
}

const rules: Rule[] = [
  { path: '/private/**', auth: { realm: 'The "inner" circle', users: { Zoë: cheapHash('päss:word') } } },
  { path: '/private/open/**', auth: false },
];

function credentials(text: string): string {
  return `Authorization: Basic ${Buffer.from(text).toString('base64')}\r\n`;
}

test('a path behind a password is 401 without it, and served with it', async () => {
  await using site = new RuledSite(FILES, rules);
  const { status, headers } = await site.ask('/private/x');
  expect([status, headers.get('www-authenticate')]).toEqual([
    401,
    'Basic realm="The \\"inner\\" circle", charset="UTF-8"',
  ]);
  for (let time = 0; time < 2; time++) {
    const response = await site.ask('/private/x', credentials('Zoë:päss:word'));
    expect([response.status, response.body.toString()]).toEqual([200, 'secret']);
  }
  expect((await site.ask('/')).status).toBe(200);
  expect((await site.ask('/private/open/x')).status).toBe(200);
});

test.each([
  ['a wrong password', 'Zoë:pass:word'],
  ['half of it', 'Zoë:päss'],
  ['no password', 'Zoë:'],
  ['another name', 'zoë:päss:word'],
  ['no name', ':päss:word'],
  ['no colon', 'Zoë'],
  ['nothing', ''],
])('%s is a 401', async (_, text) => {
  await using site = new RuledSite(FILES, rules);
  const { status, headers, body } = await site.ask('/private/x', credentials(text));
  expect([status, headers.has('www-authenticate')]).toEqual([401, true]);
  expect(body.toString()).not.toContain('secret');
});

test.each([
  '/private',
  '/private/',
  '/private/x',
  '/private/none',
  '/private/../private/x',
  '/private/open/../x',
  '/%70rivate/x',
  '/private%2Fx',
  '/private%2fx',
  '//private/x',
  '///private//x',
  '/%2Fprivate/x',
  '/./private/x',
  '/%2e/private/x',
  '/none/../private/x',
  '/none/..%2fprivate/x',
  '/none/%2e%2e/private/x',
  '/private/./x',
  '/private/x/',
  '/private/%00',
  'http://other/private/x',
])('no way to write a path leads past it: %s', async (path) => {
  await using site = new RuledSite(FILES, rules, { cleanUrls: true, listing: true, dotFiles: true });
  // An encoded slash or NUL is in no name: there is nothing to be had.
  const status = /%2f|%00/i.test(path) ? 404 : 401;
  for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'BREW']) {
    const response = await site.ask(path, '', method);
    if (status === 401 || method === 'GET') expect(response.status).toBe(status);
    expect(response.body.toString()).not.toContain('secret');
  }
});

test('a site behind a password answers 401 for every path without it', async () => {
  const everything = rules.map((rule) => ({ ...rule, path: '/**' })).slice(0, 1);
  await using site = new RuledSite(FILES, [...everything, { path: '/old', redirect: { to: '/new' } }], {
    fallback: 'index.html',
    notFoundPage: 'private/x',
  });
  for (const path of ['/', '/none', '/%zz', '/%00', '/../x', '/a%0Ab', '/.git', '/old', '/private', '*']) {
    const { status, headers } = await site.ask(path, '', path === '*' ? 'OPTIONS' : 'GET');
    expect([path, status, headers.has('location')]).toEqual([path, 401, false]);
  }
  const { status, headers } = await site.ask('/old', credentials('Zoë:päss:word'));
  expect([status, headers.get('location')]).toEqual([302, '/new']);
});

test('a fallback page behind a password is private, whatever the cacheControl of its own path', async () => {
  const open: Rule = { path: '/index.html', cacheControl: 'public, max-age=600' };
  await using site = new RuledSite(FILES, [...rules, open], { fallback: 'index.html' });
  const { status, headers } = await site.ask('/private/none', credentials('Zoë:päss:word'));
  expect([status, headers.get('cache-control')]).toEqual([200, 'private, max-age=600']);
  expect((await site.ask('/none')).headers.get('cache-control')).toBe('public, max-age=600');
});

describe('Cache-Control behind a password lets no shared cache store the response (RFC 9111 §3.5)', () => {
  test.each<[cacheControl: string | undefined, sent: string]>([
    [undefined, 'private'],
    ['no-cache', 'private, no-cache'],
    ['private, max-age=60', 'private, max-age=60'],
    ['public, max-age=31536000, immutable', 'private, max-age=31536000, immutable'],
    ['Public,s-maxage = 60,max-age=5', 'private, max-age=5'],
    ['max-age=60, must-revalidate', 'private, max-age=60'],
    ['no-store', 'private, no-store'],
  ])('%s is sent as %s', async (cacheControl, sent) => {
    const cached: Rule[] = cacheControl === undefined ? [] : [{ path: '/**', cacheControl }];
    await using site = new RuledSite(FILES, [...cached, ...rules]);
    for (const [path, expected] of [
      ['/private/x', sent],
      ['/private/x', sent],
      ['/private/none', 'private'],
      ['/private', 'private'],
    ] as const) {
      const { headers } = await site.ask(path, credentials('Zoë:päss:word'));
      expect([path, headers.get('cache-control')]).toEqual([path, expected]);
    }
    expect((await site.ask('/private/x')).headers.get('cache-control')).toBe('private');
    expect((await site.ask('/private/open/x')).headers.get('cache-control')).toBe(cacheControl);
  });
});

test('in a flood of wrong passwords a few are checked, and the others get a 503', async () => {
  await using site = new RuledSite(FILES, rules);
  const clients = await Promise.all(Array.from({ length: 40 }, () => RawClient.connect(site.server.address)));
  try {
    // All reach the server before any password can have been checked: this is one turn of Node's loop.
    for (const [i, client] of clients.entries()) {
      void client.send(`GET /private/x HTTP/1.1\r\nHost: test\r\n${credentials(`Zoë:${i}`)}\r\n`);
    }
    site.server.turns();
    const answers = await Promise.all(clients.map((client) => client.response()));
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy).toHaveLength(40 - PASSWORD_JOBS_MAX - PASSWORD_JOBS_WAITING_MAX);
    for (const { headers } of busy) expect(headers.get('retry-after')).toMatch(/^\d+$/);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 503]));
    expect((await site.ask('/private/x', credentials('Zoë:päss:word'))).status).toBe(200);
  } finally {
    for (const client of clients) await client.close();
  }
});
