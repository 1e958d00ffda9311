/**
 * What a call throws, to be compared as a value. By name and not by class: the addon makes its errors in the realm of
 * the process, Jest runs tests in one of their own, and the TypeError of the one is not that of the other.
 */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('expected the call to throw');
}

/** The same as text: `RangeError: fd: expected …`. */
export function messageOf(call: () => unknown): string {
  return String(thrownBy(call));
}
