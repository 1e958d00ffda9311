/** Writes docs/frameworks.md. */
import type { Framework } from './frameworks.js';

/** A framework, and what its example was found to do. */
export interface Tried {
  readonly framework: Framework;
  readonly version: string;
  /** By the titles of the questions. */
  readonly answers: ReadonlyMap<string, string>;
  readonly code: string;
}

/** @param middlewareCode  of examples/middleware.mjs */
export function frameworksPage(tried: readonly Tried[], middlewareCode: string): string {
  const titles = [...(tried[0]?.answers.keys() ?? [])];
  return [
    '# Frameworks',
    '',
    'Apps of these frameworks run on this server. To start one:',
    '',
    '    npm install epoll-reactor express && node express.mjs',
    '',
    'A test starts each example on this page, asks it the same questions, and makes these tables of the answers:',
    '',
    '    npm run test:only -- test/frameworks',
    '',
    ...table(
      ['', 'how', 'what is missing'],
      tried.map(({ framework, version }) => [
        `[${framework.name}](#${framework.name.toLowerCase()}) ${version}`,
        framework.how,
        framework.missing,
      ]),
    ),
    ...table(
      ['', ...titles],
      tried.map(({ framework, answers }) => [framework.name, ...titles.map((title) => answers.get(title) ?? '')]),
    ),
    '- *streams*: Server-Sent Events reach the client one by one.',
    '- *no route*, *a thrown error*: the status that the client gets.',
    '- *the client goes*: the handler of a stream learns of it within a second, and the next request is answered.',
    '',
    'Bodies of requests have a limit of 1 MiB unless you set it: the examples set `limits.requestBodyBytesMax` for the upload.',
    '',
    ...MIDDLE,
    ...shown('middleware.mjs', middlewareCode),
    ...tried.flatMap(({ framework, code }) => [`## ${framework.name}`, '', ...shown(framework.example, code)]),
  ].join('\n');
}

function shown(example: string, code: string): string[] {
  return [`[examples/${example}](../examples/${example})`, '', `\`\`\`js\n${code}\`\`\``, ''];
}

/** What programs for node:http find here. */
const MIDDLE = `## The form of node:http

\`connectHandler(listener)\` makes a handler of any \`(request, response) => …\`: an app of Express or connect, \`app.callback()\` of Koa, or a
function of your own. \`connectServer(listener, options)\` makes a server with \`listen()\`, \`address()\`, \`close()\`,
\`closeAllConnections()\`, \`listening\` and the events \`listening\`, \`error\` and \`close\`; \`options\` are those of \`HttpServer\`.

A listener that throws, or whose promise rejects, is answered with 500, and the error goes to \`onHandlerError\`.

Request and response are streams of \`node:stream\` (\`Readable\`, \`Writable\`): \`pipe()\`, \`pipeline()\`, \`for await\`, \`drain\` and \`finish\`
work, and a client that reads or sends slowly holds the other side back. They have the members that these frameworks and their usual
middleware use (\`headers\`, \`rawHeaders\`, \`url\`, \`socket.remoteAddress\`; \`setHeader()\`, \`appendHeader()\`, \`writeHead()\`,
\`flushHeaders()\`, \`headersSent\`, …). A test compares the answers of ${'`node:http`'} and of this server for the same listeners.

What is missing or differs:

- They are no \`instanceof http.IncomingMessage\` or \`http.ServerResponse\`.
- \`socket\` is an object for one request, with the address of the client, \`encrypted\`, \`getPeerX509Certificate()\`, \`destroy()\` and \`close\`.
  It reads and writes nothing.
- No \`upgrade\`, so no WebSocket; no \`CONNECT\`; no informational response but 100, which the server sends when the body is read; no
  trailers; no \`setTimeout()\` (see \`limits\`); no \`headersDistinct\`.
- \`Connection\`, \`Keep-Alive\`, \`Transfer-Encoding\` and \`Date\` are the server's, and what a listener sets is not sent; \`Content-Length\`
  counts for streams alone. \`statusMessage\` is not sent.
- A client that ends its half of the connection before the response has begun aborts the request (\`aborted\`, \`close\`), and still gets the
  response: a client that only shuts its writing half looks the same.
- Errors of a response, such as a body longer than its \`Content-Length\`, go to \`onHandlerError\`, and not to an \`error\` event.
- An app of Express that is given to \`connectHandler()\` or \`connectServer()\` cannot be given to \`http.createServer()\` as well: its
  prototypes are those of this server. Other apps are not touched.

## Files behind node:http

\`fileMiddleware(dir, options)\` is for programs that stay on \`node:http\`, with or without Express, connect or Polka: the cache, the options
and the answers of [\`fileHandler\`](files.md), which a test compares. It calls \`next()\` in place of a 404 (unless \`notFoundPage\` is set) and
for methods other than GET and HEAD, and \`next(error)\` for an error. Where a router has mounted it (\`app.use('/static', files)\`), it serves
the rest of the path. Files above 64 KiB are read by threads in pieces of 256 KiB: \`sendfile(2)\` needs the socket, which \`node:http\` has.
Rules (\`siteHandler\`) are for this server alone.
`.split('\n');

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [row(titles), row(titles.map(() => '---')), ...rows.map(row), ''];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
