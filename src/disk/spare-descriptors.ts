/**
 * Descriptors that are open for speed alone, such as cached files. When the process has none left (EMFILE), they are closed before
 * a client is refused.
 */

export interface SpareDescriptors {
  /** Closes them. @returns  whether there were any */
  giveUp(): boolean;
}

/** Weak: a holder may become garbage without saying so. */
const holders = new Set<WeakRef<SpareDescriptors>>();

/** Asks `holder` when descriptors run out, as long as it is not garbage. */
export function offerSpareDescriptors(holder: SpareDescriptors): void {
  holders.add(new WeakRef(holder));
}

/** Asks all holders of this thread. @returns  whether descriptors became free, so that a failed call can be repeated */
export function giveUpSpareDescriptors(): boolean {
  let isAnyFree = false;
  for (const reference of holders) {
    const holder = reference.deref();
    if (holder === undefined) holders.delete(reference);
    else if (holder.giveUp()) isAnyFree = true;
  }
  return isAnyFree;
}
