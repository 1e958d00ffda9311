/** A command whose configuration is rewritten, and read again. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SocketAddress } from '../../src/linux/socket-address.js';
import { Folder } from '../support/sockets.js';
import { CommandProcess } from './command.js';
import { isThere, until, workersOf } from './supervised.js';

const RELOADED = /serves with the configuration as it is now/g;

export class ReloadedCommand {
  readonly folder: Folder;
  readonly command: CommandProcess;
  readonly #path: string;

  private constructor(folder: Folder, path: string, command: CommandProcess) {
    this.folder = folder;
    this.command = command;
    this.#path = path;
  }

  static async serve(text: (folder: string) => string): Promise<ReloadedCommand> {
    const folder = new Folder();
    const path = join(folder.path, 'er.toml');
    writeFileSync(path, text(folder.path));
    const command = new CommandProcess(['--config', path]);
    await until('it serves', () => command.stdout.includes('Ctrl-C') || !command.isRunning);
    if (!command.isRunning) throw new Error(command.stderr);
    return new ReloadedCommand(folder, path, command);
  }

  get address(): SocketAddress {
    return this.command.address;
  }

  /** Resolves when the command has logged that it serves with the new text, and the old workers have ended. */
  async reload(text: string): Promise<void> {
    const workers = workersOf(this.command);
    const times = this.#timesReloaded;
    writeFileSync(this.#path, text);
    this.command.child.kill('SIGHUP');
    await until(`it is reloaded: ${this.command.stderr}`, () => this.#timesReloaded > times);
    await until('the workers before have ended', () => !workers.some(isThere));
  }

  /** @returns  the line that it logs about an invalid file */
  async fail(change: (path: string) => void): Promise<string> {
    const before = this.command.stderr;
    change(this.#path);
    this.command.child.kill('SIGHUP');
    await until('it says so', () => this.command.stderr.length > before.length && this.command.stderr.endsWith('\n'));
    return this.command.stderr.slice(before.length);
  }

  get #timesReloaded(): number {
    return [...this.command.stderr.matchAll(RELOADED)].length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.command.child.kill('SIGTERM');
    await this.command.ended();
    this.folder[Symbol.dispose]();
  }
}
