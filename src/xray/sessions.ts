/** The programs that are observed. The first one is the command's own; pages start others beside it. */
import { HttpError } from '../http/http-error.js';
import type { HttpRequest } from '../server/http-request.js';
import type { HttpResponse } from '../server/http-response.js';
import { EventStream } from './event-stream.js';
import type { ExperimentName } from './records.js';
import type { ObservedProgram } from './session/observed-program.js';

/** A page shows two models side by side; another tab may do so too. */
export const SESSIONS_MAX = 4;

/** A page that is loaded again is back within this time. */
export const LEFT_ALONE_MS = 5_000;

/** Starts a model. @throws HttpError 404 if there is no such model */
export type StartModel = (name: string) => Promise<ObservedProgram>;

export class Session {
  readonly id: string;
  readonly program: ObservedProgram;
  readonly #onLeftAlone: () => void;
  readonly #streams = new Set<EventStream>();
  #leftAlone: NodeJS.Timeout | undefined;
  #isInExperiment = false;
  #isClosed = false;

  /** @param onLeftAlone  called when no page has watched the program for a while */
  constructor(id: string, program: ObservedProgram, onLeftAlone: () => void) {
    this.id = id;
    this.program = program;
    this.#onLeftAlone = onLeftAlone;
    this.#awaitPage();
  }

  /** Sends the records to a page until it leaves. */
  watch(request: HttpRequest, response: HttpResponse): void {
    const stream = new EventStream(response);
    this.#streams.add(stream);
    clearTimeout(this.#leftAlone);
    const unsubscribe = this.program.subscribe((lines) => stream.push(lines));
    request.whenAborted(() => {
      unsubscribe();
      stream.end();
      this.#streams.delete(stream);
      if (this.#streams.size === 0 && !this.#isClosed) this.#awaitPage();
    });
  }

  /**
   * Returns at once; the records say when it ends.
   * @param onError  called when the experiment has failed
   * @throws         HttpError 409 while another one runs, and if clients cannot connect
   */
  runExperiment(name: ExperimentName, onError: (error: unknown) => void): void {
    if (this.#isInExperiment) throw new HttpError(409, 'another experiment is running');
    if (this.program.header.port === 0) throw new HttpError(409, 'the program listens on no port of 127.0.0.1');
    this.#isInExperiment = true;
    const ended = (): void => {
      this.#isInExperiment = false;
    };
    this.program.runExperiment(name).catch(onError).finally(ended);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#leftAlone);
    for (const stream of this.#streams) stream.end();
    await this.program.close();
  }

  #awaitPage(): void {
    this.#leftAlone = setTimeout(this.#onLeftAlone, LEFT_ALONE_MS).unref();
  }
}

export class Sessions {
  readonly #start: StartModel;
  readonly #onError: (error: unknown) => void;
  readonly #sessions = new Map<string, Session>();
  #starting = 0;
  #lastId = 0;
  #isClosed = false;

  /** @param onError  gets errors of work for which no request waits */
  constructor(start: StartModel, onError: (error: unknown) => void) {
    this.#start = start;
    this.#onError = onError;
  }

  /** The command's own program first. */
  get all(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  /** @throws  HttpError 404 */
  get(id: string | null): Session {
    const session = this.#sessions.get(id ?? '');
    if (session === undefined) throw new HttpError(404, 'there is no such session');
    return session;
  }

  /** The command's own program. When no page watches it, it runs on: its clients must not wait for a page that was closed. */
  addMain(program: ObservedProgram): void {
    this.#add(program, () => {
      program.setSpeed(undefined);
      program.resume();
    });
  }

  /** Starts a model, which ends when no page watches it. @throws HttpError 409 if there are too many */
  async open(model: string): Promise<Session> {
    if (this.#sessions.size + this.#starting >= SESSIONS_MAX) {
      throw new HttpError(409, `${SESSIONS_MAX} programs are observed already: close one`);
    }
    this.#starting++;
    try {
      const program = await this.#start(model);
      const session = this.#add(program, () => void this.close(session.id).catch(this.#onError));
      if (this.#isClosed) await this.close(session.id);
      return session;
    } finally {
      this.#starting--;
    }
  }

  /** @throws  HttpError 404 */
  async close(id: string): Promise<void> {
    const session = this.get(id);
    this.#sessions.delete(id);
    await session.close();
  }

  async closeAll(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.all.map(({ id }) => this.close(id)));
  }

  isMain(session: Session): boolean {
    return session === this.all[0];
  }

  #add(program: ObservedProgram, onLeftAlone: () => void): Session {
    this.#lastId++;
    const session = new Session(`${this.#lastId}`, program, onLeftAlone);
    this.#sessions.set(session.id, session);
    return session;
  }
}
