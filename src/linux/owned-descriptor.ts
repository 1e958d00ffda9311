/** What Epoll and the sources of events have in common. */
import { native } from '../native/addon.js';
import type { OwnedFd } from '../native/native-api.js';

/** No descriptor has this number. */
const CLOSED = -1;

/** A descriptor that its object owns. It is closed by close(), by garbage collection, or at the end of its thread, however that ends. */
export abstract class OwnedDescriptor {
  readonly #name: string;
  readonly #owned: OwnedFd;
  #fd: number;

  /**
   * @internal
   * @param name   the name of the class, for messages
   * @param owned  closes the descriptor, and what belongs to it
   */
  constructor(fd: number, name: string, owned: OwnedFd = new native.OwnedFd(fd)) {
    this.#fd = fd;
    this.#owned = owned;
    this.#name = name;
  }

  /**
   * The descriptor's number, to wait for it. Unregister it before close(): its number may be used again afterwards.
   * @throws  Error ERR_EPOLL_CLOSED, ERR_TIMER_CLOSED … after close()
   */
  fileno(): number {
    if (this.#fd === CLOSED) {
      const code = `ERR_${this.#name.toUpperCase()}_CLOSED`;
      throw Object.assign(new Error(`this ${this.#name} is closed`), { code });
    }
    return this.#fd;
  }

  /** Whether close() was called. */
  get closed(): boolean {
    return this.#fd === CLOSED;
  }

  /** Closes the descriptor. Closing twice does nothing. */
  close(): void {
    if (this.#fd === CLOSED) return;
    this.#owned.close();
    this.#fd = CLOSED;
  }

  /** close(), for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
