/** Every kind of body that waits for something, at every end of its connection: its source hears of it at once. */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FastResponse } from '../../src/fetch/fast-response.js';
import { get, RawClient } from '../client/raw-client.js';
import { ENDS } from '../server/ends.js';
import { until } from '../server/limited-server.js';
import { WebServer } from './web-server.js';

/** More than the buffers of the kernel take. */
const LARGE = Buffer.alloc(8_000_000);
const NOTHING = Buffer.alloc(0);

/** The fate of a source. */
const log: string[] = [];
const ended = (): void => void log.push('ended');

afterEach(() => {
  log.length = 0;
});

/** Gives `first`, and then nothing more. */
type MakeBody = (first: Uint8Array, signal: AbortSignal) => Response;

function quietStream(first: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (first.length > 0) controller.enqueue(first);
    },
    cancel: ended,
  });
}

function quietByteStream(first: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: 'bytes',
    start(controller) {
      if (first.length > 0) controller.enqueue(new Uint8Array(first)); // it takes the memory away
    },
    cancel: ended,
  });
}

function quietReadable(first: Uint8Array): Readable {
  const readable = new Readable({ read() {} });
  if (first.length > 0) readable.push(first);
  return readable.on('close', ended);
}

async function* quietGenerator(first: Uint8Array, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  try {
    if (first.length > 0) yield first;
    await once(signal, 'abort');
    yield Buffer.from('nobody reads this');
  } finally {
    ended();
  }
}

function quietIterable(first: Uint8Array): AsyncIterable<Uint8Array> {
  let isFirst = first.length > 0;
  return {
    [Symbol.asyncIterator]: () => ({
      next() {
        if (!isFirst) return new Promise(() => {});
        isFirst = false;
        return Promise.resolve({ done: false, value: first });
      },
      async return() {
        ended();
        return { done: true, value: undefined };
      },
    }),
  };
}

const BODIES: Readonly<Record<string, MakeBody>> = {
  'a ReadableStream': (first) => new Response(quietStream(first)),
  'a ReadableStream of a FastResponse': (first) => new FastResponse(quietStream(first)),
  'a ReadableStream of bytes': (first) => new Response(quietByteStream(first)),
  'the end of a pipe': (first) => new Response(quietStream(first).pipeThrough(new TransformStream())),
  'a ReadableStream whose source closes it when the signal aborts': (first, signal) => {
    const events = new ReadableStream<Uint8Array>({
      start(controller) {
        if (first.length > 0) controller.enqueue(first);
        signal.addEventListener('abort', () => {
          controller.close(); // which throws if the stream was cancelled before
          ended();
        });
      },
    });
    return new Response(events, { headers: { 'Content-Type': 'text/event-stream' } });
  },
  'a Node stream of a FastResponse': (first) => new FastResponse(quietReadable(first)),
  'a Node stream by Readable.toWeb()': (first) =>
    new Response(Readable.toWeb(quietReadable(first)) as ReadableStream<Uint8Array>),
  'a generator that waits with the signal': (first, signal) => new Response(quietGenerator(first, signal)),
  'a generator of a FastResponse that waits with the signal': (first, signal) =>
    new FastResponse(quietGenerator(first, signal)),
  'an iterator': (first) => new Response(quietIterable(first)),
  'an iterator of a FastResponse': (first) => new FastResponse(quietIterable(first)),
};

for (const [end, { options, isStalled, end: leave }] of Object.entries(ENDS)) {
  describe(`when ${end},`, () => {
    test.each(Object.entries(BODIES))('%s ends once, and nothing is reported', async (_, make) => {
      const errors: unknown[] = [];
      let aborted = 0;
      await using server = new WebServer(
        ({ signal }) => {
          signal.addEventListener('abort', () => aborted++);
          return make(isStalled === true ? LARGE : NOTHING, signal);
        },
        { ...options, onHandlerError: (error) => errors.push(error) },
      );
      const client = await RawClient.connect(server.address);
      if (isStalled === true) client.pause();
      await client.send(get('/'));
      if (isStalled === true) await until(() => client.socket.bytesRead > 0, 'some of the body has come');
      else await client.untilBytes(1);
      await leave(client, (how) => server.server.close(how));
      await until(() => log.length > 0 && server.server.connectionCount === 0, 'the source hears of the end');
      await new Promise(setImmediate);
      expect([log, aborted, errors]).toEqual([['ended'], 1, []]);
      await client.close();
    });
  });
}

describe('a body whose source fails when the client goes is reported, and the process goes on:', () => {
  const fail = (): never => {
    throw new Error('fails');
  };
  const quiet = (method: Partial<AsyncIterator<Uint8Array>>): AsyncIterable<Uint8Array> => ({
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), ...method }),
  });
  const FAILING: Readonly<Record<string, () => Response>> = {
    'cancel() of a ReadableStream throws': () => new Response(new ReadableStream({ cancel: fail })),
    'cancel() of a ReadableStream rejects': () => new Response(new ReadableStream({ cancel: async () => fail() })),
    'return() of an iterator throws': () => new FastResponse(quiet({ return: fail })),
    'return() of an iterator rejects': () => new FastResponse(quiet({ return: async () => fail() })),
    'destroy() of a Node stream throws': () => {
      const readable = new Readable({ read() {} });
      readable.destroy = fail;
      return new FastResponse(readable);
    },
    'a Node stream fails to close': () =>
      new FastResponse(
        new Readable({
          read() {},
          destroy(_, done) {
            done(new Error('fails'));
          },
        }),
      ),
  };

  test.each(Object.entries(FAILING))('%s', async (_, make) => {
    await using server = new WebServer(make);
    await using client = await RawClient.connect(server.address);
    await client.send(get('/'));
    await client.untilBytes(1);
    client.reset();
    await until(() => server.errors.length > 0, 'the error is reported');
    await new Promise(setImmediate);
    expect(server.errors).toEqual([new Error('fails')]);
  });
});

test.each<[string, AsyncIterable<Uint8Array>]>([
  [
    'has no iterator',
    {
      [Symbol.asyncIterator]() {
        throw new Error('fails');
      },
    },
  ],
  [
    'throws in next()',
    {
      [Symbol.asyncIterator]: () => ({
        next() {
          throw new Error('fails');
        },
      }),
    },
  ],
])('a body that %s is a 500', async (_, body) => {
  await using server = new WebServer(() => new FastResponse(body));
  expect((await server.get('/')).status).toBe(500);
  expect(server.errors).toEqual([new Error('fails')]);
});

test('the body of a Response that cannot be sent is cancelled', async () => {
  const headers = { A: { toString: () => Symbol() } as unknown as string };
  await using server = new WebServer(() => new FastResponse(quietStream(NOTHING), { headers }));
  expect((await server.get('/')).status).toBe(500);
  expect(log).toEqual(['ended']);
});
