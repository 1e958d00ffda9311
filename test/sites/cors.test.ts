/** Which scripts of other origins may read what is served (Fetch, "CORS protocol"). */
import { describe, expect, test } from '@jest/globals';
import type { CorsOptions } from '../../src/sites/cors.js';
import { hashPassword } from '../../src/sites/password-hash.js';
import type { WireResponse } from '../client/wire-response.js';
import { RuledSite } from './ruled-site.js';

const APP = 'https://app.example';
const OTHER = 'http://localhost:3000';
const EVIL = 'https://evil.example';
const PREFLIGHT = 'Access-Control-Request-Method: GET\r\n';

function site(cors: CorsOptions): RuledSite {
  return new RuledSite({ 'api/x': 'x', 'y.txt': 'y' }, [{ path: '/api/**', cors }]);
}

function allowed({ headers }: WireResponse): (string | undefined)[] {
  return ['access-control-allow-origin', 'access-control-allow-credentials', 'vary'].map((name) => headers.get(name));
}

describe('CORS headers of a response', () => {
  test.each<[what: string, cors: CorsOptions, origin: string | undefined, expected: (string | undefined)[]]>([
    ['all', { origins: '*' }, EVIL, ['*', undefined, undefined]],
    ['all, and nobody asks', { origins: '*' }, undefined, ['*', undefined, undefined]],
    ['one', { origins: [APP] }, APP, [APP, undefined, undefined]],
    ['one, and another asks', { origins: [APP] }, EVIL, [APP, undefined, undefined]],
    ['one, and nobody asks', { origins: [APP] }, undefined, [APP, undefined, undefined]],
    ['one with credentials', { origins: [APP], credentials: true }, EVIL, [APP, 'true', undefined]],
    ['two', { origins: [APP, OTHER] }, APP, [APP, undefined, 'Origin']],
    ['two, and the other asks', { origins: [APP, OTHER], credentials: true }, OTHER, [OTHER, 'true', 'Origin']],
    ['two, and a third asks', { origins: [APP, OTHER], credentials: true }, EVIL, [undefined, undefined, 'Origin']],
    ['two, and nobody asks', { origins: [APP, OTHER] }, undefined, [undefined, undefined, 'Origin']],
    ['two, and null asks', { origins: [APP, OTHER] }, 'null', [undefined, undefined, 'Origin']],
    ['two, in upper case', { origins: [APP, OTHER] }, 'HTTPS://APP.EXAMPLE', [undefined, undefined, 'Origin']],
    ['two, with a port', { origins: [APP, OTHER] }, `${APP}:443`, [undefined, undefined, 'Origin']],
    ['two, and both ask at once', { origins: [APP, OTHER] }, `${APP}, ${OTHER}`, [undefined, undefined, 'Origin']],
    [
      'two, and one that begins the same',
      { origins: [APP, OTHER] },
      `${APP}.evil.example`,
      [undefined, undefined, 'Origin'],
    ],
    ['two, and __proto__', { origins: [APP, OTHER] }, '__proto__', [undefined, undefined, 'Origin']],
  ])('%s', async (_, cors, origin, expected) => {
    await using target = site(cors);
    const header = origin === undefined ? '' : `Origin: ${origin}\r\n`;
    for (const [path, status] of [
      ['/api/x', 200],
      ['/api/x', 200],
      ['/api/none', 404],
    ] as const) {
      const response = await target.ask(path, header);
      expect(response.status).toBe(status);
      expect(allowed(response)).toEqual(expected);
    }
    expect(allowed(await target.ask('/y.txt', header))).toEqual([undefined, undefined, undefined]);
  });
});

test('exposed headers are named, and each origin gets its own headers, also after another one', async () => {
  await using target = site({ origins: [APP, OTHER], exposedHeaders: ['ETag', 'X-A'] });
  for (const origin of [APP, EVIL, OTHER, APP, OTHER]) {
    const { headers } = await target.ask('/api/x', `Origin: ${origin}\r\n`);
    expect(headers.get('access-control-allow-origin')).toBe(origin === EVIL ? undefined : origin);
    expect(headers.get('access-control-expose-headers')).toBe(origin === EVIL ? undefined : 'ETag, X-A');
  }
});

describe('a preflight', () => {
  const ALL: CorsOptions = {
    origins: [APP, OTHER],
    methods: ['GET', 'PUT'],
    requestHeaders: ['X-A', 'Content-Type'],
    credentials: true,
    maxAgeSeconds: 600,
  };

  test('of a listed origin names the allowed methods and headers', async () => {
    await using target = site(ALL);
    const { status, headers } = await target.ask('/api/x', `Origin: ${APP}\r\n${PREFLIGHT}`, 'OPTIONS');
    expect(status).toBe(204);
    expect(Object.fromEntries(headers)).toEqual({
      date: expect.any(String),
      'access-control-allow-origin': APP,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'X-A, Content-Type',
      'access-control-max-age': '600',
      vary: 'Origin',
    });
  });

  test('of an origin that is not listed gets no CORS headers', async () => {
    await using target = site(ALL);
    const { status, headers } = await target.ask('/api/x', `Origin: ${EVIL}\r\n${PREFLIGHT}`, 'OPTIONS');
    expect(status).toBe(204);
    expect([...headers.keys()].sort()).toEqual(['date', 'vary']);
  });

  test('allows GET and HEAD alone by default', async () => {
    await using target = site({ origins: '*' });
    const { headers } = await target.ask('/api/x', `Origin: ${EVIL}\r\n${PREFLIGHT}`, 'OPTIONS');
    expect(Object.fromEntries(headers)).toEqual({
      date: expect.any(String),
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD',
    });
  });

  test.each([
    ['without Origin', PREFLIGHT],
    ['without Access-Control-Request-Method', `Origin: ${APP}\r\n`],
  ])('%s is none: 405', async (_, headers) => {
    await using target = site(ALL);
    expect((await target.ask('/api/x', headers, 'OPTIONS')).status).toBe(405);
  });

  test('without a rule for CORS is 405', async () => {
    await using target = site(ALL);
    expect((await target.ask('/y.txt', `Origin: ${APP}\r\n${PREFLIGHT}`, 'OPTIONS')).status).toBe(405);
    expect((await target.ask('*', `Origin: ${APP}\r\n${PREFLIGHT}`, 'OPTIONS')).status).toBe(405);
  });

  test('is answered without a password; the request that it asks for is not', async () => {
    const auth = { realm: 'r', users: { u: await hashPassword('p') } };
    await using target = new RuledSite({ x: 'x' }, [{ path: '/**', cors: ALL, auth }]);
    const preflight = await target.ask('/x', `Origin: ${APP}\r\n${PREFLIGHT}`, 'OPTIONS');
    expect([preflight.status, ...allowed(preflight)]).toEqual([204, APP, 'true', 'Origin']);
    const request = await target.ask('/x', `Origin: ${APP}\r\n`);
    expect([request.status, ...allowed(request)]).toEqual([401, APP, 'true', 'Origin']); // so that the script sees the 401
  });
});
