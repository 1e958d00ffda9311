/** Signals as a descriptor. */
import { constants as os } from 'node:os';
import { native } from '../native/addon.js';
import { isNotReady } from '../native/errno.js';
import type { SignalHandler } from '../native/native-api.js';
import { checked } from '../native/system-error.js';
import { pipe } from './descriptors.js';
import { OwnedDescriptor } from './owned-descriptor.js';

const NAMES = new Map(Object.entries(os.signals).map(([name, number]) => [number, name as NodeJS.Signals]));

/**
 * Readable when one of the signals was sent to the process, until read(). It replaces Node's handlers (`process.on`) and the default
 * action until close(), which restores them. A handler that `process.on` sets later replaces it in turn.
 *
 * Not a signalfd(2): that needs all threads of the process to block the signal, and Node starts threads that block none. It is a pipe
 * that a handler writes to (signal-safety(7)).
 */
export class Signals extends OwnedDescriptor {
  readonly #handlers: readonly SignalHandler[];

  /**
   * @param signals  such as 'SIGHUP', 'SIGUSR1', 'SIGWINCH'. With SIGCHLD, Node does not notice the end of its child processes
   * @throws         TypeError for a name that the system does not have; SystemError EBUSY (another Signals has it) | EINVAL (SIGKILL,
   *                 SIGSTOP, and SIGSEGV, SIGBUS, SIGFPE, SIGILL) | EMFILE  (sigaction(2), pipe(2))
   */
  constructor(...signals: readonly NodeJS.Signals[]) {
    const numbers = signals.map(numberOf);
    const { readFd, writeFd } = pipe();
    super(readFd, 'Signals');
    const handlers: SignalHandler[] = [];
    this.#handlers = handlers;
    try {
      for (const number of numbers) {
        const handler = new native.SignalHandler();
        checked(handler.begin(number, writeFd), 'sigaction');
        handlers.push(handler);
      }
    } catch (error) {
      this.close();
      throw error;
    } finally {
      native.close(writeFd); // each handler has a copy
    }
  }

  /** The signals since the last read(), in their order; [] for none. It is not readable afterwards. */
  read(): NodeJS.Signals[] {
    const received: NodeJS.Signals[] = [];
    const bytes = new Uint8Array(64);
    for (;;) {
      const n = native.read(this.fileno(), bytes, 0, bytes.length);
      const count = isNotReady(n) ? 0 : checked(n, 'read');
      for (const number of bytes.subarray(0, count))
        received.push(NAMES.get(number) ?? (`SIG${number}` as NodeJS.Signals));
      if (count < bytes.length) return received;
    }
  }

  /** Restores the handlers that were there before, and closes the descriptor. Closing twice does nothing. */
  override close(): void {
    for (const handler of this.#handlers) handler.close();
    super.close();
  }
}

function numberOf(name: NodeJS.Signals): number {
  const number = os.signals[name];
  if (number === undefined)
    throw new TypeError(`signals: expected names such as "SIGHUP", got ${JSON.stringify(name)}`);
  return number;
}
