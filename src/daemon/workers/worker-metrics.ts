/**
 * The metrics of all workers, those that have ended included: a counter must not go down when a worker is replaced, or Prometheus
 * takes its new value for what was counted since. A worker that crashes counts as far as it has reported.
 */
import { addCounts, type MetricsSnapshot } from './metrics.js';
import type { WorkerProcess } from './worker-process.js';

/** Samples of workers that have ended. Their labels come from the workers: one that was taken over must not fill memory by them. */
const ENDED_SAMPLES_MAX = 2_000;

export class WorkerMetrics {
  readonly #workers = new Set<WorkerProcess>();
  #ended: MetricsSnapshot = {};

  add(worker: WorkerProcess): void {
    this.#workers.add(worker);
    void worker.ended.then(() => {
      this.#workers.delete(worker);
      const sum = addCounts(this.#ended, worker.lastMetrics);
      if (Object.values(sum).flat().length <= ENDED_SAMPLES_MAX) this.#ended = sum;
    });
  }

  /** One for each worker, and one for all that have ended. A worker that does not answer counts with its last report. */
  async collect(): Promise<readonly MetricsSnapshot[]> {
    await Promise.all([...this.#workers].map((worker) => worker.answers()));
    // All at one moment: a worker that has ended meanwhile is in one of the two.
    return [this.#ended, ...[...this.#workers].map((worker) => worker.lastMetrics)];
  }
}
