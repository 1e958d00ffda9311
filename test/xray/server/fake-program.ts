/** An observed program without a process: it notes what it is asked to do, and says what a test lets it say. */
import type { ExperimentName, Header } from '../../../src/xray/records.js';
import type { ObservedProgram, OnLines } from '../../../src/xray/session/observed-program.js';
import { deferred } from '../../server/test-server.js';

export class FakeProgram implements ObservedProgram {
  readonly header: Header;
  /** Such as `step`, `speed 2`. */
  readonly asked: string[] = [];
  /** Lines that a new page gets. */
  readonly kept: string[];
  readonly subscribers = new Set<OnLines>();
  speed: number | undefined;
  /** Ends the experiment that runs. */
  experiment = deferred();

  constructor(model = 'epoll', port = 8080) {
    this.header = {
      xray: 1,
      model,
      kernel: 'Linux 6.1',
      node: 'v22.0.0',
      clock: 'CLOCK_MONOTONIC',
      language: 'TypeScript',
      startedAt: '2026-01-01T00:00:00.000Z',
      port,
    };
    this.kept = [JSON.stringify(this.header)];
  }

  say(...records: readonly object[]): void {
    const lines = records.map((record) => JSON.stringify(record));
    this.kept.push(...lines);
    for (const tell of this.subscribers) tell(lines);
  }

  subscribe(onLines: OnLines): () => void {
    this.subscribers.add(onLines);
    onLines(this.kept);
    return () => this.subscribers.delete(onLines);
  }

  pause(): void {
    this.asked.push('pause');
  }

  resume(): void {
    this.asked.push('resume');
  }

  step(): void {
    this.asked.push('step');
  }

  setSpeed(turnsPerSecond: number | undefined): void {
    this.speed = turnsPerSecond;
    this.asked.push(`speed ${turnsPerSecond}`);
  }

  runExperiment(name: ExperimentName): Promise<void> {
    this.asked.push(`experiment ${name}`);
    this.experiment = deferred();
    return this.experiment.promise;
  }

  async close(): Promise<void> {
    this.asked.push('close');
  }
}
