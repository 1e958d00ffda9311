/** Counts how often the addon opens something: cached files are not opened again. */
import { native } from '../../src/native/addon.js';

const COUNTED = ['openat2', 'openat2_job'] as const;

/** `using opens = new OpenCount()` */
export class OpenCount {
  count = 0;
  readonly #own = COUNTED.map((name) => [name, native[name]] as const);

  constructor() {
    for (const [name, call] of this.#own) {
      const counted = (...args: unknown[]): unknown => {
        this.count++;
        return (call as (...args: unknown[]) => unknown)(...args);
      };
      Object.assign(native, { [name]: counted });
    }
  }

  [Symbol.dispose](): void {
    Object.assign(native, Object.fromEntries(this.#own));
  }
}
