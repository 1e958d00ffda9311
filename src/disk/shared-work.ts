/**
 * Work whose result serves all callers that asked before it began. Callers that ask during a run share the next one, since the result
 * may have changed after this run had looked. So each key has one run at a time, and at most one more waits.
 */
import { Task } from './cancellable-task.js';

interface Waiter<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

type Begin<Result> = (task: Task) => Result | Promise<Result>;

class Run<Result> {
  readonly task = new Task();
  readonly waiters = new Set<Waiter<Result>>();
  readonly begin: Begin<Result>;
  next: Run<Result> | undefined;

  constructor(begin: Begin<Result>) {
    this.begin = begin;
  }
}

/** Counts the owners of a shared result. */
interface Ownership<Result> {
  /** Adds an owner. */
  retain(result: Result): void;
  /** Removes an owner. */
  release(result: Result): void;
}

export class SharedWork<Result> {
  readonly #ownership: Ownership<Result> | undefined;
  readonly #underWay = new Map<string, Run<Result>>();

  /** @param ownership  for results that each caller must release */
  constructor(ownership?: Ownership<Result>) {
    this.#ownership = ownership;
  }

  /**
   * @param task   the task of the caller. When it is cancelled, this caller stops waiting, and the work goes on only if
   *               another caller waits
   * @param begin  the work, with a task of its own; the same key means the same work
   */
  run(key: string, task: Task, begin: Begin<Result>): Result | Promise<Result> {
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) {
      if (underWay.next === undefined || underWay.next.task.isCancelled) underWay.next = new Run(begin);
      return this.#wait(underWay.next, task);
    }
    const first = new Run(begin);
    const result = begin(first.task);
    if (!(result instanceof Promise)) return result;
    void this.#follow(key, first, result);
    return this.#wait(first, task);
  }

  #wait(run: Run<Result>, task: Task): Promise<Result> {
    return task.wait((resolve, reject) => {
      const waiter = { resolve, reject };
      run.waiters.add(waiter);
      return () => {
        const hasWaited = run.waiters.delete(waiter);
        if (hasWaited && run.waiters.size === 0) run.task.cancel();
        return hasWaited;
      };
    });
  }

  async #follow(key: string, first: Run<Result>, begun: Promise<Result>): Promise<void> {
    let result = begun;
    for (let run: Run<Result> | undefined = first; run !== undefined; ) {
      this.#underWay.set(key, run);
      await this.#deliver(run, result);
      const { next }: Run<Result> = run;
      run = next?.task.isCancelled === false ? next : undefined;
      if (run !== undefined) result = startedBy(run);
    }
    this.#underWay.delete(key);
  }

  /** Does not reject. */
  async #deliver({ waiters }: Run<Result>, result: Promise<Result>): Promise<void> {
    try {
      const value = await result;
      for (const { resolve } of waiters) {
        this.#ownership?.retain(value);
        resolve(value);
      }
      this.#ownership?.release(value);
    } catch (error) {
      for (const { reject } of waiters) reject(error);
    }
    waiters.clear(); // from here on it is too late to give up
  }
}

/** Also if it throws at once. */
async function startedBy<Result>({ begin, task }: Run<Result>): Promise<Result> {
  return begin(task);
}
