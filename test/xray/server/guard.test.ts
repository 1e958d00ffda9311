/** Other programs do not reach the X-ray: pages of other sites in the same browser, and users of the same machine. */
import { connect } from 'node:net';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ask } from '../../client/raw-client.js';
import { TestXray } from './test-xray.js';

const xray = new TestXray();
afterAll(() => xray[Symbol.asyncDispose]());

const port = xray.address.port;
const token = `X-Xray-Token: ${xray.token}\r\n`;

describe('the Host header', () => {
  test.each([
    [`127.0.0.1:${port}`, 200],
    [`localhost:${port}`, 200],
    [`LOCALHOST:${port}`, 200],
    [`[::1]:${port}`, 200],
    ['127.0.0.1', 403],
    [`127.0.0.1:${port + 1}`, 403],
    [`127.0.0.2:${port}`, 403],
    [`rebound.example:${port}`, 403],
    [`localhost.rebound.example:${port}`, 403],
    [`localhost.:${port}`, 403],
    [`0.0.0.0:${port}`, 403],
  ])('%s is answered %i', async (host, status) => {
    expect((await xray.get('/', `Host: ${host}\r\n`)).status).toBe(status);
    expect((await xray.get('/models', `Host: ${host}\r\n${token}`)).status).toBe(status);
  });

  test('is replaced by the host of a request in absolute form, which is checked alike', async () => {
    const request = `GET http://rebound.example/models HTTP/1.1\r\nHost: ${xray.host}\r\n${token}\r\n`;
    expect((await ask(xray.address, request)).status).toBe(403);
  });

  test('is required of HTTP/1.0, too', async () => {
    expect((await ask(xray.address, `GET / HTTP/1.0\r\n\r\n`)).status).toBe(403);
  });
});

describe('the Origin header', () => {
  test.each([
    [`http://127.0.0.1:${port}`, 200],
    [`http://localhost:${port}`, 200],
    [`http://[::1]:${port}`, 200],
    ['null', 403],
    ['', 403],
    [`https://127.0.0.1:${port}`, 403],
    ['http://127.0.0.1', 403],
    [`http://127.0.0.1:${port + 1}`, 403],
    ['http://foreign.example', 403],
    [`http://foreign.example/http://127.0.0.1:${port}`, 403],
    [`http://127.0.0.1:${port}, http://foreign.example`, 403],
  ])('%j is answered %i', async (origin, status) => {
    expect((await xray.get('/models', `Host: ${xray.host}\r\nOrigin: ${origin}\r\n${token}`)).status).toBe(status);
    const posted = await xray.post('/control', { session: '1', do: 'step' }, `Origin: ${origin}\r\n${token}`);
    expect(posted.status).toBe(status === 200 ? 204 : 403);
  });
});

describe('the token', () => {
  const wrong = `${xray.token.slice(0, -1)}${xray.token.endsWith('A') ? 'B' : 'A'}`;

  test('has 192 random bits', () => {
    expect(Buffer.from(xray.token, 'base64url')).toHaveLength(24);
  });

  test.each([
    ['missing', ''],
    ['empty', 'X-Xray-Token: \r\n'],
    ['wrong in its last character', `X-Xray-Token: ${wrong}\r\n`],
    ['too short', `X-Xray-Token: ${xray.token.slice(0, -1)}\r\n`],
    ['too long', `X-Xray-Token: ${xray.token}A\r\n`],
    ['given twice', token + token],
  ])('that is %s is answered 403, and nothing is done', async (_, header) => {
    xray.main.asked.length = 0;
    for (const path of ['/models', '/sessions', '/events?session=1']) {
      expect((await xray.get(path, `Host: ${xray.host}\r\n${header}`)).status).toBe(403);
    }
    expect((await xray.post('/control', { session: '1', do: 'step' }, header)).status).toBe(403);
    expect((await xray.post('/sessions', { model: 'epoll' }, header)).status).toBe(403);
    expect(xray.main.asked).toEqual([]);
    expect(xray.started).toEqual([]);
  });

  test('in the query is enough for a GET, and not for a POST, which any page could send', async () => {
    const query = `?token=${xray.token}`;
    expect((await xray.get(`/models${query}`, `Host: ${xray.host}\r\n`)).status).toBe(200);
    expect((await xray.get(`/models?token=${wrong}`, `Host: ${xray.host}\r\n`)).status).toBe(403);
    expect((await xray.post(`/control${query}`, { session: '1', do: 'step' }, '')).status).toBe(403);
  });

  test('is not needed for the files of the page', async () => {
    expect((await xray.get('/', `Host: ${xray.host}\r\n`)).body.toString()).toBe('<!doctype html>');
    expect((await xray.get('/page.js', `Host: ${xray.host}\r\n`)).status).toBe(200);
  });
});

test('no answer allows another origin, also to a preflight', async () => {
  const preflight = `Host: ${xray.host}\r\nOrigin: http://127.0.0.1:${port}\r\nAccess-Control-Request-Method: POST\r\n`;
  const answer = await ask(xray.address, `OPTIONS /control HTTP/1.1\r\n${preflight}\r\n`);
  expect(answer.status).toBe(405);
  expect(answer.head).not.toMatch(/access-control/i);
  expect((await xray.get('/models')).head).not.toMatch(/access-control/i);
});

test('each answer forbids other scripts, frames, copies, guesses of its type, and a Referer with the token', async () => {
  const answers = [
    await xray.get('/'),
    await xray.get('/models'),
    await xray.get('/no'),
    await xray.get('/models', ''),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 400]);
  for (const { headers } of answers.slice(0, 3)) {
    const policy = (headers.get('content-security-policy') ?? '').split('; ');
    expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'"]));
    expect(policy).toEqual(expect.arrayContaining(["connect-src 'self'", "frame-ancestors 'none'"]));
    expect(policy.join()).not.toMatch(/unsafe|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  }
});

test('it listens on 127.0.0.1 alone', async () => {
  const refusal = await new Promise((resolve) => connect({ host: '127.0.0.2', port }).on('error', resolve));
  expect(refusal).toMatchObject({ code: 'ECONNREFUSED' });
});

describe('the address for the command line of a browser, which other users can read', () => {
  const open = () => {
    const { pathname, search } = new URL(xray.server.urlToOpen);
    return `${pathname}${search}`;
  };
  const plain = `Host: ${xray.host}\r\n`;

  test('has no token, and leads to the page once', async () => {
    const path = open();
    expect(path).not.toContain(xray.token);
    const first = await xray.get(path, plain);
    expect([first.status, first.headers.get('location')]).toEqual([303, xray.url.href]);
    expect((await xray.get(path, plain)).status).toBe(403);
  });

  test('is worth nothing with another ticket, without one, or from another page', async () => {
    const path = open();
    expect((await xray.get(`${path}x`, plain)).status).toBe(403);
    expect((await xray.get('/open', plain)).status).toBe(403);
    expect((await xray.get(path, 'Host: rebound.example\r\n')).status).toBe(403);
    expect((await xray.get(path, plain)).status).toBe(303);
    expect((await xray.get('/open?ticket=', plain)).status).toBe(403);
  });
});
