/** An AbortController whose listeners cannot end the process by throwing. */
import { attempt } from './safe-hook.js';

type Listener = Parameters<AbortSignal['addEventListener']>[1];

/**
 * Node turns an error of an event listener, thrown or rejected, into an uncaught exception. Here it goes to `onError`.
 * Listeners of a signal that only follows this one, such as AbortSignal.any() makes, are not guarded.
 */
export function guardedController(onError: (error: unknown) => void): AbortController {
  const controller = new AbortController();
  const { signal } = controller;
  const { addEventListener, removeEventListener } = signal;
  /** The guard of each listener: a listener that is added twice is called once, and can be removed. */
  const guards = new WeakMap<object, (event: Event) => void>();
  let onabort: AbortSignal['onabort'] = null;

  function guard(listener: Listener): Listener {
    if (listener === null || (typeof listener !== 'function' && typeof listener !== 'object')) return listener;
    const known = guards.get(listener);
    if (known !== undefined) return known;
    const call = (event: Event): unknown =>
      typeof listener === 'function' ? listener.call(signal, event) : listener.handleEvent(event);
    const guarded = (event: Event): void => attempt(() => call(event), onError);
    guards.set(listener, guarded);
    return guarded;
  }

  signal.addEventListener = (type, listener, options) => addEventListener.call(signal, type, guard(listener), options);
  signal.removeEventListener = (type, listener, options) =>
    removeEventListener.call(signal, type, guard(listener), options);
  Object.defineProperty(signal, 'onabort', {
    get: () => onabort,
    set(listener: AbortSignal['onabort']) {
      if (onabort !== null) signal.removeEventListener('abort', onabort);
      onabort = typeof listener === 'function' ? listener : null;
      if (onabort !== null) signal.addEventListener('abort', onabort);
    },
  });
  return controller;
}
