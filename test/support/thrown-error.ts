/**
 * The error that a call throws, to be compared by name and not by class: the addon makes its errors in the realm of the
 * process, and Jest runs tests in another realm, with another TypeError.
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
