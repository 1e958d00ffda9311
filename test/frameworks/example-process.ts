/** An example of examples/, as a process on a port that the kernel chose. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = new URL('../..', import.meta.url).pathname;

export class ExampleProcess {
  readonly #child: ChildProcess;
  /** What it has printed, by lines. */
  readonly lines: string[] = [];
  #onLine: () => void = () => {};

  constructor(name: string) {
    this.#child = spawn(process.execPath, [join(ROOT, 'examples', name)], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'ignore'], // frameworks print the errors that they answer
    });
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.lines.push(line);
      this.#onLine();
    });
  }

  /** Its URL, once it listens. */
  async url(): Promise<string> {
    return this.line(/^http:/);
  }

  /** The first line that matches, of those behind the first `from`. */
  async line(pattern: RegExp, from = 0): Promise<string> {
    for (;;) {
      const line = this.lines.slice(from).find((line) => pattern.test(line));
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => {
        this.#onLine = resolve;
      });
    }
  }

  /** Ctrl-C. @returns its exit status */
  async interrupt(): Promise<number | null> {
    this.#child.kill('SIGINT');
    const [status] = await once(this.#child, 'exit');
    return status as number | null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
