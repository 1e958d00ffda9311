import { describe, expect, test } from '@jest/globals';
import { exchange, get, RawClient } from '../client/raw-client.js';
import { echo, TestServer } from './test-server.js';

describe('a connection of HTTP/1.1', () => {
  test('stays open, and answers request after request', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    for (const path of ['/a', '/b', '/c']) {
      await client.send(get(path));
      const response = await client.response();
      expect(response.body.toString()).toBe(`GET ${path}`);
      expect(response.headers.has('connection')).toBe(false);
    }
    expect(target.server.connectionCount).toBe(1);
  });

  test('gets exactly the bytes of a response', async () => {
    await using target = new TestServer(echo);
    const text = await exchange(target.address, get('/a?b'));
    expect(text.replace(/Date: .*? GMT/, 'Date: now')).toBe(
      'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nGET /a?b',
    );
  });

  test('ends after a request with Connection: close, and the response says close', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    await client.send(get('/', 'Connection: close\r\n'));
    const text = (await client.untilEnd()).toString();
    expect(text).toContain('\r\nConnection: close\r\n');
    expect(text).toMatch(/GET \/$/);
    expect(client.error).toBeUndefined();
  });
});

describe('a connection of HTTP/1.0', () => {
  test('ends after its response', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    await client.send('GET / HTTP/1.0\r\n\r\n');
    const text = (await client.untilEnd()).toString();
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toContain('\r\nConnection: close\r\n');
    expect(text).toMatch(/GET \/$/);
  });

  test('stays open if the client asks for keep-alive, and the response says keep-alive', async () => {
    await using target = new TestServer(echo);
    await using client = await RawClient.connect(target.address);
    for (const path of ['/a', '/b']) {
      await client.send(`GET ${path} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`);
      const response = await client.response();
      expect(response.headers.get('connection')).toBe('keep-alive');
      expect(response.body.toString()).toBe(`GET ${path}`);
    }
  });
});

describe('a response without a body', () => {
  test('answers HEAD: it has the head of GET, with its Content-Length', async () => {
    await using target = new TestServer((_, response) => response.send(200, { A: 'b' }, 'body'));
    await using client = await RawClient.connect(target.address);
    await client.send('HEAD / HTTP/1.1\r\nHost: h\r\n\r\n');
    const toHead = await client.response({ toHead: true });
    await client.send(get('/'));
    const toGet = await client.response();
    const withoutDate = (head: string): string => head.replace(/Date: .*\r\n/, '');
    expect(withoutDate(toHead.head)).toBe(withoutDate(toGet.head));
    expect(toHead.headers.get('content-length')).toBe('4');
    expect(toGet.body.toString()).toBe('body');
  });

  test.each([204, 304])('answers %i: it has no Content-Length, and leaves the connection open', async (status) => {
    await using target = new TestServer((_, response) => response.send(status, {}, 'not sent'));
    await using client = await RawClient.connect(target.address);
    await client.send(get('/') + get('/'));
    for (const response of await client.responses(2)) {
      expect(response.status).toBe(status);
      expect(response.headers.has('content-length')).toBe(false);
    }
    expect(client.received.length).toBe(0);
  });
});
