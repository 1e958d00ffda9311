/** The messages between a supervisor and its workers. */
import * as v from 'valibot';
import type { TlsOptions } from '../../tls/tls-options.js';
import type { Config, ListenConfig } from '../config/config.js';
import { LOG_LEVELS } from '../config/value-shapes.js';
import { METRICS_SNAPSHOT } from './metrics.js';

/** Characters of a text that a worker tells: the stack of an error, at most. */
const TEXT_CHARACTERS_MAX = 16 * 1024;

/** A line of a worker: the longest text, each character of it escaped as JSON does it. */
export const FROM_WORKER_BYTES_MAX = 128 * 1024;

/** A line of a supervisor: the largest configuration file there can be, with its sites and rules written out. */
export const TO_WORKER_BYTES_MAX = 64 * 1024 * 1024;

/** Parts of a sandbox that a system can lack. */
const MISSING_MAX = 10;

const text = v.pipe(v.string(), v.maxLength(TEXT_CHARACTERS_MAX));

/** A text that is printed as a line: without characters that would end it, or reach a terminal. */
const line = v.pipe(text, v.regex(/^\P{Cc}*$/u));

const fromWorker = v.variant('type', [
  /** It accepts connections. `sandbox` is its SandboxReport. */
  v.object({
    type: v.literal('ready'),
    sandbox: v.object({ line, missing: v.pipe(v.array(line), v.maxLength(MISSING_MAX)) }),
  }),
  /** It cannot serve, and ends. */
  v.object({ type: v.literal('failed'), message: line, hint: v.optional(line) }),
  /** Its loop turns. */
  v.object({ type: v.literal('alive') }),
  /** When it was asked, and last of all. */
  v.object({
    type: v.literal('report'),
    metrics: METRICS_SNAPSHOT,
    connectionCount: v.pipe(v.number(), v.integer(), v.minValue(0)),
  }),
  /** For the error log. */
  v.object({ type: v.literal('log'), level: v.picklist(LOG_LEVELS), message: text }),
]);

export type FromWorker = v.InferOutput<typeof fromWorker>;

/** A supervisor is believed: it has more rights than its workers, and has started them. */
const toWorker = v.variant('type', [
  /** The first one. The sockets are those of LISTEN_FDS, in this order. */
  v.object({
    type: v.literal('configure'),
    config: v.custom<Config>(isObject),
    tls: v.optional(v.custom<TlsOptions>(isObject)),
    listens: v.array(v.custom<ListenConfig>(isObject)),
    aliveEveryMs: v.number(),
    /** It says what is wrong with the sites: once, and not each worker. */
    isFirst: v.boolean(),
  }),
  v.object({ type: v.literal('shut-down'), graceMs: v.number() }),
  v.object({ type: v.literal('report') }),
]);

export type ToWorker = v.InferOutput<typeof toWorker>;

/** The settings that a supervisor gives a worker, beside its sockets. */
export type WorkerConfiguration = Omit<Extract<ToWorker, { type: 'configure' }>, 'type' | 'listens'>;

/** @throws  Error for what no worker of ours says */
export function readFromWorker(json: string): FromWorker {
  return v.parse(fromWorker, JSON.parse(json));
}

/** @throws  Error likewise */
export function readToWorker(json: string): ToWorker {
  // JSON writes Infinity (no limit) as null; a configuration has no other null.
  return v.parse(
    toWorker,
    JSON.parse(json, (_key, value: unknown) => (value === null ? Number.POSITIVE_INFINITY : value)),
  );
}

/** A text as `log` takes it. */
export function cutText(message: string): string {
  return message.slice(0, TEXT_CHARACTERS_MAX);
}

/** A text as `ready` and `failed` take it. */
export function toLine(message: string): string {
  return cutText(message.replace(/\p{Cc}+/gu, ' '));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
