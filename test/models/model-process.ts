/** A model as a user runs it: a process of the built command, which ends with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { RawClient } from '../client/raw-client.js';
import { CLI } from '../daemon/command.js';
import { descendantsOf, isRunning, isStopped, until } from '../support/process-info.js';

const WAITING = /^waiting for connections at \{ address: '127\.0\.0\.1', port: (\d+) \}$/m;

/** Models that have not ended. */
const running = new Set<ModelProcess>();

/** For afterEach(), if each test starts its own process: a test that fails or times out leaves no process. */
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
  /** As at the start: a process that loses its parent is no longer a descendant. */
  #workers: readonly number[] = [];

  private constructor(name: string, folder: string, flags: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.name = name;
    this.#child = spawn(process.execPath, [CLI, 'model', name, folder, '--port', '0', ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#output = new Output(this.#child);
    endWithThisProcess(this.#child);
    running.add(this);
  }

  /** Resolves when the model prints that it waits for connections. */
  static async start(name: string, folder: string, ...flags: string[]): Promise<ModelProcess> {
    return ModelProcess.startWith({}, name, folder, ...flags);
  }

  /** @param env  beside the environment of the tests */
  static async startWith(
    env: NodeJS.ProcessEnv,
    name: string,
    folder: string,
    ...flags: string[]
  ): Promise<ModelProcess> {
    const model = new ModelProcess(name, folder, flags, env);
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

  /** The lines on stdout so far. */
  get printed(): readonly string[] {
    return this.#output.lines('stdout');
  }

  /** The lines on stderr so far. */
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

  /** Stops the model during `act`, so that only the kernel answers; afterwards it finds all that came at once. */
  async whileStopped<T>(act: () => Promise<T>): Promise<T> {
    const pids = this.pids;
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      await until(`${this.name} has stopped`, () => pids.every(isStopped));
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
    await until(`${this.name} has ended`, () => ![this.pid, ...this.#workers].some(isRunning));
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** A shell reads from a pipe of this process, which also closes when Jest is killed, and then ends the model. */
function endWithThisProcess(child: ChildProcess): void {
  const guard = spawn('sh', ['-c', 'read -r _; kill -KILL "$0"', `${child.pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.once('exit', () => guard.kill('SIGKILL'));
}

/** The output of a process, line by line. */
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
        // busy-polling prints some 100,000 of these a second.
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
