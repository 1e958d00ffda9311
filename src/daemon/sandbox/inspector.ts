/**
 * Node's debugger, the inspector. On SIGUSR1 Node opens it on 127.0.0.1 unless a handler stands, and whoever can connect runs code with
 * the rights of the process: on a machine with several users that makes each of them root.
 */
import { createRequire } from 'node:module';
import { UserError } from '../config/user-error.js';

/** An address that no machine has (RFC 5737): to listen there fails. */
const WITHOUT_INSPECTOR = '--inspect-port=192.0.2.1:0';

/**
 * Flags of Node for the programs that we start. Between exec and their first line Node alone decides what SIGUSR1 does: it tries to open
 * the inspector, and fails. (`--disable-sigusr1` does as much, but Node before 22.14 does not start with it.) The flags of this
 * process come behind, and count.
 */
export function nodeFlags(): readonly string[] {
  return [WITHOUT_INSPECTOR, ...process.execArgv.filter((flag) => flag !== WITHOUT_INSPECTOR)];
}

/**
 * Refuses to go on where an inspector is open, unless whoever is not root has asked for it by a flag. To be called when a turn of Node's
 * loop has passed since there are handlers: a signal before may have its effect as late as that.
 * @throws  UserError; the inspector is closed then
 */
export function refuseInspector(): void {
  if (process.features.inspector !== true) return;
  const inspector: typeof import('node:inspector') = createRequire(import.meta.url)('node:inspector');
  if (inspector.url() === undefined) return;
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  const isRoot = process.geteuid?.() === 0;
  if (!isRoot && /--inspect(?!-port|-publish)/.test(flags)) return;
  inspector.close();
  throw new UserError(
    "Node's debugger was open, by which other users of this machine can run code in this process",
    isRoot
      ? 'start it as root without --inspect, and send it no SIGUSR1 before it serves'
      : 'send it no SIGUSR1 before it serves',
  );
}
