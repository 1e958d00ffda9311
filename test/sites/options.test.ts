/** Every mistake that a person makes in the options is one line that names it. */
import { describe, expect, test } from '@jest/globals';
import { toJsonSchema } from '@valibot/to-json-schema';
import { PATTERN_CHARACTERS_MAX, RULES_MAX, sitesSchema } from '../../src/sites/options-schema.js';
import { siteHandler } from '../../src/sites/site-handler.js';
import type { SiteOptions } from '../../src/sites/site-options.js';
import { sitesHandler } from '../../src/sites/sites-handler.js';

const HASH = '$scrypt$ln=1,r=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo';

describe('a mistake in the options of a site', () => {
  test.each<[options: unknown, message: string]>([
    [undefined, 'options: expected an object, got undefined'],
    [null, 'options: expected an object, got null'],
    ['/var/www', 'options: expected an object, got "/var/www"'],
    [{}, 'root: is missing'],
    [{ root: 5 }, 'root: expected a folder, got 5'],
    [{ root: '' }, 'root: expected a folder, got ""'],
    [{ root: '/', Listing: true }, 'Listing: there is no such option; the nearest is listing'],
    [{ root: '/', 'clean-urls': true }, 'clean-urls: there is no such option; the nearest is cleanUrls'],
    [{ root: '/', listing: 'yes' }, 'listing: expected true or false, got "yes"'],
    [{ root: '/', index: '' }, 'index: expected the name of a file, got ""'],
    [{ root: '/', rules: {} }, 'rules: expected a list of rules, got an object'],
    [{ root: '/', rules: ['/x'] }, 'rules[0]: expected an object, got "/x"'],
    [
      { root: '/', rules: Array(RULES_MAX + 1).fill({ path: '/' }) },
      `rules: expected at most ${RULES_MAX} rules, got a list`,
    ],
    [{ root: '/', hosts: 'example.org' }, 'hosts: expected a list of hosts, got "example.org"'],
    [{ root: '/', hosts: [] }, 'hosts: expected at least one host, got a list'],
    [{ root: '/', hosts: [1] }, 'hosts[0]: expected a host, got 1'],
  ])('%j', (options, message) => {
    expect(() => siteHandler(options as SiteOptions)).toThrow(message);
    expect(() => siteHandler(options as SiteOptions)).toThrow(TypeError);
  });
});

describe('a mistake in a rule', () => {
  test.each<[rule: object, message: string]>([
    [{}, 'rules[1].path: is missing'],
    [{ path: 3 }, 'rules[1].path: expected a pattern of paths, or a list, got 3'],
    [{ path: [] }, 'rules[1].path: expected at least one pattern, got a list'],
    [{ path: ['/a', 3] }, 'rules[1].path[1]: expected a pattern of paths, got 3'],
    [{ path: ['/a', 'b'] }, 'rules[1].path[1]: expected a pattern that begins with /, got "b"'],
    [{ path: '*.css' }, 'rules[1].path: expected a pattern that begins with /, got "*.css"'],
    [{ path: '/a**' }, 'rules[1].path: expected ** alone between slashes, got "/a**"'],
    [
      { path: `/${'a'.repeat(PATTERN_CHARACTERS_MAX)}` },
      `rules[1].path: expected a pattern of at most ${PATTERN_CHARACTERS_MAX} characters, got "/aaa`,
    ],
    [
      { path: '/', gzip: true },
      'rules[1].gzip: there is no such option; there are path, hashedNames, headers, cacheControl, contentType, cors, auth, redirect, rewrite',
    ],
    [{ path: '/', paths: '/' }, 'rules[1].paths: there is no such option; the nearest is path'],
    [{ path: '/', hashedNames: 'yes' }, 'rules[1].hashedNames: expected true, or nothing, got "yes"'],
    // headers
    [{ path: '/', headers: 'X: y' }, 'rules[1].headers: expected names of headers with their values, got "X: y"'],
    [{ path: '/', headers: { 'X-A': 1 } }, 'rules[1].headers["X-A"]: expected a text, or false, got 1'],
    [
      { path: '/', headers: { 'X-A': 'a\r\nB: c' } },
      'rules[1].headers["X-A"]: expected a header of latin1 without control characters, got "a\\r\\nB: c"',
    ],
    [{ path: '/', headers: { 'X-A': '\u0394' } }, 'rules[1].headers["X-A"]: expected a header of latin1'],
    [{ path: '/', headers: { 'X A': 'a' } }, 'rules[1].headers["X A"]: expected a header of latin1'],
    [{ path: '/', headers: { 'X-A:': false } }, 'rules[1].headers["X-A:"]: expected a header of latin1'],
    [
      { path: '/', headers: { 'content-length': '1' } },
      'rules[1].headers["content-length"]: expected a header that is not set by the server itself, got "1"',
    ],
    [
      { path: '/', headers: { Connection: 'close' } },
      'rules[1].headers.Connection: expected a header that is not set by the server itself',
    ],
    [{ path: '/', headers: { 'Transfer-Encoding': 'chunked' } }, 'not set by the server itself'],
    [{ path: '/', headers: { Date: 'x' } }, 'not set by the server itself'],
    [{ path: '/', headers: { ETag: '"x"' } }, 'not set by the file itself'],
    [{ path: '/', headers: { 'Cache-Control': 'no-cache' } }, 'not set by cacheControl'],
    [{ path: '/', headers: { 'content-type': 'x/y' } }, 'not set by contentType'],
    [{ path: '/', headers: { Location: '/' } }, 'not set by redirect'],
    [{ path: '/', headers: { 'access-control-allow-origin': '*' } }, 'not set by cors'],
    [{ path: '/', headers: { 'WWW-Authenticate': 'Basic' } }, 'not set by auth'],
    [
      { path: '/', cacheControl: true },
      'rules[1].cacheControl: expected directives such as "no-cache", or false, got true',
    ],
    [{ path: '/', cacheControl: ' ' }, 'rules[1].cacheControl: expected something to say, got " "'],
    [{ path: '/', cacheControl: 'no-cache\n' }, 'rules[1].cacheControl: expected a header of latin1'],
    [{ path: '/', contentType: '' }, 'rules[1].contentType: expected something to say, got ""'],
    // redirects and rewrites
    [
      { path: '/', redirect: '/x' },
      'rules[1].redirect: expected an object such as { to: "/new/$1" }, or false, got "/x"',
    ],
    [{ path: '/', redirect: {} }, 'rules[1].redirect.to: is missing'],
    [
      { path: '/', redirect: { to: '/x', code: 301 } },
      'rules[1].redirect.code: there is no such option; there are to, status',
    ],
    [
      { path: '/', redirect: { to: '/x', status: 200 } },
      'rules[1].redirect.status: expected 301, 302, 303, 307 or 308, got 200',
    ],
    [
      { path: '/', redirect: { to: '/x', status: '301' } },
      'rules[1].redirect.status: expected 301, 302, 303, 307 or 308, got "301"',
    ],
    [{ path: '/', redirect: { to: '//evil.com' } }, 'rules[1].redirect.to: expected a path that begins with one /'],
    [
      { path: '/', redirect: { to: '/$1' } },
      'rules[1].redirect.to: expected no $, since the path has no star, got "/$1"',
    ],
    [
      { path: ['/*/*', '/x/*'], redirect: { to: '/$2' } },
      'rules[1].redirect.to: expected $1 to $1 at most, for the stars of the path, got "/$2"',
    ],
    [{ path: '/*', rewrite: 'x' }, 'rules[1].rewrite: expected a path that begins with /, without a query, got "x"'],
    [{ path: '/*', rewrite: '' }, 'rules[1].rewrite: expected a path that begins with /, without a query, got ""'],
    [{ path: '/*', rewrite: { to: '/' } }, 'rules[1].rewrite: expected a path, or false, got an object'],
    [{ path: '/*', rewrite: '/$2' }, 'rules[1].rewrite: expected $1 to $1 at most'],
    // cors
    [{ path: '/', cors: '*' }, 'rules[1].cors: expected origins and what they may do, or false, got "*"'],
    [{ path: '/', cors: {} }, 'rules[1].cors.origins: is missing'],
    [
      { path: '/', cors: { origins: 'https://a' } },
      'rules[1].cors.origins: expected a list of origins, or "*", got "https://a"',
    ],
    [{ path: '/', cors: { origins: [] } }, 'rules[1].cors.origins: expected at least one origin, got a list'],
    [
      { path: '/', cors: { origins: ['*'] } },
      'rules[1].cors.origins[0]: expected an origin such as "https://app.example", got "*"',
    ],
    [{ path: '/', cors: { origins: ['null'] } }, 'rules[1].cors.origins[0]: expected an origin such as'],
    [
      { path: '/', cors: { origins: ['https://a/'] } },
      'rules[1].cors.origins[0]: expected "https://a", got "https://a/"',
    ],
    [
      { path: '/', cors: { origins: ['https://A:443'] } },
      'rules[1].cors.origins[0]: expected "https://a", got "https://A:443"',
    ],
    [{ path: '/', cors: { origins: ['https://*.a'] } }, 'rules[1].cors.origins[0]: expected an origin without a star'],
    [{ path: '/', cors: { origins: ['file:///x'] } }, 'rules[1].cors.origins[0]: expected an origin such as'],
    [
      { path: '/', cors: { origins: '*', credentials: true } },
      'rules[1].cors.credentials: cannot be allowed to all origins',
    ],
    [
      { path: '/', cors: { origins: ['https://a'], credentials: true, requestHeaders: '*' } },
      'rules[1].cors.requestHeaders: "*" has no meaning with credentials',
    ],
    [
      { path: '/', cors: { origins: '*', methods: ['GET, PUT'] } },
      'rules[1].cors.methods[0]: expected a name without spaces, got "GET, PUT"',
    ],
    [
      { path: '/', cors: { origins: '*', requestHeaders: 'X-A' } },
      'rules[1].cors.requestHeaders: expected a list of names, or "*", got "X-A"',
    ],
    [
      { path: '/', cors: { origins: '*', maxAgeSeconds: -1 } },
      'rules[1].cors.maxAgeSeconds: expected a whole number of seconds from 0, got -1',
    ],
    [
      { path: '/', cors: { origins: '*', maxAgeSeconds: 1.5 } },
      'rules[1].cors.maxAgeSeconds: expected a whole number of seconds, got 1.5',
    ],
    [
      { path: '/', cors: { origins: '*', maxAge: 5 } },
      'rules[1].cors.maxAge: there is no such option; the nearest is maxAgeSeconds',
    ],
    // auth
    [{ path: '/', auth: 'x' }, 'rules[1].auth: expected a realm and its users, or false, got "x"'],
    [{ path: '/', auth: { users: { a: HASH } } }, 'rules[1].auth.realm: is missing'],
    [{ path: '/', auth: { realm: 'r' } }, 'rules[1].auth.users: is missing'],
    [{ path: '/', auth: { realm: 'r', users: {} } }, 'rules[1].auth.users: expected at least one user, got an object'],
    [{ path: '/', auth: { realm: 'r', users: { 'a:b': HASH } } }, 'rules[1].auth.users["a:b"]: a name has no colon'],
    [{ path: '/', auth: { realm: 'r\n', users: { a: HASH } } }, 'rules[1].auth.realm: expected a header of latin1'],
    [
      { path: '/', auth: { realm: 'r', users: { a: 'hunter2' } } },
      'rules[1].auth.users.a: expected $scrypt$ln=…,r=…,p=…$salt$hash, as hashPassword() makes it, got a string (not shown)',
    ],
    [
      { path: '/', auth: { realm: 'r', users: { a: 4711 } } },
      'rules[1].auth.users.a: expected the hash of a password, got a number (not shown)',
    ],
    [
      { path: '/', auth: { realm: 'r', users: { a: '$2y$05$hunter2' } } },
      'rules[1].auth.users.a: expected a hash of scrypt, which bcrypt',
    ],
  ])('%j', (rule, message) => {
    const options = { root: '/none', rules: [{ path: '/**' }, rule] } as unknown as SiteOptions;
    const error = thrownBy(() => siteHandler(options));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(message);
    expect(error.message).not.toMatch(/hunter2|4711|\n/);
    expect(thrownBy(() => sitesHandler([options])).message).toBe(`sites[0].${error.message}`);
  });
});

describe('a mistake in the options of several sites', () => {
  test.each<[sites: unknown, message: string]>([
    [{}, 'sites: expected a list of sites, got an object'],
    [[], 'sites: expected at least one site, got a list'],
    [[{ root: '/' }, {}], 'sites[1].root: is missing'],
    [
      [{ root: '/' }, { root: '/' }],
      'sites[1].hosts: sites[0] has none either, and only one can answer for all others',
    ],
    [
      [
        { root: '/', hosts: ['a'] },
        { root: '/', hosts: ['b', 'A.'] },
      ],
      'sites[1].hosts[1]: A. is a host of sites[0] already',
    ],
    [[{ root: '/', hosts: ['a', 'a'] }], 'sites[0].hosts[1]: a is a host of sites[0] already'],
    [[{ root: '/', hosts: ['[::1]', '[0::1]'] }], 'sites[0].hosts[1]: [0::1] is a host of sites[0] already'],
    ...['a:80', '[::1]:80', '::1', 'http://a', 'a/b', '', '*', '*.', 'a.*', '*a.b', '*.*.a', 'a b', 'a@b'].map(
      (host): [unknown, string] => [
        [{ root: '/', hosts: [host] }],
        `sites[0].hosts[0]: expected a host such as "example.org" or "*.example.org", without a port, got ${JSON.stringify(host)}`,
      ],
    ),
  ])('%j', (sites, message) => {
    expect(thrownBy(() => sitesHandler(sites as SiteOptions[])).message).toBe(message);
  });
});

test('a folder that does not exist is a SystemError', () => {
  expect(() => siteHandler({ root: '/none' })).toThrow('ENOENT');
});

test('the options have a JSON Schema, for editors and for the configuration file', () => {
  const schema = toJsonSchema(sitesSchema) as {
    items: { properties: Record<string, unknown>; additionalProperties: boolean };
  };
  expect(Object.keys(schema.items.properties)).toContain('rules');
  expect(schema.items.additionalProperties).toBe(false);
});

function thrownBy(make: () => unknown): Error {
  try {
    make();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
