/** What a supervisor and its workers tell each other, over Node's IPC channel. */
import type { Config, ListenConfig, LogLevel } from './config.js';
import type { MetricsSnapshot } from './metrics.js';

export type ToWorker =
  /** The first one. The sockets are those of LISTEN_FDS, in this order. */
  | {
      readonly type: 'configure';
      readonly config: Config;
      readonly listens: readonly ListenConfig[];
      readonly aliveEveryMs: number;
    }
  | { readonly type: 'shut-down'; readonly graceMs: number }
  | { readonly type: 'metrics' };

export type FromWorker =
  /** It accepts connections; and what it is able to do, in a line. */
  | { readonly type: 'ready'; readonly sandbox: string }
  /** It cannot serve, and ends. */
  | { readonly type: 'failed'; readonly message: string; readonly hint: string | undefined }
  /** Its loop turns. */
  | { readonly type: 'alive' }
  /** When it was asked, and last of all. */
  | { readonly type: 'metrics'; readonly metrics: MetricsSnapshot }
  /** For the error log. */
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string };
