/** An HttpServer with certificates, and the clients of node:tls. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { HttpHandler } from '../../src/server/http-handler.js';
import { HttpServer } from '../../src/server/http-server.js';
import { selfSigned } from '../../src/tls/self-signed.js';
import type { TlsOptions } from '../../src/tls/tls-options.js';

const local = selfSigned({ names: ['localhost', '127.0.0.1'], days: 1 });
const wildcard = selfSigned({ names: ['example.test', '*.example.test'], days: 1 });
const rsa = selfSigned({ names: ['localhost', '127.0.0.1'], days: 1, kind: 'rsa' });

const servers: HttpServer[] = [];
const sockets: TLSSocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.close();
});

const echo: HttpHandler = async (request, response) => {
  const { tls } = request;
  const body = await request.bytes({ maxBytes: 8 * 1024 * 1024 });
  const digest = createHash('sha256').update(body).digest('hex');
  response.send(
    200,
    {},
    JSON.stringify({ path: request.path, digest, protocol: tls?.protocol, name: tls?.serverName }),
  );
};

function listen(tls: TlsOptions, handler: HttpHandler = echo): { server: HttpServer; port: number } {
  const server = new HttpServer(handler, { tls, limits: { requestBodyBytesMax: 8 * 1024 * 1024 } });
  servers.push(server);
  return { server, port: server.listen({ address: '127.0.0.1', port: 0 }).port };
}

async function open(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  sockets.push(socket);
  await once(socket, 'secureConnect');
  return socket;
}

async function exchange(socket: TLSSocket, request: string | Buffer): Promise<string> {
  socket.write(request);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

const get = (path: string, host = 'localhost'): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

describe('a server with a certificate', () => {
  test.each(['X25519', 'P-256', 'P-384'])('agrees on a key by %s', async (ecdhCurve) => {
    const { port } = listen(local);
    expect(await exchange(await open(port, { ecdhCurve }), get('/'))).toMatch(/^HTTP\/1\.1 200/);
  });

  test('refuses groups of finite fields, with which a client takes 98 ms of the server without any effort', async () => {
    const { port } = listen(local);
    await expect(open(port, { ecdhCurve: 'ffdhe2048:ffdhe8192' })).rejects.toThrow(/handshake failure/);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('answers a request over %s', async (version) => {
    const { port } = listen(local);
    const socket = await open(port, { minVersion: version, maxVersion: version, servername: 'localhost' });
    const response = await exchange(socket, get('/a'));
    expect(response).toContain('HTTP/1.1 200 OK\r\n');
    expect(JSON.parse(response.split('\r\n\r\n')[1] as string)).toMatchObject({
      path: '/a',
      protocol: version,
      name: 'localhost',
    });
  });

  test('prefers AES-128-GCM with SHA-256', async () => {
    const { port } = listen(local);
    const socket = await open(port);
    expect(socket.getCipher().name).toBe('TLS_AES_128_GCM_SHA256');
  });

  test('takes a body of 8 MiB whole', async () => {
    const { port } = listen(local);
    const body = randomBytes(8 * 1024 * 1024);
    const head = `POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
    const response = await exchange(await open(port), Buffer.concat([Buffer.from(head), body]));
    expect(response).toContain(createHash('sha256').update(body).digest('hex'));
  });

  test('sends 8 MiB whole to a client that reads slowly', async () => {
    const body = randomBytes(8 * 1024 * 1024);
    const { port } = listen(local, (_request, response) => response.send(200, {}, body));
    const socket = await open(port);
    socket.write(get('/'));
    const hash = createHash('sha256');
    let skipped = 0;
    for await (const chunk of socket) {
      const bytes = chunk as Buffer;
      if (skipped === 0) skipped = bytes.indexOf('\r\n\r\n') + 4;
      hash.update(skipped > 0 && hash !== undefined && bytes.length >= skipped ? bytes.subarray(skipped) : bytes);
      skipped = -1;
      await new Promise(setImmediate);
    }
    expect(hash.digest('hex')).toBe(createHash('sha256').update(body).digest('hex'));
  });

  test('tells a client of plain HTTP that the port speaks HTTPS', async () => {
    const { server, port } = listen(local);
    const socket = connectTcp(port, '127.0.0.1');
    socket.end(get('/'));
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toContain('HTTP/1.1 400 Bad Request\r\n');
    expect(text).toContain('This port speaks HTTPS');
    expect([...server.counters.handshakes]).toEqual([['failed plain HTTP request', 1]]);
  });

  test('closes the connection of an address that has too many without an answer in clear text', async () => {
    const server = new HttpServer(echo, { tls: local, limits: { connectionsPerAddressMax: 1 } });
    servers.push(server);
    const { port } = server.listen({ address: '127.0.0.1', port: 0 });
    const first = await open(port);
    const second = connectTcp(port, '127.0.0.1');
    let bytes = 0;
    second.on('data', (chunk) => {
      bytes += chunk.length;
    });
    await once(second, 'close');
    expect([bytes, server.counters.connectionsRefused]).toEqual([0, 1]);
    expect(await exchange(first, get('/'))).toContain('200 OK');
  });

  test('counts handshakes, and resumes a session', async () => {
    const { server, port } = listen(local);
    const first = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    sockets.push(first);
    const [session] = (await once(first, 'session')) as [Buffer];
    const second = await open(port, { session });
    expect(second.isSessionReused()).toBe(true);
    await exchange(second, get('/'));
    expect([...server.counters.handshakes]).toEqual([
      ['TLSv1.3 full', 1],
      ['TLSv1.3 resumed', 1],
    ]);
  });

  test('sends a new ticket over TLSv1.3 to a client that resumes a session', async () => {
    const { server, port } = listen(local);
    const tickets: Buffer[] = [];
    for (let i = 0; i < 3; i++) {
      const session = tickets.at(-1);
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...(session && { session }) });
      sockets.push(socket);
      socket.on('session', (ticket: Buffer) => tickets.push(ticket));
      await exchange(socket, get('/'));
    }
    expect([...server.counters.handshakes]).toEqual([
      ['TLSv1.3 full', 1],
      ['TLSv1.3 resumed', 2],
    ]);
  });

  test('resumes no session after setTls() requires certificates of clients', async () => {
    const { server, port } = listen(local);
    const first = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    sockets.push(first);
    const [session] = (await once(first, 'session')) as [Buffer];
    server.setTls({ ...local, clientCertificates: 'require', clientCa: local.cert });
    const second = await open(port, { session });
    const [error] = (await once(second, 'error')) as [Error];
    expect(error.message).toContain('certificate required');
  });

  test('uses another certificate for connections after setTls()', async () => {
    const { server, port } = listen(local);
    const before = await open(port);
    server.setTls(wildcard);
    const after = await open(port);
    expect(before.getPeerCertificate().subject.CN).toBe('localhost');
    expect(after.getPeerCertificate().subject.CN).toBe('example.test');
    expect(await exchange(before, get('/'))).toContain('200 OK');
  });
});

test.each([
  ['another certificate of the same kind', wildcard.key, 'key: key values mismatch'],
  ['a certificate of another kind', rsa.key, 'key: key type mismatch'],
])('the key of %s is refused', (_of, key, message) => {
  expect(() => new HttpServer(echo, { tls: { cert: local.cert, key } })).toThrow(message);
});

test('close() waits a second for a client whose handshake has begun, and not for the whole grace', async () => {
  const { server, port } = listen(local);
  const socket = connectTcp(port, '127.0.0.1');
  await once(socket, 'connect');
  while (server.connectionCount === 0) await new Promise(setImmediate);
  socket.write(Buffer.from([22, 3, 1])); // in the kernel when the next line looks
  const startMs = performance.now();
  await server.close({ graceMs: 10_000 });
  expect(performance.now() - startMs).toBeLessThan(5_000);
  socket.destroy();
});

describe('a server with several certificates', () => {
  test.each([
    ['localhost', 'localhost'],
    ['EXAMPLE.test', 'example.test'],
    ['www.example.test', 'example.test'],
    ['a.www.example.test', 'localhost'],
    ['unknown.test', 'localhost'],
  ])('for %s sends that of %s', async (servername, subject) => {
    const { port } = listen({ certificates: [local, wildcard] });
    const socket = await open(port, { servername });
    expect(socket.getPeerCertificate().subject.CN).toBe(subject);
  });

  test.each(['ECDSA', 'RSA'])(
    'with keys of both kinds for the same names, in any order, uses %s if the client knows only that',
    async (kind) => {
      const certificates = [
        selfSigned({ names: ['a.test', 'b.test'], days: 1 }),
        selfSigned({ names: ['b.test', 'a.test'], days: 1, kind: 'rsa' }),
      ];
      const { port } = listen({ certificates });
      const ciphers = `ECDHE-${kind}-AES128-GCM-SHA256`;
      const socket = await open(port, { maxVersion: 'TLSv1.2', ciphers, servername: 'b.test' });
      expect(socket.getCipher().name).toBe(ciphers);
    },
  );

  test.each([
    ['www.example.test', 'example.test', 200],
    ['www.example.test', 'localhost', 421],
    ['localhost', 'www.example.test:8443', 421],
    ['unknown.test', 'unknown.test', 200],
    ['www.example.test', '127.0.0.1:443', 200],
  ])('on a connection for %s answers a request for %s with %i', async (servername, host, status) => {
    const { port } = listen({ certificates: [local, wildcard] });
    expect(await exchange(await open(port, { servername }), get('/', host))).toContain(`HTTP/1.1 ${status} `);
  });
});
