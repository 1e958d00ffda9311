/** The tables of exchange-states.ts, line by line: what bytes of a client are, and what becomes of the connection. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import { Reactor } from '../../src/reactor/reactor.js';
import type { HttpRequest } from '../../src/server/http-request.js';
import type { HttpResponse } from '../../src/server/http-response.js';
import { HttpServer } from '../../src/server/http-server.js';
import type { DrivenClient } from '../client/driven-client.js';
import { type DrivenTlsClient, openDriven } from '../client/driven-tls-client.js';
import { get } from '../client/raw-client.js';
import { transport } from '../client/transport.js';
import { chunk, chunkedHead, postHead } from './limited-server.js';

const LOCAL = { address: '127.0.0.1', port: 0 };

let reactor: Reactor;
let server: HttpServer;
let address: InternetAddress;
let client: DrivenClient | DrivenTlsClient;
const clients: (DrivenClient | DrivenTlsClient)[] = [];
/** Requests that the handler was given, and what it has read of the last one's body. */
let requests: HttpRequest[];
let response: HttpResponse;
let body: string;

beforeEach(() => {
  requests = [];
  body = '';
  reactor = new Reactor();
  server = new HttpServer(
    async (request, itsResponse) => {
      requests.push(request);
      response = itsResponse;
      await new Promise(() => {}); // answered by the test
    },
    { ...transport.server, reactor },
  );
  address = server.listen(LOCAL);
});

afterEach(async () => {
  for (const each of clients.splice(0)) each.close();
  await server.close();
  reactor.close();
});

/** The server does all that it can do with what has come. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    turns();
    await new Promise(setImmediate);
  }
}

function turns(): void {
  for (let i = 0; i < 100 && reactor.turn(0) > 0; i++);
}

async function connect(): Promise<void> {
  reactor.attach(); // for the client's first session
  client = await openDriven(address, turns);
  reactor.detach();
  clients.push(client);
  await settle();
}

async function send(text: string): Promise<void> {
  client.send(Buffer.from(text, 'latin1'), () => void reactor.turn(0));
  await settle();
  client.receive();
}

async function answer(): Promise<void> {
  response.send(200);
  await settle();
  client.receive();
}

/** The handler reads as long as the body goes on. */
async function readBody(): Promise<void> {
  const read = async (): Promise<void> => {
    for await (const piece of requests.at(-1)?.body ?? []) body += piece.toString();
  };
  read().catch(() => {});
  await settle();
  client.receive();
}

function received(): string {
  return client.received.toString('latin1');
}

/** The first response's. */
function status(): number {
  return Number(/^HTTP\/1\.1 (\d+)/.exec(received())?.[1]);
}

const HEAD_WITH_BODY = postHead('/', 6);
const EXPECTING_HEAD = postHead('/', 6, 'Expect: 100-continue\r\n');

/** `FROM: event → TO`, as in the table, by a conversation in which the states show. */
const TRANSITIONS: Readonly<Record<string, () => Promise<void>>> = {
  'HEAD: it is read, and no body follows → ANSWERING': async () => {
    await connect();
    await send(get('/1') + get('/2'));
    expect(requests.map(({ path }) => path)).toEqual(['/1']);
  },
  'HEAD: it is read, and a body follows → RECEIVING': async () => {
    await connect();
    await send(HEAD_WITH_BODY);
    await readBody();
    await send('abc');
    expect([received(), body]).toEqual(['', 'abc']);
  },
  'HEAD: the client waits for a 100 before a body → EXPECTING': async () => {
    await connect();
    await send(EXPECTING_HEAD);
    expect([requests.length, received()]).toEqual([1, '']);
  },
  'HEAD: it is refused → ANSWERING': async () => {
    await connect();
    await send(`GET / HTTP/1.1\r\n\r\n${get('/2')}`);
    expect([requests.length, status(), client.hasEnded]).toEqual([0, 400, true]);
  },
  'EXPECTING: the handler reads → RECEIVING': async () => {
    await connect();
    await send(EXPECTING_HEAD);
    await readBody();
    await send('abc');
    expect([received(), body]).toEqual(['HTTP/1.1 100 Continue\r\n\r\n', 'abc']);
  },
  'EXPECTING: the handler answers → TRAILING': async () => {
    await connect();
    await send(EXPECTING_HEAD);
    await answer();
    await send(`abcdef${get('/2')}`); // or is it another request? The connection ends before that matters
    expect([requests.length, status(), client.hasEnded]).toEqual([1, 200, true]);
  },
  'RECEIVING: all is here → ANSWERING': async () => {
    await connect();
    await send(HEAD_WITH_BODY);
    await readBody();
    await send(`abcdef${get('/2')}`);
    expect([requests.length, body]).toEqual([1, 'abcdef']);
  },
  'RECEIVING: it fails → ANSWERING': async () => {
    await connect();
    await send(chunkedHead('/'));
    await readBody();
    await send(`${chunk('abc')}x${get('/2')}`);
    expect([requests.length, body, received()]).toEqual([1, 'abc', '']);
    await answer();
    expect([status(), client.hasEnded]).toEqual([200, true]);
  },
  'RECEIVING: the handler answers → TRAILING': async () => {
    await connect();
    await send(HEAD_WITH_BODY);
    await readBody();
    await answer();
    await send('abc');
    expect([status(), body]).toEqual([200, 'abc']);
  },
  'ANSWERING: the handler answers → HEAD': async () => {
    await connect();
    await send(get('/1') + get('/2'));
    await answer();
    expect(requests.map(({ path }) => path)).toEqual(['/1', '/2']);
  },
  'TRAILING: all is here → HEAD': async () => {
    await connect();
    await send(HEAD_WITH_BODY);
    await answer();
    await send(`abcdef${get('/2')}`);
    expect(requests.map(({ path }) => path)).toEqual(['/', '/2']);
  },
  'TRAILING: it fails → HEAD': async () => {
    await connect();
    await send(chunkedHead('/'));
    await answer();
    await send(`x${get('/2')}`); // the next head, which the end of the connection comes before
    expect([requests.length, client.hasEnded]).toEqual([1, true]);
  },
};

test('each transition of the state table has a test, and each test has a transition', () => {
  const source = readFileSync(new URL('../../src/server/exchange-states.ts', import.meta.url), 'utf8');
  const rows: string[] = [];
  let state = '';
  for (const line of source.split('\n')) {
    state = /^ \* {3}([A-Z_]+) {2}/.exec(line)?.[1] ?? state;
    const [, event, next] = /^ \* {5}(\S.*?) +→ ([A-Z]+)$/.exec(line) ?? [];
    if (event !== undefined) rows.push(`${state}: ${event} → ${next}`);
  }
  expect(Object.keys(TRANSITIONS)).toEqual(rows);
});

test.each(Object.entries(TRANSITIONS))('the transition holds: %s', async (_, converse) => {
  await converse();
});

describe('after the response', () => {
  test('GOES_ON: the next head is read', async () => {
    await connect();
    await send(get('/1'));
    await answer();
    expect([server.connectionCount, received().includes('Connection:')]).toEqual([1, false]);
    await send(get('/2'));
    expect(requests.length).toBe(2);
  });

  test('LAST: the connection closes', async () => {
    await connect();
    await send('GET / HTTP/1.0\r\n\r\n');
    await answer();
    expect([server.connectionCount, client.hasEnded]).toEqual([0, true]);
  });

  test('LAST: the connection lingers if the client has sent more', async () => {
    await connect();
    await send('GET / HTTP/1.0\r\n\r\n');
    await send(get('/2'));
    await send(get('/3')); // in the kernel
    await answer();
    expect([server.connectionCount, client.hasEnded, client.errno]).toEqual([1, true, 0]);
  });

  test('LAST_OF_CLIENT: the connection closes, whatever the client has sent', async () => {
    await connect();
    await send(get('/', 'Connection: close\r\n'));
    await send(get('/2'));
    await send(get('/3'));
    await answer();
    expect(server.connectionCount).toBe(0);
  });

  test('LEAVES_BYTES: the connection lingers, until the client ends it', async () => {
    await connect();
    await send('GET / HTTP/1.1\r\n\r\n');
    expect([server.connectionCount, client.hasEnded]).toEqual([1, true]);
    client.shutWriting();
    await settle();
    expect(server.connectionCount).toBe(0);
  });

  test('LEAVES_BYTES replaces LAST_OF_CLIENT: a client that sends a malformed body is not reset', async () => {
    await connect();
    await send(chunkedHead('/', 'Connection: close\r\n'));
    await readBody();
    await send(`x${get('/2')}`);
    await send(get('/3'));
    await answer();
    expect([server.connectionCount, client.hasEnded, client.errno]).toEqual([1, true, 0]);
  });
});
