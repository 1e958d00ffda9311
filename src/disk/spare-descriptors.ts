/**
 * Descriptors that are open for speed alone, such as files kept for the next request. When the process has none left
 * (EMFILE), they are given up, so that nobody is refused for the sake of what might be asked for.
 */

export interface SpareDescriptors {
  /** Closes them. @returns  whether there was one */
  giveUp(): boolean;
}

/** Weak: who holds some may be forgotten without a word. */
const holders = new Set<WeakRef<SpareDescriptors>>();

/** Has `holder` asked when descriptors run out, as long as anybody knows of it. */
export function offerSpareDescriptors(holder: SpareDescriptors): void {
  holders.add(new WeakRef(holder));
}

/** Asks all holders of this thread. @returns  whether a descriptor became free: what has failed can be tried again */
export function giveUpSpareDescriptors(): boolean {
  let isAnyFree = false;
  for (const reference of holders) {
    const holder = reference.deref();
    if (holder === undefined) holders.delete(reference);
    else if (holder.giveUp()) isAnyFree = true;
  }
  return isAnyFree;
}
