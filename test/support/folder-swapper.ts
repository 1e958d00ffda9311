/** A thread that keeps replacing a folder by a link and back, as fast as it can rename: requests meanwhile race with it. */
import { Worker } from 'node:worker_threads';

const SWAPS = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { renameSync } = require('node:fs');
  const { place, folder, link, stop } = workerData;
  const stopped = new Int32Array(stop);
  parentPort.postMessage('started');
  let swaps = 0;
  for (; Atomics.load(stopped, 0) === 0; swaps++) {
    renameSync(place, folder);
    renameSync(link, place);
    renameSync(place, link);
    renameSync(folder, place);
  }
  parentPort.postMessage(swaps);
`;

export class Swapper {
  readonly #worker: Worker;
  readonly #isStopped = new Int32Array(new SharedArrayBuffer(4));

  private constructor(place: string, aside: string) {
    const workerData = { place, folder: `${aside}/folder`, link: `${aside}/link`, stop: this.#isStopped.buffer };
    this.#worker = new Worker(SWAPS, { eval: true, workerData });
  }

  /**
   * @param place  a folder
   * @param aside  a folder with a `link` in it, which a rename puts in that place and another removes
   */
  static async start(place: string, aside: string): Promise<Swapper> {
    const swapper = new Swapper(place, aside);
    await swapper.#message();
    return swapper;
  }

  /** @returns  how often the folder was a link */
  async stop(): Promise<number> {
    const swaps = this.#message();
    Atomics.store(this.#isStopped, 0, 1);
    return (await swaps) as number;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  #message(): Promise<unknown> {
    return new Promise((resolve) => this.#worker.once('message', resolve));
  }
}
