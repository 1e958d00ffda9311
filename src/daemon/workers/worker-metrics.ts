/**
 * The metrics of all workers, and of those that were: what counts up must not go down when a worker is replaced, or Prometheus
 * takes the difference for what was counted since. Of a worker that crashed, what it told last counts, as far as it was told.
 */
import type { Metric, MetricsSnapshot, MetricValue } from './metrics.js';
import type { WorkerProcess } from './worker-process.js';

export class WorkerMetrics {
  readonly #workers = new Set<WorkerProcess>();
  #ended: MetricsSnapshot = [];

  add(worker: WorkerProcess): void {
    this.#workers.add(worker);
    void worker.ended.then(() => {
      this.#workers.delete(worker);
      this.#ended = countsOf([this.#ended, worker.lastMetrics]);
    });
  }

  /** Of each process that is there, and of all that have ended together. One that does not answer: what it told last. */
  async collect(): Promise<readonly MetricsSnapshot[]> {
    await Promise.all([...this.#workers].map((worker) => worker.tellMetrics()));
    // All at one moment: a worker that has ended meanwhile is in one of the two.
    return [this.#ended, ...[...this.#workers].map((worker) => worker.lastMetrics)];
  }
}

/** What counts up, summed. What there is of a process that has ended, such as its memory, is no more. */
function countsOf(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const sums = new Map<string, { metric: Metric; values: Map<string, MetricValue> }>();
  for (const metric of snapshots.flat()) {
    if (metric.type !== 'counter' && metric.type !== 'histogram') continue;
    const sum = sums.get(metric.name) ?? { metric, values: new Map<string, MetricValue>() };
    sums.set(metric.name, sum);
    for (const value of metric.values) {
      const key = JSON.stringify([value.metricName, value.labels]);
      sum.values.set(key, { ...value, value: (sum.values.get(key)?.value ?? 0) + value.value });
    }
  }
  return [...sums.values()].map(({ metric, values }) => ({ ...metric, values: [...values.values()] }));
}
