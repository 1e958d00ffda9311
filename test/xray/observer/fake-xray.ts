/** The other end of the observer: a socket that keeps what threads say, and commands them. */
import { EventEmitter, once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Command,
  type Held,
  type Hello,
  type ObservedCall,
  type ObservedLine,
  type ObservedTurn,
  XRAY_SOCKET,
} from '../../../src/xray/protocol.js';
import { Folder } from '../../support/sockets.js';

export const OBSERVER = fileURLToPath(new URL('../../../dist/xray-observer.cjs', import.meta.url));

/** A turn, with its calls. */
export interface WholeTurn extends ObservedTurn {
  readonly calls: readonly ObservedCall[];
}

export class ObservedThread {
  readonly socket: Socket;
  readonly lines: ObservedLine[] = [];
  isGone = false;
  /** Commands that it has been given, `look` aside. */
  #commands = 0;
  readonly #changes = new EventEmitter();

  constructor(socket: Socket) {
    this.socket = socket;
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() as string;
      this.lines.push(...lines.map((line) => JSON.parse(line) as ObservedLine));
      this.#changes.emit('change');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isGone = true;
      this.#changes.emit('change');
    });
  }

  get hello(): Hello {
    return this.lines[0] as Hello;
  }

  get calls(): readonly ObservedCall[] {
    return this.lines.filter((line): line is ObservedCall => 'call' in line);
  }

  /** The turns so far, without the calls before the first. */
  get turns(): readonly WholeTurn[] {
    const turns: (ObservedTurn & { calls: ObservedCall[] })[] = [];
    for (const line of this.lines) {
      if ('events' in line) turns.push({ ...line, calls: [] });
      else if ('call' in line) turns.at(-1)?.calls.push(line);
    }
    return turns;
  }

  do(name: Command['do']): void {
    if (name !== 'look') this.#commands++;
    this.socket.write(`${JSON.stringify({ do: name })}\n`);
  }

  /** Resolves when a line, from now on or from `since` on, is as wanted. */
  async until(isWanted: (line: ObservedLine) => boolean, since = this.lines.length): Promise<ObservedLine> {
    for (let i = since; ; i++) {
      while (i >= this.lines.length) {
        if (this.isGone) throw new Error('the thread has gone');
        await once(this.#changes, 'change');
      }
      const line = this.lines[i] as ObservedLine;
      if (isWanted(line)) return line;
    }
  }

  /** Resolves when a held thread reports. */
  async untilHeld(isReady: boolean, since = 0): Promise<Held> {
    return (await this.until((line) => 'held' in line && line.isReady === isReady, since)) as Held;
  }

  /** Commands, and resolves with the answer, or with a later report that is as wanted. */
  async held(name: Command['do'], isReady?: boolean): Promise<Held> {
    const since = this.lines.length;
    this.do(name);
    const line = await this.until(
      (each) => 'held' in each && each.obeyed === this.#commands && each.isReady === (isReady ?? each.isReady),
      since,
    );
    return line as Held;
  }

  async untilCall(name: string, since = 0): Promise<ObservedCall> {
    return (await this.until((line) => 'call' in line && line.call === name, since)) as ObservedCall;
  }

  async untilGone(): Promise<void> {
    while (!this.isGone) {
      await once(this.#changes, 'change');
    }
  }
}

export class FakeXray {
  /** Said to each new thread. */
  answer: 'free' | 'hold' | undefined = 'free';
  readonly threads: ObservedThread[] = [];
  readonly #folder = new Folder();
  readonly #server: Server;
  readonly #path = join(this.#folder.path, 'xray.sock');

  private constructor() {
    this.#server = createServer((socket) => {
      const thread = new ObservedThread(socket);
      this.threads.push(thread);
      if (this.answer !== undefined) thread.do(this.answer);
      this.#server.emit('observed');
    });
  }

  static async listen(): Promise<FakeXray> {
    const xray = new FakeXray();
    xray.#server.listen(xray.#path);
    await once(xray.#server, 'listening');
    return xray;
  }

  get path(): string {
    return this.#path;
  }

  /** The environment of a program that is observed. */
  get env(): NodeJS.ProcessEnv {
    return { NODE_OPTIONS: `--require ${OBSERVER}`, [XRAY_SOCKET]: this.#path };
  }

  /** The thread that connected as the `n`-th, from 1, and has said hello. */
  async thread(n: number): Promise<ObservedThread> {
    while (this.threads.length < n) await once(this.#server, 'observed');
    const thread = this.threads[n - 1] as ObservedThread;
    await thread.until((line) => 'hello' in line, 0);
    return thread;
  }

  sayToAll(name: Command['do']): void {
    for (const thread of this.threads) thread.do(name);
  }

  /** Goes away, as a process that is killed. */
  close(): void {
    for (const { socket } of this.threads) socket.destroy();
    this.#server.close();
  }

  [Symbol.dispose](): void {
    this.close();
    this.#folder[Symbol.dispose]();
  }
}
