/**
 * The table of raw requests, sent to a server on real sockets: whole, a byte at a time, cut in two at every byte, and
 * followed by a good request. Over TLS each byte of the second form has a record of its own. The good request is answered, or
 * the connection closes; it is never read as a part of the bytes before it.
 */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import { Reactor } from '../../src/reactor/reactor.js';
import type { HttpHandler } from '../../src/server/http-handler.js';
import { HttpServer } from '../../src/server/http-server.js';
import { selfSigned } from '../../src/tls/self-signed.js';
import { DrivenClient } from '../client/driven-client.js';
import { DrivenTlsClient, type TlsTicket, takeTicket } from '../client/driven-tls-client.js';
import { takeResponse } from '../client/wire-response.js';
import { type Answer, RAW_REQUESTS, type RawRequest, THEMES } from '../http/cases/index.js';
import { cutsOf, finalAnswers, firstHeadBytes, folded } from '../http/cases/reading.js';

const NEXT = 'GET /next HTTP/1.1\r\nHost: h\r\n\r\n';
const NEXT_ANSWER = 'GET /next []';

const AT_ONCE_BYTES = 128 * 1024;

let underWay = 0;

/** `METHOD PATH?QUERY [BODY]`; for the path /host, followed by the host of the request. */
const echo: HttpHandler = (request, response) => {
  const { method, path, query, authority } = request;
  const answer = (body: string): void => {
    const text = `${method} ${path}${query && `?${query}`} [${folded(body)}]${path === '/host' ? ` ${authority}` : ''}`;
    response.send(200, {}, Buffer.from(text, 'latin1'));
  };
  if (!request.hasBody) return answer('');
  underWay++;
  return request
    .bytes()
    .then((body) => answer(body.toString('latin1')))
    .finally(() => underWay--);
};

const errors: unknown[] = [];
let reactor: Reactor;
let server: HttpServer;
let plainAddress: InternetAddress;
let tlsAddress: InternetAddress;
let ticket: TlsTicket;

type Client = DrivenClient | DrivenTlsClient;

const openPlain = (): Client => new DrivenClient(plainAddress);
const openTls = (): Client => new DrivenTlsClient(tlsAddress, ticket, turns);

/** All hosts of the table: a request for another one would get a 421. */
const HOSTS = RAW_REQUESTS.flatMap(({ raw }) =>
  [...raw.matchAll(/(?:^host:[ \t]*|https?:\/\/)([a-z0-9._-]*[a-z0-9_-])/gim)].map(([, host]) => host as string),
);

beforeAll(async () => {
  reactor = new Reactor({ onError: (error) => errors.push(error) });
  const tls = selfSigned({ names: [...new Set(HOSTS)], days: 1 });
  server = new HttpServer(echo, { reactor, tls, onHandlerError: (error) => errors.push(error) });
  plainAddress = server.listen({ address: '127.0.0.1', port: 0 }, { plainHttp: true });
  tlsAddress = server.listen({ address: '127.0.0.1', port: 0 });
  reactor.attach();
  ticket = await takeTicket(tlsAddress);
  reactor.detach();
});

afterAll(async () => {
  await server.close();
  reactor.close();
});

function turns(): void {
  for (let i = 0; i < 10_000; i++) if (reactor.turn(0) === 0) return;
  throw new Error('the server spins: something is ready in ten thousand turns');
}

/** The server does all that it can do with what has come. */
async function settle(): Promise<void> {
  do {
    turns();
    if (underWay === 0) return;
    await new Promise(setImmediate); // handlers go on
  } while (reactor.turn(0) > 0);
}

interface Heard {
  /** In the form of the table. */
  readonly answers: readonly Answer[];
  /** The Connection header of the last response; undefined if it has none. */
  readonly connection: string | undefined;
  /** The server has ended the connection, without a reset. */
  readonly hasEnded: boolean;
  /** Bytes that are no answer. */
  readonly rest: string;
}

/** Sends the pieces one by one, each when the server has done what it can with those before. */
async function converse(client: Client, pieces: readonly string[], expected: readonly Answer[]): Promise<Heard> {
  try {
    for (const piece of pieces) {
      const bytes = Buffer.from(piece, 'latin1');
      // A body is taken by its handler, which goes on between two turns: no more at once than the kernel has room for.
      for (let at = 0; at < bytes.length; at += AT_ONCE_BYTES) {
        client.send(bytes.subarray(at, at + AT_ONCE_BYTES), turns);
        await settle();
      }
    }
    client.receive();
    assert.equal(client.errno, 0); // expect() makes an error for each of 80,000 values: half of the test's time
    return read(client.received, expected, client.hasEnded);
  } finally {
    client.close();
    turns();
  }
}

function read(received: Buffer, expected: readonly Answer[], hasEnded: boolean): Heard {
  const answers: Answer[] = [];
  let connection: string | undefined;
  let at = 0;
  for (;;) {
    const wanted = expected[answers.length];
    const toHead = typeof wanted === 'object';
    const response = takeResponse(received.subarray(at), toHead);
    if (response === undefined) break;
    at += response.length;
    const { status, headers, body } = response;
    connection = headers.get('connection');
    if (toHead && headers.has('content-length')) answers.push({ toHead: status });
    else answers.push(status === 200 ? body.toString('latin1') : status);
  }
  return { answers, connection, hasEnded, rest: received.toString('latin1', at) };
}

/** The expected responses. */
function heard(row: RawRequest, cuts: readonly number[], follows: boolean): Heard {
  // A 100 comes only if the server has seen the head without a byte of the body.
  const waits = cuts.includes(firstHeadBytes(row));
  const own = waits ? row.answers : finalAnswers(row);
  const isAnswered = follows && !row.closes;
  const isLast10 = !isAnswered && row.head?.minorVersion === 0 && !/HTTP\/1\.1\r\n/.test(row.raw);
  return {
    answers: isAnswered ? [...own, NEXT_ANSWER] : own,
    connection: row.closes ? 'close' : isLast10 ? 'keep-alive' : undefined,
    hasEnded: row.closes,
    rest: '',
  };
}

async function check(row: RawRequest, cuts: readonly number[], follows = '', open = openPlain): Promise<void> {
  const bytes = row.raw + follows;
  const pieces = [...cuts, bytes.length].map((end, i) => bytes.slice(i === 0 ? 0 : cuts[i - 1], end));
  const expected = heard(row, cuts, follows !== '');
  assert.deepEqual(await converse(open(), pieces, expected.answers), expected);
}

test('the tables hold at least 250 raw requests, no two alike', () => {
  expect(RAW_REQUESTS.length).toBeGreaterThanOrEqual(250);
  expect(new Set(RAW_REQUESTS.map(({ raw, promise }) => raw + promise)).size).toBe(RAW_REQUESTS.length);
});

describe.each(Object.entries(THEMES))('%s', (_, rows) => {
  test.each(rows)('whole: $promise ($section)', async (row) => {
    await check(row, []);
  });

  test.each(rows)('a byte at a time: $promise ($section)', async (row) => {
    await check(row, cutsOf(row.raw.length));
  });

  test.each(rows)('with a good request after it: $promise ($section)', async (row) => {
    await check(row, [], NEXT);
    await check(row, [row.raw.length], NEXT);
    await check(row, cutsOf(row.raw.length + NEXT.length), NEXT);
  });

  test.each(rows)('cut in two at every byte: $promise ($section)', async (row) => {
    for (const cut of cutsOf(row.raw.length)) await check(row, [cut], NEXT);
  });

  test.each(rows)('over TLS: $promise ($section)', async (row) => {
    await check(row, [], '', openTls);
    await check(row, [], NEXT, openTls);
    await check(row, cutsOf(row.raw.length + NEXT.length), NEXT, openTls);
  });
});

test('the raw requests leave no connection open and no error', () => {
  turns();
  expect(server.connectionCount).toBe(0);
  expect(errors).toEqual([]);
});
