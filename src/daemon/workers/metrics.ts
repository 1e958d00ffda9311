/**
 * The metrics of a process that serves. The table here has their names, types and help texts; a process reports samples, which a
 * schema checks: a worker that was taken over can report wrong numbers, but no other text.
 *
 * The server counts all of this anyway, except durations: metrics that no client requests cost next to nothing.
 */
import * as v from 'valibot';
import type { Reactor } from '../../reactor/reactor.js';
import type { HttpServer } from '../../server/http-server.js';

/** process.memoryUsage.rss() reads this file. It contains no secret, and is missing in a bare container. */
export const MEMORY_IN_USE = '/proc/self/stat';

/** A value of a metric, as the library takes it. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** By the names of metrics. */
export type MetricsSnapshot = Readonly<Record<string, readonly Sample[] | undefined>>;

/** The request to a process that serves. */
export interface Measured {
  readonly server: HttpServer;
  readonly reactor: Reactor;
  readonly cache: () => { readonly hits: number; readonly misses: number };
}

interface Metric {
  /** Without the prefix that all have. */
  readonly name: string;
  /** A histogram is three metrics of one family. */
  readonly family?: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** How several processes are taken together, if not as their sum. */
  readonly aggregator?: 'max' | 'min';
  /** The possible values of its labels. */
  readonly labels: Readonly<Record<string, v.GenericSchema<string>>>;
  readonly samples: (own: Own) => readonly Sample[];
}

/** The measurements of a process. */
interface Own extends Measured {
  readonly durations: Durations;
  readonly loopLagSeconds: number;
}

/** The longest reason of a rejection has 60. */
const LABEL_CHARACTERS_MAX = 100;
const TEXT_LABEL = v.pipe(v.string(), v.maxLength(LABEL_CHARACTERS_MAX));

/** The prefix of a failed handshake, before its reason (ServerCounters.handshakes). */
const FAILED = 'failed ';

/** From a hot file to a slow handler. */
const BUCKETS_SECONDS = [
  0.0001,
  0.00025,
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.05,
  0.1,
  0.5,
  1,
  5,
  Number.POSITIVE_INFINITY,
];
const BUCKETS = BUCKETS_SECONDS.map((bound) => (Number.isFinite(bound) ? `${bound}` : '+Inf'));

const DURATION = {
  family: 'response_duration_seconds',
  type: 'histogram',
  help: 'From the end of a request head until the response was given.',
} as const;

export const METRICS: readonly Metric[] = [
  {
    name: 'responses_total',
    type: 'counter',
    help: 'Responses, by the class of their status.',
    labels: { class: v.picklist(['2xx', '3xx', '4xx', '5xx']) },
    samples: ({ server }) =>
      [2, 3, 4, 5].map((kind) => {
        return { labels: { class: `${kind}xx` }, value: server.counters.responses[kind] as number };
      }),
  },
  {
    name: 'rejections_total',
    type: 'counter',
    help: 'Requests that were rejected before a handler saw them, by status and reason.',
    labels: {
      status: v.pipe(v.string(), v.regex(/^\d{3}$/)),
      reason: TEXT_LABEL,
    },
    samples: ({ server }) =>
      Array.from(server.counters.rejections, ([key, value]) => {
        return { labels: { status: key.slice(0, 3), reason: cut(key.slice(4)) }, value };
      }),
  },
  counter('response_body_bytes_total', 'Bytes of the bodies of responses.', ({ server }) => server.counters.bodyBytes),
  counter('requests_aborted_total', 'Requests whose connections ended before the response.', ({ server }) => {
    return server.counters.aborted;
  }),
  counter('connections_total', 'Connections that were accepted.', ({ server }) => server.counters.connections),
  counter('connections_refused_total', 'Connections of addresses that had too many.', ({ server }) => {
    return server.counters.connectionsRefused;
  }),
  {
    name: 'tls_handshakes_total',
    type: 'counter',
    help: 'Completed TLS handshakes, by version, and whether a session was resumed.',
    labels: { version: v.picklist(['TLSv1.2', 'TLSv1.3']), result: v.picklist(['full', 'resumed']) },
    samples: ({ server }) =>
      Array.from(server.counters.handshakes).flatMap(([key, value]) => {
        if (key.startsWith(FAILED)) return [];
        const [version = '', result = ''] = key.split(' ');
        return { labels: { version, result }, value };
      }),
  },
  {
    name: 'tls_handshake_failures_total',
    type: 'counter',
    help: "Failed TLS handshakes, by reason in OpenSSL's words.",
    labels: { reason: TEXT_LABEL },
    samples: ({ server }) =>
      Array.from(server.counters.handshakes).flatMap(([key, value]) =>
        key.startsWith(FAILED) ? { labels: { reason: cut(key.slice(FAILED.length)) }, value } : [],
      ),
  },
  {
    name: 'tls_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When a certificate expires, by its first host name.',
    aggregator: 'min', // two certificates may have the same name, and processes may have different ones during a reload
    labels: { name: TEXT_LABEL },
    samples: ({ server }) =>
      server.certificates.map(({ names: [name = ''], expiresMs }) => {
        return { labels: { name: cut(name) }, value: expiresMs / 1000 };
      }),
  },
  gauge('connections', 'Open connections.', ({ server }) => server.connectionCount),
  counter('turns_total', 'Turns of the reactor.', ({ reactor }) => reactor.turnCount),
  counter('events_total', 'Events that the reactor dispatched.', ({ reactor }) => reactor.eventCount),
  counter('cache_hits_total', 'Requests for files that were in the cache.', ({ cache }) => cache().hits),
  counter('cache_misses_total', 'Requests for files that were not in the cache.', ({ cache }) => cache().misses),
  counter('cpu_seconds_total', 'CPU time.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }),
  gauge('resident_memory_bytes', 'Memory in use.', () => {
    try {
      return process.memoryUsage.rss();
    } catch {
      return undefined; // there is no /proc
    }
  }),
  {
    ...gauge('loop_lag_seconds', 'How long something that was due waited for its turn, just now.', (own) => {
      return own.loopLagSeconds;
    }),
    aggregator: 'max',
  },
  counter('loop_busy_seconds_total', 'Time in which the event loop did not wait.', () => {
    return performance.eventLoopUtilization().active / 1000;
  }),
  {
    ...DURATION,
    name: `${DURATION.family}_bucket`,
    labels: { le: v.picklist(BUCKETS) },
    samples: ({ durations }) => BUCKETS.map((le, i) => ({ labels: { le }, value: durations.countUpTo(i) })),
  },
  { ...DURATION, name: `${DURATION.family}_sum`, ...unlabelled(({ durations }) => durations.sumSeconds) },
  {
    ...DURATION,
    name: `${DURATION.family}_count`,
    ...unlabelled(({ durations }) => durations.countUpTo(BUCKETS.length)),
  },
];

type Read = (own: Own) => number | undefined;

function counter(name: string, help: string, read: Read): Metric {
  return { name, type: 'counter', help, ...unlabelled(read) };
}

function gauge(name: string, help: string, read: Read): Metric {
  return { name, type: 'gauge', help, ...unlabelled(read) };
}

function unlabelled(read: Read): Pick<Metric, 'labels' | 'samples'> {
  return {
    labels: {},
    samples: (own) => {
      const value = read(own);
      return value === undefined ? [] : [{ labels: {}, value }];
    },
  };
}

function cut(label: string): string {
  return label.slice(0, LABEL_CHARACTERS_MAX);
}

class Durations {
  readonly #counts = new Float64Array(BUCKETS.length);
  sumSeconds = 0;

  add(seconds: number): void {
    const i = BUCKETS_SECONDS.findIndex((bound) => seconds <= bound);
    this.#counts[i] = (this.#counts[i] as number) + 1;
    this.sumSeconds += seconds;
  }

  /** In a bucket and those below it. */
  countUpTo(bucket: number): number {
    return this.#counts.subarray(0, bucket + 1).reduce((sum, count) => sum + count, 0);
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
    const own: Own = { ...this.#measured, durations: this.#durations, loopLagSeconds };
    return Object.fromEntries(METRICS.map(({ name, samples }) => [name, samples(own)]));
  }
}

/** Samples of one metric: a process has one for each reason of a rejection. */
const SAMPLES_MAX = 500;

const VALUE = v.pipe(v.number(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));

/** A report of a process: metrics of the table, with their labels and possible values. */
export const METRICS_SNAPSHOT: v.GenericSchema<MetricsSnapshot> = v.partial(
  v.strictObject(
    Object.fromEntries(
      METRICS.map(({ name, labels }) => {
        const sample = v.strictObject({ labels: v.strictObject(labels), value: VALUE });
        return [name, v.pipe(v.array(sample), v.maxLength(SAMPLES_MAX))];
      }),
    ),
  ),
);

/** Adds up what a process that has ended has counted. Its gauges are left out: its memory, for one, is gone. */
export function addCounts(...snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const counts = METRICS.filter(({ type }) => type !== 'gauge');
  return Object.fromEntries(
    counts.map(({ name }) => {
      const sums = new Map<string, Sample>();
      for (const { labels, value } of snapshots.flatMap((snapshot) => snapshot[name] ?? [])) {
        const key = JSON.stringify(labels);
        sums.set(key, { labels, value: value + (sums.get(key)?.value ?? 0) });
      }
      return [name, [...sums.values()]];
    }),
  );
}
