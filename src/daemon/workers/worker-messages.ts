/**
 * What a supervisor and its workers tell each other, over Node's IPC channel.
 *
 * A worker is what clients reach, and so the one that may be taken over: what it says is looked at before it is believed.
 */
import * as v from 'valibot';
import { WORKER_TEXT_CHARACTERS_MAX } from '../../limits.js';
import { type Config, type ListenConfig, LOG_LEVELS, type LogLevel } from '../config/config.js';
import type { MetricsSnapshot } from './metrics.js';

export type ToWorker =
  /** The first one. The sockets are those of LISTEN_FDS, in this order. */
  | {
      readonly type: 'configure';
      readonly config: Config;
      readonly listens: readonly ListenConfig[];
      readonly aliveEveryMs: number;
      /** It says what is wrong with the sites: once, and not each worker. */
      readonly isFirst: boolean;
    }
  | { readonly type: 'shut-down'; readonly graceMs: number }
  | { readonly type: 'metrics' };

export type FromWorker =
  /** It accepts connections; and what it is able to do, in a line. */
  | { readonly type: 'ready'; readonly sandbox: string }
  /** It cannot serve, and ends. */
  | { readonly type: 'failed'; readonly message: string; readonly hint?: string | undefined }
  /** Its loop turns. */
  | { readonly type: 'alive' }
  /** When it was asked, and last of all. */
  | { readonly type: 'metrics'; readonly metrics: MetricsSnapshot }
  /** For the error log. */
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string };

const text = v.pipe(
  v.string(),
  v.transform((all) => all.slice(0, WORKER_TEXT_CHARACTERS_MAX)),
);

/** As the library has them (metrics.ts): what else it says of a metric passes by. */
const metric = v.looseObject({
  name: text,
  help: text,
  type: v.picklist(['counter', 'gauge', 'histogram']),
  values: v.array(
    v.looseObject({
      value: v.number(),
      labels: v.record(v.string(), v.union([v.string(), v.number()])),
      metricName: v.optional(v.string()),
    }),
  ),
});

const fromWorker = v.variant('type', [
  v.object({ type: v.literal('ready'), sandbox: text }),
  v.object({ type: v.literal('failed'), message: text, hint: v.optional(text) }),
  v.object({ type: v.literal('alive') }),
  v.object({ type: v.literal('metrics'), metrics: v.array(metric) }),
  v.object({ type: v.literal('log'), level: v.picklist(LOG_LEVELS), message: text }),
]);

/** @returns  undefined for what no worker of ours says */
export function readFromWorker(message: unknown): FromWorker | undefined {
  const result = v.safeParse(fromWorker, message);
  return result.success ? (result.output as FromWorker) : undefined; // the library's types have no numbers as labels, its buckets do
}
