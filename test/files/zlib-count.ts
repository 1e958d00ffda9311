/** How many times something was compressed, or decompressed, in this process: what is done once too often shows. */
import { createHook } from 'node:async_hooks';

export class ZlibCount {
  count = 0;
  readonly #hook = createHook({
    init: (_, type) => {
      if (type === 'ZLIB') this.count++;
    },
  }).enable();

  [Symbol.dispose](): void {
    this.#hook.disable();
  }
}
