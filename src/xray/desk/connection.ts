/** The X-ray's server, as the page uses it. */
import type { ExperimentName, Header } from '../records.js';

export interface ModelName {
  readonly name: string;
  readonly teaches: string;
  readonly teachesZh?: string;
}

export interface Session {
  readonly session: string;
  readonly port: number;
  /** Turns a second; null: as fast as it is. */
  readonly speed: number | null;
  readonly header: Header;
}

export type Control =
  | { readonly do: 'pause' | 'resume' | 'step' | 'close' }
  | { readonly do: 'speed'; readonly value: number | null }
  | { readonly do: 'experiment'; readonly value: ExperimentName };

/** What a stream of records reports. A stream that breaks off begins again with all records that are kept. */
interface StreamListener {
  onRecords(records: readonly unknown[]): void;
  /** Broken off for now; or refused, and for ever. */
  onBroken(isForEver: boolean): void;
}

export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const TOKEN_KEY = 'xray-token';

/** Takes the token out of the page's address, where it could be copied or seen. */
export function takeToken(): string {
  const url = new URL(location.href);
  const token = url.searchParams.get('token');
  if (token === null) return sessionStorage.getItem(TOKEN_KEY) ?? '';
  sessionStorage.setItem(TOKEN_KEY, token);
  url.searchParams.delete('token');
  history.replaceState(null, '', url);
  return token;
}

export class Connection {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  async models(): Promise<readonly ModelName[]> {
    return (await this.#ask('models')) as readonly ModelName[];
  }

  /** The file with which the command was started; undefined if it shows programs. */
  async recording(): Promise<{ readonly name: string; readonly text: string } | undefined> {
    return (await this.#ask('recording')) as { readonly name: string; readonly text: string } | undefined;
  }

  /** The command's own program first. */
  async sessions(): Promise<readonly Session[]> {
    return (await this.#ask('sessions')) as readonly Session[];
  }

  async open(model: string): Promise<Session> {
    return (await this.#ask('sessions', { model })) as Session;
  }

  async control(session: string, control: Control): Promise<void> {
    await this.#ask('control', { session, ...control });
  }

  /** @returns  ends it */
  stream(session: string, listener: StreamListener): () => void {
    const source = new EventSource(`events?${new URLSearchParams({ session, token: this.#token })}`);
    source.onmessage = ({ data }: MessageEvent<string>) => listener.onRecords(JSON.parse(data) as readonly unknown[]);
    source.onerror = () => listener.onBroken(source.readyState === EventSource.CLOSED);
    return () => source.close();
  }

  /** @throws  Refused, or TypeError if the server is gone */
  async #ask(path: string, body?: unknown): Promise<unknown> {
    const headers = {
      'X-Xray-Token': this.#token,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    };
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(path, init);
    const text = await response.text();
    if (!response.ok) throw new Refused(response.status, text);
    return text === '' ? undefined : JSON.parse(text);
  }
}
