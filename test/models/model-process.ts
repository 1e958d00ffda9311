/** A model as a user runs it: a process of the built command, which is ended with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RawClient } from '../client/raw-client.js';
import { descendantsOf, isRunning, stateOf, until } from './proc.js';

export const COMMAND = fileURLToPath(new URL('../../dist/daemon/cli.js', import.meta.url));

const WAITING = /^waiting for connections at \{ address: '127\.0\.0\.1', port: (\d+) \}$/m;

/** Those that were started, and have not ended. */
const running = new Set<ModelProcess>();

/** For afterEach() where each test starts its own: one that fails, or takes too long, leaves none behind. */
export async function endModels(): Promise<void> {
  await Promise.all([...running].map((model) => model[Symbol.asyncDispose]()));
}

export class ModelProcess {
  readonly name: string;
  readonly address = '127.0.0.1';
  #port = 0;
  readonly #child: ChildProcess;
  readonly #output: Output;
  readonly #clients = new Set<RawClient>();
  /** As they were at the start: whoever loses its parent is nobody's descendant. */
  #workers: readonly number[] = [];

  private constructor(name: string, folder: string, flags: readonly string[]) {
    this.name = name;
    this.#child = spawn(process.execPath, [COMMAND, 'model', name, folder, '--port', '0', ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#output = new Output(this.#child);
    endWithThisProcess(this.#child);
    running.add(this);
  }

  /** Resolves when it says that it waits for connections. */
  static async start(name: string, folder: string, ...flags: string[]): Promise<ModelProcess> {
    const model = new ModelProcess(name, folder, flags);
    await model.#untilWaiting();
    return model;
  }

  async #untilWaiting(): Promise<void> {
    const [, port] = await this.#output.until('stdout', WAITING);
    this.#port = Number(port);
    this.#workers = descendantsOf(this.pid);
  }

  get port(): number {
    return this.#port;
  }

  /** A client, which ends with the model if not before. */
  async connect(): Promise<RawClient> {
    const client = await RawClient.connect(this);
    this.#clients.add(client);
    return client;
  }

  async closeClients(): Promise<void> {
    await Promise.all([...this.#clients].map((client) => client.close()));
    this.#clients.clear();
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** The process and the processes that it started. */
  get pids(): number[] {
    return [this.pid, ...descendantsOf(this.pid)];
  }

  /** What it printed on stderr so far, whole lines. */
  get trace(): readonly string[] {
    return this.#output.lines('stderr');
  }

  /** Resolves when a line of stderr matches. */
  async untilTraced(line: RegExp): Promise<void> {
    await this.#output.until('stderr', line);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Stops it while `act` is going on, which the kernel answers alone; what came meanwhile it finds all at once. */
  async whileStopped<T>(act: () => Promise<T>): Promise<T> {
    const pids = this.pids;
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      await until(() => pids.every((pid) => stateOf(pid) === 'T'), `${this.name} to stop`);
      return await act();
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    running.delete(this);
    await this.closeClients();
    this.kill();
    for (const worker of this.#workers.filter(isRunning)) endProcess(worker);
    await until(() => ![this.pid, ...this.#workers].some(isRunning), `the end of ${this.name}`);
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile, as it should.
  }
}

/** A model serves until it is ended. So a shell waits at a pipe from here, which also closes when Jest is killed. */
function endWithThisProcess(child: ChildProcess): void {
  const guard = spawn('sh', ['-c', 'read -r _; kill -KILL "$0"', `${child.pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.once('exit', () => guard.kill('SIGKILL'));
}

/** What a process prints, line by line. */
class Output {
  readonly #child: ChildProcess;
  readonly #lines = { stdout: [] as string[], stderr: [] as string[] };
  #onLine: () => void = () => {};
  #hasEnded = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const name of ['stdout', 'stderr'] as const) {
      let rest = '';
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() as string;
        // busy-polling is told "nothing yet" some 100,000 times a second.
        this.#lines[name].push(...lines.filter((line) => !line.endsWith(' = -1 EAGAIN')));
        this.#onLine();
      });
    }
    child.on('close', () => {
      this.#hasEnded = true;
      this.#onLine();
    });
  }

  lines(name: 'stdout' | 'stderr'): readonly string[] {
    return this.#lines[name];
  }

  async until(name: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    for (let read = 0; ; ) {
      for (const lines = this.#lines[name]; read < lines.length; read++) {
        const match = pattern.exec(lines[read] as string);
        if (match !== null) return match;
      }
      if (this.#hasEnded) {
        const said = this.#lines.stderr.join('\n');
        throw new Error(`${this.#child.spawnargs.slice(2).join(' ')} ended (${this.#child.exitCode}): ${said}`);
      }
      await new Promise<void>((resolve) => {
        this.#onLine = resolve;
      });
    }
  }
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command until it ends by itself. */
export async function runCommand(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  // A promise that is broken would leave a server running, and the test waiting for its end.
  const deadline = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await once(child, 'close');
  clearTimeout(deadline);
  return { code: child.exitCode, ...said };
}
