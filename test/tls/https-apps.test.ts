/** Apps see that a request came over TLS: fetch handlers, Hono, and apps of Express. */
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import express from 'express';
import { Hono } from 'hono';
import type { ConnectListener } from '../../src/connect/connect-handler.js';
import { connectHandler } from '../../src/connect/connect-handler.js';
import type { FetchInfo } from '../../src/fetch/fetch-info.js';
import { serve } from '../../src/fetch/serve.js';
import { HttpServer } from '../../src/server/http-server.js';
import { selfSigned } from '../../src/tls/self-signed.js';
import { ask, get } from '../client/raw-client.js';

const client = selfSigned({ names: ['client.test'], days: 1 });
const tls = {
  ...selfSigned({ names: ['test'], days: 1 }),
  clientCertificates: 'request' as const,
  clientCa: client.cert,
};
const CLIENT = { rejectUnauthorized: false, ...client };

const servers: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function answered(port: number, isSecure: boolean): Promise<unknown> {
  const target = { address: '127.0.0.1', port, ...(isSecure && { tls: CLIENT }) };
  return JSON.parse((await ask(target, get('/a'))).body.toString());
}

describe('an app', () => {
  test.each([
    [true, ['https://test/a', 'TLSv1.3', 'CN=client.test']],
    [false, ['http://test/a', null, null]],
  ])(
    'of Hono has the scheme in the URL, and the rest in its environment (over TLS: %s)',
    async (isSecure, expected) => {
      const app = new Hono<{ Bindings: FetchInfo }>();
      app.get('/a', (c) => {
        const { tls } = c.env;
        return c.json([c.req.url, tls?.protocol ?? null, tls?.clientCertificate?.subject ?? null]);
      });
      const server = serve({ fetch: app.fetch, port: 0, ...(isSecure && { tls }) });
      servers.push(server);
      expect(await answered(server.port as number, isSecure)).toEqual(expected);
    },
  );

  test.each([
    [true, ['https', true, 'CN=client.test']],
    [false, ['http', false, null]],
  ])(
    'of Express has req.protocol, req.secure and the certificate of the client (over TLS: %s)',
    async (isSecure, expected) => {
      const app = express();
      app.get('/a', (request, response) => {
        const socket = request.socket as unknown as TLSSocket;
        response.json([request.protocol, request.secure, socket.getPeerX509Certificate()?.subject ?? null]);
      });
      const server = new HttpServer(connectHandler(app as unknown as ConnectListener), isSecure ? { tls } : {});
      servers.push(server);
      expect(await answered(server.listen({ address: '127.0.0.1', port: 0 }).port, isSecure)).toEqual(expected);
    },
  );
});
