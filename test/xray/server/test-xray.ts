/** The X-ray's server over programs without processes, and a page that reads its records. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { HttpError } from '../../../src/http/http-error.js';
import type { InternetAddress } from '../../../src/linux/socket-address.js';
import { XrayServer } from '../../../src/xray/serve-xray.js';
import { ask } from '../../client/raw-client.js';
import type { WireResponse } from '../../client/wire-response.js';
import { SiteFolder } from '../../files/site-folder.js';
import { FakeProgram } from './fake-program.js';

export class TestXray {
  readonly main: FakeProgram;
  /** Those that pages have started. */
  readonly started: FakeProgram[] = [];
  readonly errors: unknown[] = [];
  readonly #pages: EventPage[] = [];
  readonly #folder = new SiteFolder({ 'index.html': '<!doctype html>', 'page.js': 'export {};' });
  readonly server = new XrayServer({
    page: this.#folder.root,
    port: 0,
    models: [{ name: 'epoll', teaches: 'the interest set', teachesZh: '兴趣集合' }],
    startModel: async (name) => {
      if (name === 'no-model') throw new HttpError(404, 'there is no such model');
      const program = new FakeProgram(name);
      this.started.push(program);
      return program;
    },
    onError: (error) => this.errors.push(error),
  });
  readonly url = new URL(this.server.url);
  readonly host = this.url.host;
  readonly token = this.url.searchParams.get('token') as string;
  readonly address: InternetAddress = { address: '127.0.0.1', port: Number(this.url.port) };

  constructor(main = new FakeProgram()) {
    this.main = main;
    this.server.observe(main);
  }

  /** @param headers  lines with their ends, in place of the right ones */
  get(path: string, headers = `Host: ${this.host}\r\nX-Xray-Token: ${this.token}\r\n`): Promise<WireResponse> {
    return ask(this.address, `GET ${path} HTTP/1.1\r\n${headers}\r\n`);
  }

  post(path: string, body: unknown, headers = `X-Xray-Token: ${this.token}\r\n`): Promise<WireResponse> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const head = `POST ${path} HTTP/1.1\r\nHost: ${this.host}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`;
    return ask(this.address, `${head}${headers}\r\n${text}`);
  }

  /** A page that reads the records of a session. */
  async watch(session = '1'): Promise<EventPage> {
    const page = await EventPage.open(`${this.url.origin}/events?session=${session}&token=${this.token}`);
    this.#pages.push(page);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    for (const page of this.#pages) page.leave();
    this.#folder[Symbol.dispose]();
  }
}

/** Reads Server-Sent Events as EventSource does. */
export class EventPage {
  readonly response: IncomingMessage;
  /** Arrays of records. */
  readonly messages: (readonly unknown[])[] = [];
  /** What came beside messages. */
  readonly comments: string[] = [];
  isEnded = false;
  #text = '';
  #onChange: () => void = () => {};

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.#read(text));
    response.on('error', () => {}); // the server has cut the connection
    response.on('close', () => {
      this.isEnded = true;
      this.#onChange();
    });
  }

  static async open(url: string): Promise<EventPage> {
    const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
    return new EventPage(response);
  }

  get records(): readonly unknown[] {
    return this.messages.flat();
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.isEnded) throw new Error('the stream has ended');
      await this.#change();
    }
  }

  async ended(): Promise<void> {
    while (!this.isEnded) await this.#change();
  }

  leave(): void {
    this.response.destroy();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
    });
  }

  #read(text: string): void {
    const events = (this.#text + text).split('\n\n');
    this.#text = events.pop() as string;
    for (const event of events) {
      if (event.startsWith('data: ')) this.messages.push(JSON.parse(event.slice('data: '.length)));
      else this.comments.push(event);
    }
    this.#onChange();
  }
}
