/**
 * The server of the X-ray's page, on 127.0.0.1 alone.
 *
 *   GET  /                       the page, and its other files
 *   GET  /open?ticket=…          leads to the page with the token, once
 *   GET  /models                 [{ name, teaches, teachesZh }]
 *   GET  /recording              { name, text } of the file that the page shows; 204: it shows programs
 *   GET  /sessions               [{ session, port, speed, header }], the command's own program first
 *   GET  /events?session=…       Server-Sent Events: arrays of records, the header first and then all that are kept
 *   POST /sessions  { model }    starts a model: { session, port, speed, header }
 *   POST /control                { session, do, value? } (control.ts)
 *
 * Everything else but the page's files needs the token: in X-Xray-Token or, of a GET, in the query, since EventSource sends no headers.
 */
import { type FileHandler, fileHandler } from '../files/file-handler.js';
import { HttpError } from '../http/http-error.js';
import type { HttpHandler } from '../server/http-handler.js';
import type { HttpRequest } from '../server/http-request.js';
import type { HttpResponse } from '../server/http-response.js';
import { HttpServer } from '../server/http-server.js';
import { type Control, parseControl, parseOpening } from './control.js';
import type { SavedRecording } from './recording-file.js';
import { RequestGuard } from './request-guard.js';
import type { ObservedProgram } from './session/observed-program.js';
import { type Session, Sessions, type StartModel } from './sessions.js';

interface XrayOptions {
  /** The folder of the page. */
  readonly page: string;
  /** 0 lets the kernel choose. */
  readonly port: number;
  readonly models: readonly { readonly name: string; readonly teaches: string; readonly teachesZh: string }[];
  readonly startModel: StartModel;
  /** Takes errors that no page sees. */
  readonly onError: (error: unknown) => void;
}

const BODY_BYTES_MAX = 4 * 1024;

/** A browser opens six, and one for each stream. */
const CONNECTIONS_MAX = 64;

/** The page loads its own files only, is shown in no other page, and leaves neither copies nor its address with the token. */
const DEFAULT_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
};

export class XrayServer {
  readonly #options: XrayOptions;
  readonly #page: FileHandler;
  readonly #sessions: Sessions;
  readonly #server: HttpServer;
  readonly #guard: RequestGuard;
  readonly #routes: ReadonlyMap<string, HttpHandler>;
  #recording: SavedRecording | undefined;
  /** With the token. */
  readonly url: string;

  /** @throws  SystemError EADDRINUSE | EACCES …; ENOENT if the page was not built */
  constructor(options: XrayOptions) {
    this.#options = options;
    this.#page = fileHandler(options.page);
    this.#sessions = new Sessions(options.startModel, options.onError);
    this.#server = new HttpServer((request, response) => this.#answer(request, response), {
      onHandlerError: options.onError,
      limits: { requestBodyBytesMax: BODY_BYTES_MAX, connectionsMax: CONNECTIONS_MAX },
    });
    const { port } = this.#server.listen({ address: '127.0.0.1', port: options.port });
    this.#guard = new RequestGuard(port);
    this.#routes = new Map<string, HttpHandler>([
      ['GET /models', (_, response) => sendJson(response, options.models)],
      ['GET /recording', (_, response) => this.#sendRecording(response)],
      ['GET /sessions', (_, response) => sendJson(response, this.#sessions.all.map(described))],
      ['GET /events', (request, response) => this.#sessions.get(queryOf(request, 'session')).watch(request, response)],
      ['POST /sessions', (request, response) => this.#start(request, response)],
      ['POST /control', (request, response) => this.#control(request, response)],
    ]);
    this.url = `http://127.0.0.1:${port}/?token=${this.#guard.token}`;
  }

  /** For the command line of a browser, once. */
  get urlToOpen(): string {
    return new URL(`/open?ticket=${this.#guard.newTicket()}`, this.url).href;
  }

  /** The command's own program, which the page shows first. */
  observe(program: ObservedProgram): void {
    this.#sessions.addMain(program);
  }

  /** A file, which the page shows in place of a program. */
  show(recording: SavedRecording): void {
    this.#recording = recording;
  }

  /** Ends all programs. */
  async close(): Promise<void> {
    await this.#sessions.closeAll();
    await this.#server.close();
    this.#page.close();
  }

  #answer(request: HttpRequest, response: HttpResponse): void | Promise<void> {
    response.defaultHeaders = DEFAULT_HEADERS;
    this.#guard.checkSource(request);
    if (request.path === '/open') return this.#open(request, response);
    const route = this.#routes.get(`${request.method} ${request.path}`);
    if (route === undefined) return this.#page(request, response);
    this.#guard.checkToken(tokenOf(request));
    return route(request, response);
  }

  #open(request: HttpRequest, response: HttpResponse): void {
    this.#guard.takeTicket(queryOf(request, 'ticket'));
    response.send(303, { Location: this.url });
  }

  #sendRecording(response: HttpResponse): void {
    if (this.#recording === undefined) response.send(204);
    else sendJson(response, this.#recording);
  }

  async #start(request: HttpRequest, response: HttpResponse): Promise<void> {
    const { model } = parseOpening(await request.json());
    sendJson(response, described(await this.#sessions.open(model)));
  }

  async #control(request: HttpRequest, response: HttpResponse): Promise<void> {
    await this.#obey(parseControl(await request.json()));
    response.send(204);
  }

  async #obey(control: Control): Promise<void> {
    const session = this.#sessions.get(control.session);
    const { program } = session;
    switch (control.do) {
      case 'pause':
        return program.pause();
      case 'resume':
        return program.resume();
      case 'step':
        return program.step();
      case 'speed':
        return program.setSpeed(control.value ?? undefined);
      case 'experiment':
        return session.runExperiment(control.value, this.#options.onError);
      case 'close':
        if (this.#sessions.isMain(session))
          throw new HttpError(409, 'Ctrl-C ends this program: the command has started it');
        return this.#sessions.close(session.id);
    }
  }
}

function tokenOf(request: HttpRequest): string | null | undefined {
  const token = request.header('x-xray-token');
  return token === undefined && request.method === 'GET' ? queryOf(request, 'token') : token;
}

function queryOf({ query }: HttpRequest, name: string): string | null {
  return new URLSearchParams(query).get(name);
}

function described({ id, program: { header, speed } }: Session): unknown {
  return { session: id, port: header.port, speed: speed ?? null, header };
}

function sendJson(response: HttpResponse, value: unknown): void {
  response.send(200, { 'Content-Type': 'application/json' }, JSON.stringify(value));
}
