/** The frameworks that docs/frameworks.md lists. */

export interface Framework {
  readonly name: string;
  /** Its package. */
  readonly package: string;
  /** The file of its example. */
  readonly example: string;
  /** How its app is given to this server. */
  readonly how: string;
  readonly missing: string;
}

const NO_UPGRADE = 'WebSocket';
const BY_CONNECT = 'WebSocket, and what the list below says';

export const FRAMEWORKS: readonly Framework[] = [
  { name: 'Hono', package: 'hono', example: 'hono.mjs', how: '`serve({ fetch: app.fetch })`', missing: NO_UPGRADE },
  { name: 'h3', package: 'h3', example: 'h3.mjs', how: '`serve({ fetch: app.fetch })`', missing: NO_UPGRADE },
  {
    name: 'Elysia',
    package: 'elysia',
    example: 'elysia.mjs',
    how: '`serve({ fetch: app.fetch })`',
    missing: '`app.listen()`, `app.ws()`, static files of Bun',
  },
  {
    name: 'srvx',
    package: 'srvx',
    example: 'srvx.mjs',
    how: '`serve({ fetch: app.fetch })`, with the app of `srvx/generic`',
    missing: 'its option `tls`; give `tls` to `serve()` instead',
  },
  {
    name: 'Fastify',
    package: 'fastify',
    example: 'fastify.mjs',
    how: '`serverFactory: (listener) => connectServer(listener)`',
    missing: `trailers, early hints, ${BY_CONNECT}`,
  },
  {
    name: 'Express',
    package: 'express',
    example: 'express.mjs',
    how: '`new HttpServer(connectHandler(app))`',
    missing: BY_CONNECT,
  },
  {
    name: 'Koa',
    package: 'koa',
    example: 'koa.mjs',
    how: '`new HttpServer(connectHandler(app.callback()))`',
    missing: BY_CONNECT,
  },
];
