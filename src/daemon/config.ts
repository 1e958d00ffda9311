/** What the command is to do, wherever it was said: defaults, file, environment, flags. Checked and complete. */
import type { FileHandlerOptions } from '../files/file-handler.js';
import type { Limits } from '../limits.js';
import type { ListenOptions } from '../net/listening-socket.js';
import type { SocketAddress } from '../socket-address.js';

export interface Config {
  /** Where to listen. Empty: on what was handed over, and nowhere else. */
  readonly listen: readonly ListenConfig[];
  readonly sites: readonly SiteConfig[];
  /** Processes that serve, each with a loop of its own. 0: this one, without a supervisor. */
  readonly workers: number;
  readonly limits: Partial<Limits>;
  /** For responses under way, after SIGTERM and when a worker is replaced. */
  readonly shutdownGraceMs: number;
}

export interface ListenConfig extends Omit<ListenOptions, 'reusePort'> {
  readonly address: SocketAddress;
}

export interface SiteConfig extends FileHandlerOptions {
  readonly root: string;
}
