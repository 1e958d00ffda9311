/** The command as people start it: a process of its own, of the built package. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { InternetAddress } from '../../src/linux/socket-address.js';
import type { Ended } from '../support/processes.js';

export const CLI = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));

export interface StartOptions {
  /** A program, and its arguments, that starts the command: `prlimit`, `strace`. */
  readonly under?: readonly string[];
  /** Run as this user, which only root can ask for. */
  readonly uid?: number;
  /** Something is typed: its stdin can be written. */
  readonly isTyped?: true;
  /** Beside the environment of the tests. */
  readonly env?: NodeJS.ProcessEnv;
}

export class CommandProcess {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #ended: Promise<unknown>;

  constructor(args: readonly string[], { under = [], uid, env, isTyped }: StartOptions = {}) {
    if (!existsSync(CLI)) throw new Error('there is no dist/: npm run build');
    const [program, ...rest] = [...under, process.execPath, CLI, ...args] as [string, ...string[]];
    this.child = spawn(program, rest, {
      stdio: [isTyped ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      cwd: '/',
      env: { ...process.env, ...env },
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#ended = once(this.child, 'close');
  }

  /** Serves on a port that the kernel chooses, and resolves when it has said where. */
  static async serve(args: readonly string[] = [], options?: StartOptions): Promise<CommandProcess> {
    const command = new CommandProcess([...args, '--port', '0'], options);
    let hasEnded = false;
    void command.ended().then(() => {
      hasEnded = true;
    });
    while (!command.stdout.includes('Ctrl-C\n')) {
      if (hasEnded) throw new Error(`the command ended: ${command.stderr}`);
      await Promise.race([once(command.child.stdout as NodeJS.EventEmitter, 'data'), command.ended()]);
    }
    return command;
  }

  /** The pid of the command itself, also if it was started under another program. */
  get pid(): number {
    let pid = this.child.pid as number;
    while (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(process.execPath)) {
      pid = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
    }
    return pid;
  }

  get url(): string {
    return /https?:\/\/\S+\//.exec(this.stdout)?.[0] ?? '';
  }

  get address(): InternetAddress {
    const { hostname, port } = new URL(this.url);
    return { address: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async ended(): Promise<Ended> {
    await this.#ended;
    return { code: this.child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) process.kill(this.pid, 'SIGKILL');
    await this.ended();
  }
}

/** Runs the command to its end. */
export async function run(args: readonly string[], options?: StartOptions): Promise<Ended> {
  const command = new CommandProcess(args, options);
  // A command that should fail but serves would never end.
  const timer = setTimeout(() => command.child.kill('SIGKILL'), 10_000);
  const ended = await command.ended();
  clearTimeout(timer);
  return ended;
}
