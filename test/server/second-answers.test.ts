/** Answers that come twice, fail half-way, or come from a promise that no handler holds: one answer, a report, and the server goes on. */
import { closeSync, fstatSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { FastResponse } from '../../src/fetch/fast-response.js';
import { fetchHandler } from '../../src/fetch/fetch-handler.js';
import { fileHandler } from '../../src/files/file-handler.js';
import type { ResponseHeaders } from '../../src/http/response/response-head.js';
import type { HttpHandler } from '../../src/server/http-handler.js';
import type { HttpResponse } from '../../src/server/http-response.js';
import { HttpServer } from '../../src/server/http-server.js';
import { PreparedResponse } from '../../src/server/prepared-response.js';
import { ask, get, RawClient } from '../client/raw-client.js';
import { Folder } from '../support/sockets.js';
import { LimitedServer, until } from './limited-server.js';

const ALREADY = new Error('a response was sent already');
const FORGOTTEN = expect.objectContaining({
  message: expect.stringMatching(/^the handler ended without a response/),
});
const SELF = fileURLToPath(import.meta.url);
const temporary = new Folder();
const folder = temporary.path;
writeFileSync(join(folder, 'page.html'), '<p>hello'.repeat(1000));

afterAll(() => temporary[Symbol.dispose]());

describe('a handler that forgets to return the promise of', () => {
  test('a file handler, which answers after its 500, is reported twice, and the next request is answered', async () => {
    const files = fileHandler(folder, { compress: true });
    await using server = new LimitedServer(async (request, response) => {
      if (request.path === '/next') response.send(200);
      else void files(request, response);
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/page.html', 'Accept-Encoding: gzip\r\n'));
    expect((await client.response()).status).toBe(500);
    await until(() => server.errors.length === 2, 'the second answer is reported');
    expect(server.errors).toEqual([FORGOTTEN, ALREADY]);
    await client.send(get('/next'));
    expect((await client.response()).status).toBe(200);
    files.close();
  });

  test('an app that rejects, and returns nothing itself, gets a 500 for it', async () => {
    const app = fetchHandler(() => Promise.reject(new Error('broken')));
    await using server = new LimitedServer((request, response) => {
      void app(request, response);
    });
    expect((await ask(server.address, get('/'))).status).toBe(500);
    expect(server.errors).toEqual([new Error('broken')]);
  });

  test('an app that rejects after its 500 is reported twice', async () => {
    const app = fetchHandler(() => Promise.reject(new Error('broken')));
    await using server = new LimitedServer(async (request, response) => {
      void app(request, response);
    });
    expect((await ask(server.address, get('/'))).status).toBe(500);
    await until(() => server.errors.length === 2, 'both are reported');
    expect(server.errors).toEqual([FORGOTTEN, new Error('broken')]);
  });
});

test('a handler that catches the rejection of an app sends its own response, even later', async () => {
  const app = fetchHandler(() => Promise.reject(new Error('broken')));
  await using server = new LimitedServer(async (request, response) => {
    try {
      await app(request, response);
    } catch {
      for (let i = 0; i < 5; i++) await new Promise(setImmediate);
      response.send(503);
    }
  });
  expect((await ask(server.address, get('/'))).status).toBe(503);
  expect(server.errors).toEqual([]);
});

describe('after its 500, the answer of a handler by', () => {
  let fd = -1;
  const LATE: Readonly<Record<string, (response: HttpResponse) => unknown>> = {
    'send()': (response) => response.send(200, {}, 'late'),
    'send() of headers that cannot be sent': (response) => response.send(200, { 'A\n': 'b' }),
    'sendPrepared()': (response) => response.sendPrepared(new PreparedResponse(200, {}, Buffer.from('late'))),
    'sendFile()': (response) => {
      fd = openSync(SELF, 'r');
      response.sendFile(200, {}, { fd, position: 0, end: 1, close: () => closeSync(fd) });
      expect(() => fstatSync(fd)).toThrow('EBADF');
    },
    'start()': (response) => response.start(200),
  };

  test.each(Object.entries(LATE))('%s is reported, and not sent', async (_, answer) => {
    await using server = new LimitedServer(async (request, response) => {
      if (request.path === '/next') response.send(200, {}, 'next');
      else setImmediate(() => setImmediate(() => answer(response)));
    });
    await using client = await RawClient.connect(server.address);
    await client.send(get('/'));
    expect((await client.response()).status).toBe(500);
    await until(() => server.errors.length === 2, 'the second answer is reported');
    expect(server.errors).toEqual([FORGOTTEN, ALREADY]);
    await client.send(get('/next'));
    expect((await client.response()).body.toString()).toBe('next');
    expect(client.received.length).toBe(0);
  });

  test('start(), write() and end() is reported, and write() returns that nothing is sent', async () => {
    const written: boolean[] = [];
    await using server = new LimitedServer(async (_, response) => {
      setImmediate(async () => {
        response.start(200);
        written.push(await response.write('late'));
        response.end();
      });
    });
    expect((await ask(server.address, get('/'))).body.toString()).toBe('500 Internal Server Error\n');
    await until(() => server.errors.length === 4, 'all is reported');
    expect([written, server.errors.slice(0, 2)]).toEqual([[false], [FORGOTTEN, ALREADY]]);
  });
});

describe('a response that fails while it is made leaves the request to another response:', () => {
  /** More bytes than it says. */
  const lying = Object.defineProperty(Buffer.alloc(10), 'length', { value: 2 });
  const fail = (): never => {
    throw new Error('fails');
  };
  const ANSWERS: Readonly<Record<string, HttpHandler>> = {
    'a body that says another length': (_, response) => response.send(200, {}, lying),
    'a body that says another length, behind a head that is kept': (_, response) => {
      for (let i = 0; i < 20; i++) response.send(200, { 'X-A': 'kept' }, lying);
    },
    'a FastResponse whose body says another length': fetchHandler(() => new FastResponse(lying)),
    'a value whose toString throws': (_, response) =>
      response.send(200, { A: { toString: fail } as unknown as string }),
    'an iterator of headers that throws': (_, response) => response.send(200, lazy(fail)),
    'headers that throw when a file is sent': (_, response) =>
      response.sendFile(
        200,
        { A: { toString: fail } as unknown as string },
        { fd: -1, position: 0, end: 1, close() {} },
      ),
    'headers that throw when a stream begins': (_, response) =>
      response.start(200, { A: { toString: fail } as unknown as string }),
  };

  test.each(Object.entries(ANSWERS))('%s', async (_, handler) => {
    await using server = new LimitedServer((request, response) =>
      request.path === '/next' ? response.send(200) : handler(request, response),
    );
    await using client = await RawClient.connect(server.address);
    await client.send(get('/') + get('/next'));
    expect((await client.responses(2)).map(({ status }) => status)).toEqual([500, 200]);
    expect(server.errors).toHaveLength(1);
  });
});

describe('headers that are made of objects', () => {
  test('whose conversion sends another response lose to it, and are reported', async () => {
    const answers: ((response: HttpResponse, headers: ResponseHeaders) => unknown)[] = [
      (response, headers) => response.send(200, headers, 'outer'),
      (response, headers) => response.start(200, headers),
      (response, headers) => response.sendParts(200, headers, [Buffer.from('outer')]),
    ];
    for (const answer of answers) {
      for (const kind of ['iterator', 'getter'] as const) {
        await using server = new LimitedServer((_, response) => {
          const inner = (): string => {
            response.send(200, {}, 'inner');
            return 'b';
          };
          const getter = Object.defineProperty({}, 'A', { enumerable: true, get: inner });
          answer(response, kind === 'getter' ? getter : lazy(inner));
        });
        await using client = await RawClient.connect(server.address);
        await client.send(get('/'));
        expect((await client.response()).body.toString()).toBe('inner');
        await server.settle();
        expect(client.received.length).toBe(0);
        expect(server.errors).toEqual([ALREADY]);
      }
    }
  });

  test('that differ at each conversion are sent as they were checked', async () => {
    let count = 0;
    const changing = { toString: () => (count++ === 0 ? 'checked' : 'x\r\nSet-Cookie: a=b') } as unknown as string;
    await using server = new LimitedServer((request, response) => {
      count = 0;
      if (request.path === '/pairs') response.send(200, [['X-A', changing]]);
      else if (request.path === '/name') response.send(200, [[changing, 'x']]);
      else response.send(200, { 'X-A': [changing] });
    });
    for (const path of ['/pairs', '/name', '/list']) {
      const { head } = await ask(server.address, get(path));
      expect(head).toContain('checked');
      expect(head).not.toContain('Set-Cookie');
    }
  });
});

describe('a handler that fails with', () => {
  const opaque = new Proxy(new Error('opaque'), {
    getPrototypeOf() {
      throw new Error('not yours to know');
    },
  });

  test.each<[string, HttpHandler]>([
    [
      'a thrown error',
      () => {
        throw opaque;
      },
    ],
    ['a rejection', () => Promise.reject(opaque)],
    ['a later rejection', () => new Promise((_, reject) => setImmediate(reject, opaque))],
  ])('%s that throws when it is inspected answers 500, and the next request is answered', async (_, fail) => {
    await using server = new LimitedServer((request, response) =>
      request.path === '/next' ? response.send(200) : fail(request, response),
    );
    await using client = await RawClient.connect(server.address);
    await client.send(get('/') + get('/next'));
    expect((await client.responses(2)).map(({ status }) => status)).toEqual([500, 200]);
    expect(server.errors.length).toBe(1);
    expect(server.errors[0] === opaque).toBe(true);
  });

  test('an error that throws when it is printed is reported on stderr as such', async () => {
    const stderr = jest.spyOn(console, 'error').mockImplementationOnce(() => {
      throw new Error('as inspect() does');
    });
    await using server = new HttpServer(() => Promise.reject(new Error('broken')));
    const address = server.listen({ address: '127.0.0.1', port: 0 });
    stderr.mockImplementationOnce(() => {});
    expect((await ask(address, get('/'))).status).toBe(500);
    expect(stderr).toHaveBeenLastCalledWith('epoll-reactor: a handler failed: an error that cannot be printed');
    stderr.mockRestore();
  });
});

test('an error on closing a file is reported if the file was not sent', async () => {
  await using server = new LimitedServer((_, response) =>
    response.sendFile(
      304,
      {},
      {
        fd: -1,
        position: 0,
        end: 1,
        close() {
          throw new Error('does not close');
        },
      },
    ),
  );
  expect((await ask(server.address, get('/'))).status).toBe(304);
  expect(server.errors).toEqual([new Error('does not close')]);
});

/** Pairs that are made during the iteration. */
function lazy(value: () => string): Iterable<[string, string]> {
  return {
    *[Symbol.iterator]() {
      yield ['A', value()];
    },
  };
}
