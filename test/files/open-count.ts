/** How often the addon was asked to open something: what is kept is not asked for again. */
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
