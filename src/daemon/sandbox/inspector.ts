/**
 * Node's debugger, the inspector. On SIGUSR1 without a handler, Node opens it on 127.0.0.1, and a program that connects can run code
 * with the rights of the process: any user of the machine could become root.
 */
import { createRequire } from 'node:module';
import { UserError } from '../config/user-error.js';

/** An address that no machine has (RFC 5737): listening there fails. */
const WITHOUT_INSPECTOR = '--inspect-port=192.0.2.1:0';

/**
 * Node's flags for the programs that we start. A SIGUSR1 before their first line makes Node open the inspector; with this address that
 * fails. (`--disable-sigusr1` does the same, but Node before 22.14 does not start with it.) The flags of this process follow, and
 * override these.
 */
export function nodeFlags(): readonly string[] {
  return [WITHOUT_INSPECTOR, ...process.execArgv.filter((flag) => flag !== WITHOUT_INSPECTOR)];
}

/**
 * Refuses to go on if an inspector is open, except one that a user other than root requested by a flag. Call it one turn of Node's loop
 * after the handlers were set: an earlier signal may take effect until then.
 * @throws  UserError, after closing the inspector
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
