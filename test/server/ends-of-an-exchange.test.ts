/** Each end of an exchange, and what it cancels in which order: the table in exchange-states.ts, row by row. */
import { describe, expect, test } from '@jest/globals';
import { ClientGoneError, HttpError } from '../../src/http/http-error.js';
import type { HttpRequest } from '../../src/server/http-request.js';
import type { HttpResponse } from '../../src/server/http-response.js';
import { get, RawClient } from '../client/raw-client.js';
import { ENDS, type End } from './ends.js';
import { LimitedServer, postHead, until } from './limited-server.js';

const LARGE = Buffer.alloc(8_000_000);
const GONE = ['signal', 'onGone', 'body: gone'];

interface Row extends End {
  /** Sent before the end. Default: the head of a request whose body has not come. */
  readonly sent?: string;
  /** The parties that learn of the end, in this order. */
  readonly heard: readonly string[];
  readonly aborted: number;
  readonly errors?: readonly unknown[];
  readonly isBodyUnread?: boolean;
  /** The handler's action at the end, after it has begun to stream. */
  readonly act?: (response: HttpResponse) => void;
}

const ROWS: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(Object.entries(ENDS).map(([title, end]) => [title, { ...end, heard: GONE, aborted: 1 }])),
  'the client shuts its half, which is allowed': {
    options: { allowHalfClose: true },
    end: (client) => client.shutWriting(),
    heard: ['signal', 'body: 400'],
    aborted: 0,
  },
  'the client shuts its half behind a request that is not read yet': {
    sent: get('/') + get('/next'),
    isBodyUnread: true,
    end: (client) => client.shutWriting(),
    heard: ['signal'],
    aborted: 0,
  },
  'the deadline of the request’s body passes': {
    options: { limits: { bodyDeadlineMs: 50 } },
    end: () => {},
    heard: ['body: 408'],
    aborted: 0,
  },
  'the handler cuts the connection': {
    end: () => {},
    act: (response) => response.destroy(),
    heard: GONE,
    aborted: 1,
  },
  'the handler throws': {
    end: () => {},
    act: () => {
      throw new Error('broken');
    },
    heard: GONE,
    aborted: 1,
    errors: [new Error('broken')],
  },
};

/** Streams, reads the body, and logs what hears of the end. */
class LoggingServer extends LimitedServer {
  readonly log: string[];
  readonly begun: HttpResponse[];
  /** The last result of write(). */
  isTaken = true;

  constructor({ options, isStalled, isBodyUnread, act }: Partial<Row>) {
    const log: string[] = [];
    const begun: HttpResponse[] = [];
    const handler = async (request: HttpRequest, response: HttpResponse): Promise<void> => {
      if (request.path === '/next') return response.send(200);
      request.signal.addEventListener('abort', () => log.push('signal'));
      response.onGone = () => log.push('onGone');
      response.start(200);
      const written = response.write(isStalled === true ? LARGE : 'first');
      if (isBodyUnread !== true) request.bytes().catch((error: unknown) => log.push(`body: ${nameOf(error)}`));
      begun.push(response);
      const goOn = async (): Promise<void> => {
        this.isTaken = await written;
        while (this.isTaken) {
          await new Promise(setImmediate);
          this.isTaken = await response.write('');
        }
      };
      void goOn();
      await new Promise(setImmediate);
      act?.(response);
    };
    super(handler, options?.limits, undefined, options);
    this.log = log;
    this.begun = begun;
  }
}

function nameOf(error: unknown): string {
  if (error instanceof ClientGoneError) return 'gone';
  return error instanceof HttpError ? `${error.status}` : String(error);
}

describe('the streamed response and the reader of the body learn of the end when', () => {
  test.each(Object.entries(ROWS))('%s', async (_, row) => {
    await using server = new LoggingServer(row);
    const client = await RawClient.connect(server.address);
    if (row.isStalled === true) client.pause();
    await client.send(row.sent ?? postHead('/', 10));
    await until(() => server.begun.length === 1, 'the handler is called');
    await server.settle();
    await row.end(client, (options) => server.server.close(options));
    const isGone = row.aborted === 1;
    await until(() => server.log.length >= row.heard.length && server.isTaken !== isGone, 'all have heard');
    await server.settle();
    expect(server.log).toEqual(row.heard);
    expect(server.server.counters.aborted).toBe(row.aborted);
    expect(server.server.connectionCount).toBe(isGone ? 0 : 1);
    expect(server.errors).toEqual(row.errors ?? []);
    await client.close();
  });
});

test('a reset after the response fails the body that is still read, and nothing else', async () => {
  const log: string[] = [];
  await using server = new LimitedServer((request, response) => {
    request.signal.addEventListener('abort', () => log.push('signal'));
    response.onGone = () => log.push('onGone');
    request.bytes().catch((error: unknown) => log.push(`body: ${nameOf(error)}`));
    response.send(200);
  });
  await using client = await RawClient.connect(server.address);
  await client.send(postHead('/', 10));
  await client.response();
  client.reset();
  await server.untilEmpty();
  await server.settle();
  expect(log).toEqual(['body: gone']);
  expect([server.server.counters.aborted, server.server.counters.responses[2]]).toEqual([0, 1]);
});

describe('an error is reported, and ends neither the process nor the other listeners, if it is thrown by', () => {
  const fail = (): never => {
    throw new Error('fails');
  };
  const HOOKS: Readonly<Record<string, (request: HttpRequest, response: HttpResponse) => void>> = {
    'a listener of the signal': ({ signal }) => signal.addEventListener('abort', fail),
    'an async listener of the signal': ({ signal }) => signal.addEventListener('abort', async () => fail()),
    'an object that listens to the signal': ({ signal }) => signal.addEventListener('abort', { handleEvent: fail }),
    'onabort of the signal': ({ signal }) => {
      signal.onabort = fail;
    },
    onGone: (_, response) => {
      response.onGone = fail;
    },
  };

  for (const [end, { options, isStalled, end: leave }] of Object.entries(ENDS)) {
    test.each(Object.entries(HOOKS))(`%s, when ${end}`, async (_, hook) => {
      let begun = 0;
      let gone = 0;
      const handler = async (request: HttpRequest, response: HttpResponse): Promise<void> => {
        hook(request, response);
        request.signal.addEventListener('abort', () => gone++);
        response.start(200);
        begun++;
        await response.write(isStalled === true ? LARGE : 'first');
      };
      await using server = new LimitedServer(handler, options?.limits);
      const client = await RawClient.connect(server.address);
      if (isStalled === true) client.pause();
      await client.send(get('/'));
      await until(() => begun === 1, 'the handler is called');
      await server.settle();
      await leave(client, (how) => server.server.close(how));
      await server.untilEmpty();
      await until(() => server.errors.length > 0, 'the error is reported');
      expect([gone, server.errors]).toEqual([1, [new Error('fails')]]);
      await client.close();
    });
  }
});

test('a listener that is removed from the signal, or added twice, is called as often as by an AbortSignal of Node', async () => {
  const calls: string[] = [];
  await using server = new LimitedServer(({ signal }) => {
    const removed = (): unknown => calls.push('removed');
    const twice = (): unknown => calls.push('added twice');
    signal.addEventListener('abort', removed);
    signal.removeEventListener('abort', removed);
    signal.addEventListener('abort', twice);
    signal.addEventListener('abort', twice, { once: true });
    signal.onabort = () => calls.push('replaced');
    signal.onabort = () => calls.push('onabort');
    AbortSignal.any([signal]).addEventListener('abort', () => calls.push('any'));
  });
  await using client = await RawClient.connect(server.address);
  await client.send(get('/'));
  await server.settle();
  client.reset();
  await server.untilEmpty();
  expect(calls).toEqual(['added twice', 'onabort', 'any']);
});
