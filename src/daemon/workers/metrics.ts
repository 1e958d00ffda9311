/**
 * What a process tells of itself, in the form of Prometheus, which the library writes. Nothing is counted here that the server
 * does not count by itself, but for durations; so what nobody asks for costs next to nothing.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as PromClient from 'prom-client';
import type { Reactor } from '../../reactor/reactor.js';
import type { HttpServer } from '../../server/http-server.js';

/** What process.memoryUsage.rss() reads, and nothing that is a secret. A bare container does not have it. */
export const MEMORY_IN_USE = '/proc/self/stat';

/** From a hot file to a slow handler. */
const DURATION_BUCKETS_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/** As the library gives it, which types it less closely. */
export type MetricsSnapshot = readonly Metric[];

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly values: readonly MetricValue[];
}

export interface MetricValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Of a histogram: which of its series. */
  readonly metricName?: string;
}

export interface Measured {
  readonly server: HttpServer;
  readonly reactor: Reactor;
  readonly cache: () => { readonly hits: number; readonly misses: number };
}

let library: typeof PromClient | undefined;

/**
 * The library, which takes 26 ms and 12 MB: only who is asked for metrics loads it. Who gives up reading files calls this before, or
 * makes a ProcessMetrics.
 */
export function loadMetrics(): typeof PromClient {
  library ??= createRequire(import.meta.url)('prom-client') as typeof PromClient;
  return library;
}

export class ProcessMetrics {
  readonly #registry: PromClient.Registry;
  readonly #durations: PromClient.Histogram;

  constructor({ server, reactor, cache }: Measured) {
    const { Counter, Gauge, Histogram, Registry } = loadMetrics();
    this.#registry = new Registry();
    const registers = [this.#registry];
    const { counters } = server;
    const count = (name: string, help: string, value: () => number): void => {
      new Counter({
        name: `epoll_reactor_${name}`,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(value());
        },
      });
    };
    const gauge = (name: string, help: string, value: () => number): void => {
      new Gauge({
        name: `epoll_reactor_${name}`,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    };
    new Counter({
      name: 'epoll_reactor_responses_total',
      help: 'Responses that were given, by the class of their status.',
      labelNames: ['class'],
      registers,
      collect() {
        this.reset();
        for (let kind = 2; kind <= 5; kind++) this.inc({ class: `${kind}xx` }, counters.responses[kind] as number);
      },
    });
    new Counter({
      name: 'epoll_reactor_rejections_total',
      help: 'Requests that were refused before they were understood, by status and reason.',
      labelNames: ['status', 'reason'],
      registers,
      collect() {
        this.reset();
        for (const [key, value] of counters.rejections) {
          this.inc({ status: key.slice(0, 3), reason: key.slice(4) }, value);
        }
      },
    });
    count('response_body_bytes_total', 'Bytes of the bodies of responses.', () => counters.bodyBytes);
    count(
      'requests_aborted_total',
      'Requests whose connections ended before they were answered.',
      () => counters.aborted,
    );
    count('connections_total', 'Connections that were accepted.', () => counters.connections);
    count(
      'connections_refused_total',
      'Connections of addresses that had too many.',
      () => counters.connectionsRefused,
    );
    gauge('connections', 'Connections that are open.', () => server.connectionCount);
    count('turns_total', 'Turns of the reactor.', () => reactor.turnCount);
    count('events_total', 'Events that were dispatched in them.', () => reactor.eventCount);
    count('cache_hits_total', 'Requests for files that were kept.', () => cache().hits);
    count('cache_misses_total', 'Requests for files that were looked for.', () => cache().misses);
    count('cpu_seconds_total', 'Time of processors that was used.', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
    if (existsSync(MEMORY_IN_USE)) gauge('resident_memory_bytes', 'Memory in use.', () => process.memoryUsage.rss());
    new Gauge({
      name: 'epoll_reactor_loop_lag_seconds',
      help: 'How long something that was due waited for its turn, just now.',
      registers,
      aggregator: 'max',
      async collect() {
        const sinceMs = performance.now();
        await new Promise(setImmediate);
        this.set((performance.now() - sinceMs) / 1000);
      },
    });
    count('loop_busy_seconds_total', 'Time in which the loop did not wait.', () => {
      return performance.eventLoopUtilization().active / 1000;
    });
    this.#durations = new Histogram({
      name: 'epoll_reactor_response_duration_seconds',
      help: 'From the end of a request head until the response was given.',
      buckets: DURATION_BUCKETS_SECONDS,
      registers,
    });
  }

  observe(durationMs: number): void {
    this.#durations.observe(durationMs / 1000);
  }

  async snapshot(): Promise<MetricsSnapshot> {
    return (await this.#registry.getMetricsAsJSON()) as unknown as MetricsSnapshot;
  }
}

/** What is known of the whole, whoever serves. */
export interface CommandCounts {
  /** Processes that serve. */
  readonly workers: number;
  readonly crashes: number;
  /** Lines of the access log that were lost, since the start. */
  readonly lostLines: number;
}

/** Of several processes, as text. */
export function metricsText(snapshots: readonly MetricsSnapshot[], counts: CommandCounts): Promise<string> {
  const { AggregatorRegistry, Counter, Gauge } = loadMetrics();
  const { workers, crashes, lostLines } = counts;
  const registry = AggregatorRegistry.aggregate(snapshots as unknown as object[]);
  const registers = [registry];
  new Gauge({ name: 'epoll_reactor_workers', help: 'Processes that serve.', registers }).set(workers);
  new Counter({
    name: 'epoll_reactor_worker_crashes_total',
    help: 'Workers that ended by themselves, and were replaced.',
    registers,
  }).inc(crashes);
  new Counter({
    name: 'epoll_reactor_access_log_lost_lines_total',
    help: 'Lines of the access log that the disk was too slow for, or did not take.',
    registers,
  }).inc(lostLines);
  return registry.metrics();
}
