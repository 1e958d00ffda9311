/**
 * Work whose result serves everybody who has asked for it before it began. Those who ask while it is under way share the next
 * run, since what they ask for may have changed after this run had looked. So there is one run at a time for a key, and at most
 * one more waits, however many ask.
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

/** What is done with a result that has several owners. */
interface Ownership<Result> {
  /** One owner more. */
  retain(result: Result): void;
  /** One owner less. */
  release(result: Result): void;
}

export class SharedWork<Result> {
  readonly #ownership: Ownership<Result> | undefined;
  readonly #underWay = new Map<string, Run<Result>>();

  /** @param ownership  for results that have to be given back, once by each who has got one */
  constructor(ownership?: Ownership<Result>) {
    this.#ownership = ownership;
  }

  /**
   * @param task   of who asks; cancelled, it waits no more, and the work goes on only if somebody else waits
   * @param begin  the work, with a task of its own. Who asks for the same key means the same work
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

/** Also where it throws at once. */
async function startedBy<Result>({ begin, task }: Run<Result>): Promise<Result> {
  return begin(task);
}
