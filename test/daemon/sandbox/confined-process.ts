/** A server that has confined itself, and runs the code that a test gives it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SandboxMode } from '../../../src/daemon/config/value-shapes.js';
import { landlockAbi } from '../../../src/daemon/sandbox/landlock.js';
import type { SandboxReport } from '../../../src/daemon/sandbox/sandbox.js';
import { currentArchitecture } from '../../../src/daemon/sandbox/system-calls.js';
import type { InternetAddress } from '../../../src/linux/socket-address.js';

const FIXTURE = fileURLToPath(new URL('../../fixtures/confined-server.mjs', import.meta.url));

export interface ConfinedOptions {
  readonly root: string;
  readonly mode: SandboxMode;
  readonly user?: string;
  readonly group?: string;
  readonly writable?: readonly string[];
  /** Files that may be read beside the root. */
  readonly reads?: readonly string[];
  /** The root is given as a descriptor, and not as a path. */
  readonly byDescriptor?: boolean;
  /** Numbers of system calls that the kernel is to be without. */
  readonly lacking?: readonly number[];
}

/** Whether this kernel has all that a sandbox is built of. */
export const CAN_CONFINE = landlockAbi() > 0 && currentArchitecture() !== undefined;
export const WHY_NOT = 'this kernel has no Landlock, or the architecture is not known';

export class ConfinedProcess {
  readonly child: ChildProcess;
  readonly report: SandboxReport;
  readonly address: InternetAddress;

  private constructor(child: ChildProcess, { address, ...report }: SandboxReport & { address: InternetAddress }) {
    this.child = child;
    this.report = report;
    this.address = address;
  }

  /** @throws  the message of what went wrong, and its hint */
  static async start(options: ConfinedOptions): Promise<ConfinedProcess> {
    const child = fork(FIXTURE, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    if (typeof message !== 'object') throw new Error(`the server ended with ${message}`);
    if ('error' in message) {
      await once(child, 'exit');
      throw new Error(`${message.error}\n  ${message.hint}`);
    }
    return new ConfinedProcess(child, message);
  }

  /** The result of an async function's body in that process, or the code of its error. */
  async run(code: string): Promise<unknown> {
    this.child.send({ code });
    const [{ result }] = await once(this.child, 'message');
    return result;
  }

  /** A line of /proc/PID/task/TID/status, of each thread. */
  threadStatus(name: string): string[] {
    const folder = `/proc/${this.child.pid}/task`;
    return readdirSync(folder).map((thread) => {
      const status = readFileSync(`${folder}/${thread}/status`, 'utf8');
      return new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1] ?? '';
    });
  }

  /** Ends gracefully. */
  async stop(): Promise<number | null> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exit;
    return this.child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}
