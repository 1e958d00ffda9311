/** Handlers with bugs: they harm neither the server nor other clients. */
import { describe, expect, jest, test } from '@jest/globals';
import type { InternetAddress, SocketAddress } from '../../src/linux/socket-address.js';
import { Reactor } from '../../src/reactor/reactor.js';
import type { HttpHandler } from '../../src/server/http-handler.js';
import type { HttpResponse } from '../../src/server/http-response.js';
import { HttpServer } from '../../src/server/http-server.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { echo, TestServer } from './test-server.js';

const LOCAL = { address: '127.0.0.1', port: 0 };

describe('a handler', () => {
  test.each([
    ['an object', { a: 1 }],
    ['an ArrayBuffer', new ArrayBuffer(5)],
    ['a number', 42],
    ['a Uint16Array', new Uint16Array([1, 2, 3])],
  ])(
    'that sends %s as a body gets a TypeError, its client a 500, and the next request its response',
    async (_, body) => {
      await using server = new TestServer((request, response) => {
        response.send(200, {}, request.path === '/bad' ? (body as unknown as string) : 'good');
      });
      await using client = await RawClient.connect(server.address);
      await client.send(get('/bad') + get('/good'));
      expect((await client.responses(2)).map(({ status }) => status)).toEqual([500, 200]);
      expect(String(server.errors[0])).toMatch(/^TypeError: body: expected a string or a Uint8Array/);
    },
  );

  test.each(['Date', 'Connection', 'content-length', 'Transfer-Encoding'])(
    "that sets %s, which is the server's own, gets a TypeError, and its client a 500",
    async (name) => {
      await using server = new TestServer((_request, response) => response.send(200, { [name]: 'close' }));
      expect((await ask(server.address, get('/'))).status).toBe(500);
      expect(String(server.errors[0])).toContain(`header ${name}: is the server's own`);
    },
  );

  test('that returns an object without then() may answer later', async () => {
    const handler: unknown = (_request: unknown, response: HttpResponse) =>
      setImmediate(() => response.send(200, {}, 'later'));
    await using server = new TestServer(handler as HttpHandler);
    expect((await ask(server.address, get('/'))).body.toString()).toBe('later');
    expect(server.errors).toEqual([]);
  });

  test.each([
    ['a body', (response: HttpResponse, body: Buffer) => response.send(200, {}, body)],
    [
      'a piece of a body',
      (response: HttpResponse, body: Buffer) => {
        response.start(200, {}, { length: body.length });
        void response.write(body);
      },
    ],
  ])('that transfers %s after sending it loses that connection alone', async (_, send) => {
    await using server = new TestServer((request, response) => {
      if (request.path === '/good') return response.send(200, {}, 'good');
      const body = Buffer.from(new ArrayBuffer(1_000_000));
      send(response, body);
      structuredClone(body.buffer, { transfer: [body.buffer] });
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/bad') + get('/good'));
    expect((await client.untilEnd()).toString('latin1')).not.toContain('good');
    expect((await ask(server.address, get('/good'))).body.toString()).toBe('good');
  });

  test('that closes the server is not called for the pipelined requests after it', async () => {
    const paths: string[] = [];
    const server = new HttpServer((request, response) => {
      paths.push(request.path);
      response.send(200);
      void server.close();
    });
    const client = await RawClient.connect(server.listen(LOCAL) as InternetAddress);
    await client.send(get('/1') + get('/2') + get('/3'));
    await client.untilEnd();
    expect(paths).toEqual(['/1']);
    await client.close();
  });

  test('finds a header by its name in any case', async () => {
    await using server = new TestServer((request, response) =>
      response.send(200, {}, request.header('X-Test') ?? 'none'),
    );
    expect((await ask(server.address, get('/', 'x-tEST: told\r\n'))).body.toString()).toBe('told');
  });
});

describe('a server', () => {
  test('whose onHandlerError throws answers its clients all the same, and prints the error on stderr', async () => {
    const stderr = jest.spyOn(console, 'error').mockImplementation(() => {});
    await using server = new HttpServer(
      async () => {
        throw new Error("the handler's");
      },
      {
        onHandlerError: () => {
          throw new Error("the hook's");
        },
      },
    );
    const address = server.listen(LOCAL) as InternetAddress;
    expect((await ask(address, get('/'))).status).toBe(500);
    expect(stderr.mock.calls).toEqual([['epoll-reactor: onHandlerError failed:', new Error("the hook's")]]);
    stderr.mockRestore();
  });

  test('whose reactor is closed can still be closed', async () => {
    const reactor = new Reactor();
    const server = new HttpServer(echo, { reactor });
    const address = server.listen(LOCAL) as InternetAddress;
    reactor.close();
    await server.close();
    await expect(RawClient.connect(address)).rejects.toThrow('ECONNREFUSED');
  });

  test('names what is missing from an address', async () => {
    await using server = new HttpServer(echo);
    expect(() => server.listen({ port: 0 } as unknown as SocketAddress)).toThrow('address: expected an IPv4 or IPv6');
  });
});
