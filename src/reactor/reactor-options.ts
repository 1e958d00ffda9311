/** The arguments of a Reactor, checked. */
import type { Shape } from '../options/check-options.js';
import type { OnError } from './handler-errors.js';

/** Options of a Reactor. */
export interface ReactorOptions {
  /**
   * Called when a handler throws. Its descriptor is unregistered already, because it would throw again at once. The other
   * events of the batch are dispatched.
   *
   * If it is unset, turn() throws the error after the batch: out of run(), or, attached, as an `uncaughtException`.
   * @param fd  the descriptor whose handler threw; undefined for a deadline
   */
  readonly onError?: OnError;
  /** Called in the turn after wake(). Several calls of wake() may lead to one call of onWake(). */
  readonly onWake?: () => void;
}

export const REACTOR_OPTIONS: Shape<ReactorOptions> = { onError: 'function', onWake: 'function' };
