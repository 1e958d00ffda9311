/** How many descriptors this process has open: a file that is forgotten shows. */
import { readdirSync } from 'node:fs';

export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/**
 * Runs an action and expects that every descriptor that it opened is closed at the end. The action also closes server,
 * handler and clients, so that cached descriptors do not count as leaks.
 */
export async function closingAll(act: () => Promise<void>): Promise<void> {
  const before = openDescriptors();
  await act();
  const giveUpMs = Date.now() + 30_000; // a thread, or the other end of a connection, may need its time
  while (openDescriptors() > before && Date.now() < giveUpMs) await new Promise(setImmediate);
  const after = openDescriptors();
  if (after > before) throw new Error(`${after - before} descriptors were left open`);
}
