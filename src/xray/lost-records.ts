/** Summarizes the records that a slow page has missed: the calls and turns of each thread, counted, and the last state of all else. */
import type { Dropped } from './records.js';

/** A quote within a text is escaped, so no text of a client looks like the key of a record. */
const TURN_OR_CALL = /"turn":/;
const REPLACED_BY_THE_NEXT = /"(?:kernel|asks)":\[/;
const THREAD = /"tid":(\d+)/;
const THREAD_OR_PROCESS = /"(?:tid|pid)":\d+/;

export class LostRecords {
  /** By thread. */
  readonly #counts = new Map<number, number>();
  /** Records that are replaced by the next one of their thread or process. */
  readonly #latest = new Map<string, string>();
  #lastLine = '';

  get isEmpty(): boolean {
    return this.#counts.size === 0 && this.#latest.size === 0;
  }

  /** @returns  false for a record that must not be lost, because the page would be wrong without it */
  add(line: string): boolean {
    if (TURN_OR_CALL.test(line)) {
      const tid = Number(THREAD.exec(line)?.[1]);
      this.#counts.set(tid, (this.#counts.get(tid) ?? 0) + 1);
      this.#lastLine = line;
      return true;
    }
    if (!REPLACED_BY_THE_NEXT.test(line)) return false;
    this.#latest.set(THREAD_OR_PROCESS.exec(line)?.[0] ?? '', line);
    return true;
  }

  /** Takes the records that stand for those that are lost. */
  take(): readonly string[] {
    const { t } = this.#counts.size === 0 ? { t: 0 } : (JSON.parse(this.#lastLine) as { readonly t: number });
    const counts = [...this.#counts].map(([tid, dropped]): Dropped => ({ t, tid, dropped }));
    const lines = [...counts.map((record) => JSON.stringify(record)), ...this.#latest.values()];
    this.#counts.clear();
    this.#latest.clear();
    return lines;
  }
}
