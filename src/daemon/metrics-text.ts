/**
 * The text of /metrics, which a library writes from what the processes that serve report. Only a process with an admin listener loads
 * the library: that takes about 30 ms.
 */
import type * as PromClient from 'prom-client';
import { METRICS, type MetricsSnapshot } from './workers/metrics.js';

/** The metrics of the whole server, with and without workers. */
export interface CommandCounts {
  /** Processes that serve. */
  readonly workers: number;
  readonly crashes: number;
  /** Lines of the access log that were lost, since the start. */
  readonly lostLines: number;
}

const PREFIX = 'epoll_reactor_';

let library: typeof PromClient | undefined;

/** To be called before a sandbox closes, and before an upgrade replaces the files on disk. */
export async function loadMetricsLibrary(): Promise<void> {
  library ??= await import('prom-client');
}

export function metricsText(snapshots: readonly MetricsSnapshot[], counts: CommandCounts): Promise<string> {
  if (library === undefined) throw new Error('loadMetricsLibrary() was not called');
  const { AggregatorRegistry, Counter, Gauge } = library;
  const registry = AggregatorRegistry.aggregate<PromClient.PrometheusContentType>(snapshots.map(forLibrary));
  const registers = [registry];
  new Gauge({ name: `${PREFIX}workers`, help: 'Processes that serve.', registers }).set(counts.workers);
  new Counter({
    name: `${PREFIX}worker_crashes_total`,
    help: 'Workers that ended unasked, and were replaced.',
    registers,
  }).inc(counts.crashes);
  new Counter({
    name: `${PREFIX}access_log_lost_lines_total`,
    help: 'Lines of the access log that were lost.',
    registers,
  }).inc(counts.lostLines);
  return registry.metrics();
}

/** As the library's getMetricsAsJSON() returns it. The library joins entries of one name: those of a histogram. */
function forLibrary(snapshot: MetricsSnapshot): object {
  return METRICS.map(({ name, family = name, type, help, aggregator = 'sum' }) => {
    const values = (snapshot[name] ?? []).map((sample) => ({ ...sample, metricName: PREFIX + name }));
    return { name: PREFIX + family, type, help, aggregator, values };
  });
}
