/**
 * Signals that arrive before the server can act on them. A start takes a third of a second. Meanwhile logrotate may send SIGUSR1, for
 * which Node opens its debugger, or an operator SIGHUP or SIGUSR2, which end a process without handlers. So this module is loaded
 * first: it remembers signals, and delivers them when the server is ready.
 */

export type ServerSignal = 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2' | 'SIGTERM' | 'SIGINT';

export type SignalHandlers = Readonly<Record<ServerSignal, () => void>>;

const early = new Set<ServerSignal>();

/** Nothing is open yet, and no process was started. Without a handler, the kernel would not end process 1 of a container. */
const end = (): void => process.exit(0);

let handlers: SignalHandlers = {
  SIGHUP: () => early.add('SIGHUP'),
  SIGUSR1: () => early.add('SIGUSR1'),
  SIGUSR2: () => early.add('SIGUSR2'),
  SIGTERM: end,
  SIGINT: end,
};

for (const signal of Object.keys(handlers) as ServerSignal[]) process.on(signal, () => handlers[signal]());

/** Handles the signals that came before, and all signals from now on. */
export function handleSignals(own: SignalHandlers): void {
  handlers = own;
  for (const signal of early) own[signal]();
  early.clear();
}

/** For commands that do not serve: signals end them, as they end any program. SIGUSR1 still opens no debugger. */
export function releaseSignals(): void {
  for (const signal of Object.keys(handlers) as ServerSignal[]) {
    if (signal !== 'SIGUSR1') process.removeAllListeners(signal);
  }
}
