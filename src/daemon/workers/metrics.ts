/**
 * The metrics of a process that serves, and their text for Prometheus. A process tells numbers by the names of samples; names,
 * types and texts are in a table here, so that a worker that has been taken over can tell wrong numbers, but nothing else.
 *
 * The server counts all of it anyway, except for durations: metrics that are not asked for cost next to nothing.
 */
import type { Reactor } from '../../reactor/reactor.js';
import type { HttpServer } from '../../server/http-server.js';

/** What process.memoryUsage.rss() reads, and nothing that is a secret. A bare container does not have it. */
export const MEMORY_IN_USE = '/proc/self/stat';

/** Values by the names of their samples: `epoll_reactor_responses_total{class="2xx"}`. */
export type MetricsSnapshot = Readonly<Record<string, number>>;

/** What a process that serves is asked. */
export interface Measured {
  readonly server: HttpServer;
  readonly reactor: Reactor;
  readonly cache: () => { readonly hits: number; readonly misses: number };
}

/** What is known of the whole, whoever serves. */
export interface CommandCounts {
  /** Processes that serve. */
  readonly workers: number;
  readonly crashes: number;
  /** Lines of the access log that were lost, since the start. */
  readonly lostLines: number;
}

interface Metric<Source> {
  /** Without the prefix that all have. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Of several processes, the largest value counts and not the sum. */
  readonly isLargest?: true;
  /** Values by what follows the name in the names of samples: '' or labels. */
  readonly samples: (source: Source) => Iterable<readonly [suffix: string, value: number]>;
}

/** What a process measures by itself. */
interface Own extends Measured {
  readonly durations: Durations;
  readonly loopLagSeconds: number;
}

const PREFIX = 'epoll_reactor_';

const OF_PROCESSES: readonly Metric<Own>[] = [
  {
    name: 'responses_total',
    type: 'counter',
    help: 'Responses, by the class of their status.',
    samples: ({ server }) =>
      [2, 3, 4, 5].map((kind) => [labels({ class: `${kind}xx` }), server.counters.responses[kind] as number]),
  },
  {
    name: 'rejections_total',
    type: 'counter',
    help: 'Requests that were rejected before a handler saw them, by status and reason.',
    samples: ({ server }) =>
      [...server.counters.rejections].map(([key, count]) => {
        return [labels({ status: key.slice(0, 3), reason: key.slice(4) }), count];
      }),
  },
  one('response_body_bytes_total', 'counter', 'Bytes of the bodies of responses.', ({ server }) => {
    return server.counters.bodyBytes;
  }),
  one('requests_aborted_total', 'counter', 'Requests whose connections ended before the response.', ({ server }) => {
    return server.counters.aborted;
  }),
  one('connections_total', 'counter', 'Connections that were accepted.', ({ server }) => server.counters.connections),
  one('connections_refused_total', 'counter', 'Connections of addresses that had too many.', ({ server }) => {
    return server.counters.connectionsRefused;
  }),
  one('connections', 'gauge', 'Open connections.', ({ server }) => server.connectionCount),
  one('turns_total', 'counter', 'Turns of the reactor.', ({ reactor }) => reactor.turnCount),
  one('events_total', 'counter', 'Events that the reactor dispatched.', ({ reactor }) => reactor.eventCount),
  one('cache_hits_total', 'counter', 'Requests for files that were in the cache.', ({ cache }) => cache().hits),
  one('cache_misses_total', 'counter', 'Requests for files that were not in the cache.', ({ cache }) => cache().misses),
  one('cpu_seconds_total', 'counter', 'CPU time.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }),
  {
    name: 'resident_memory_bytes',
    type: 'gauge',
    help: 'Memory in use.',
    samples: () => {
      try {
        return [['', process.memoryUsage.rss()]];
      } catch {
        return []; // there is no /proc
      }
    },
  },
  {
    ...one('loop_lag_seconds', 'gauge', 'How long something that was due waited for its turn, just now.', (own) => {
      return own.loopLagSeconds;
    }),
    isLargest: true,
  },
  one('loop_busy_seconds_total', 'counter', 'Time in which the event loop did not wait.', () => {
    return performance.eventLoopUtilization().active / 1000;
  }),
  {
    name: 'response_duration_seconds',
    type: 'histogram',
    help: 'From the end of a request head until the response was given.',
    samples: ({ durations }) => durations.samples(),
  },
];

const OF_COMMAND: readonly Metric<CommandCounts>[] = [
  one('workers', 'gauge', 'Processes that serve.', ({ workers }) => workers),
  one('worker_crashes_total', 'counter', 'Workers that ended unasked, and were replaced.', ({ crashes }) => crashes),
  one(
    'access_log_lost_lines_total',
    'counter',
    'Lines of the access log that were lost.',
    ({ lostLines }) => lostLines,
  ),
];

function one<Source>(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: (source: Source) => number,
): Metric<Source> {
  return { name, type, help, samples: (source) => [['', value(source)]] };
}

/** The longest reason of a rejection has 60. */
const LABEL_CHARACTERS_MAX = 100;

/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
function labels(values: Readonly<Record<string, string>>): string {
  const escaped = (value: string): string => value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n');
  const cut = (value: string): string => escaped(value.slice(0, LABEL_CHARACTERS_MAX));
  return `{${Object.entries(values).map(([name, value]) => `${name}="${cut(value)}"`)}}`;
}

/** From a hot file to a slow handler. */
const BUCKETS_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

class Durations {
  /** One more than there are bounds. */
  readonly #counts = new Float64Array(BUCKETS_SECONDS.length + 1);
  #sumSeconds = 0;

  add(seconds: number): void {
    const bucket = BUCKETS_SECONDS.findIndex((bound) => seconds <= bound);
    const i = bucket < 0 ? BUCKETS_SECONDS.length : bucket;
    this.#counts[i] = (this.#counts[i] as number) + 1;
    this.#sumSeconds += seconds;
  }

  *samples(): Iterable<readonly [string, number]> {
    let count = 0;
    for (const [i, bound] of [...BUCKETS_SECONDS, '+Inf'].entries()) {
      count += this.#counts[i] as number;
      yield [`_bucket${labels({ le: `${bound}` })}`, count];
    }
    yield ['_sum', this.#sumSeconds];
    yield ['_count', count];
  }
}

export class ProcessMetrics {
  readonly #measured: Measured;
  readonly #durations = new Durations();

  constructor(measured: Measured) {
    this.#measured = measured;
  }

  observe(durationMs: number): void {
    this.#durations.add(durationMs / 1000);
  }

  async snapshot(): Promise<MetricsSnapshot> {
    const sinceMs = performance.now();
    await new Promise(setImmediate);
    const loopLagSeconds = (performance.now() - sinceMs) / 1000;
    return snapshotOf(OF_PROCESSES, { ...this.#measured, durations: this.#durations, loopLagSeconds });
  }
}

function snapshotOf<Source>(metrics: readonly Metric<Source>[], source: Source): MetricsSnapshot {
  const samples = metrics.flatMap(({ name, samples }) =>
    Array.from(samples(source), ([suffix, value]) => [PREFIX + name + suffix, value] as const),
  );
  return Object.fromEntries(samples);
}

/** Samples of one process: there are about 60. */
const SAMPLES_MAX = 500;

/** A name, and labels as labels() writes them. */
const SAMPLE = /^epoll_reactor_([a-z_]+)(?:\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\})?$/;
const SAMPLE_CHARACTERS_MAX = 300;

/** Whether it is what a process of ours could tell: samples of its metrics, with values that these can have. */
export function isMetricsSnapshot(value: unknown): value is MetricsSnapshot {
  if (typeof value !== 'object' || value === null) return false;
  const samples = Object.entries(value);
  return samples.length <= SAMPLES_MAX && samples.every(([key, each]) => isSample(key, each));
}

function isSample(key: string, value: unknown): boolean {
  if (key.length > SAMPLE_CHARACTERS_MAX || metricOf(key) === undefined) return false;
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function metricOf(key: string): Metric<Own> | undefined {
  const name = nameOf(key);
  return OF_PROCESSES.find((metric) => isOf(metric, name));
}

/** Of a sample, without the prefix. */
function nameOf(key: string): string | undefined {
  return SAMPLE.exec(key)?.[1];
}

function isOf({ name, type }: Pick<Metric<Own>, 'name' | 'type'>, sampleName: string | undefined): boolean {
  return (type === 'histogram' ? sampleName?.replace(/_(?:bucket|sum|count)$/, '') : sampleName) === name;
}

/** Of several processes. Of those that have ended, only what counts up is left: their memory, for one, is gone. */
export function addUp(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const sums: Record<string, number> = {};
  for (const [key, value] of snapshots.flatMap((snapshot) => Object.entries(snapshot))) {
    const before = sums[key];
    if (before === undefined) sums[key] = value;
    else sums[key] = metricOf(key)?.isLargest === true ? Math.max(before, value) : before + value;
  }
  return sums;
}

export function onlyCounts(snapshot: MetricsSnapshot): MetricsSnapshot {
  return Object.fromEntries(Object.entries(snapshot).filter(([key]) => metricOf(key)?.type !== 'gauge'));
}

/** Of several processes, as text. */
export function metricsText(snapshots: readonly MetricsSnapshot[], counts: CommandCounts): string {
  return textOf(OF_PROCESSES, addUp(snapshots)) + textOf(OF_COMMAND, snapshotOf(OF_COMMAND, counts));
}

function textOf<Source>(metrics: readonly Metric<Source>[], snapshot: MetricsSnapshot): string {
  const samples = Object.entries(snapshot).map(([key, value]) => ({ name: nameOf(key), line: `${key} ${value}` }));
  const lines = metrics.flatMap((metric) => {
    const { name, type, help } = metric;
    const own = samples.filter((sample) => isOf(metric, sample.name)).map(({ line }) => line);
    return [`# HELP ${PREFIX}${name} ${help}`, `# TYPE ${PREFIX}${name} ${type}`, ...own];
  });
  return `${lines.join('\n')}\n`;
}
