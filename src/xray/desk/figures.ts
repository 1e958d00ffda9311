/** Figures as a reader expects them: with a unit, and no more digits than mean something. */

/** @param us  microseconds */
export function duration(us: number): string {
  if (us < 1_000) return `${Math.round(us)} µs`;
  if (us < 100_000) return `${digits(us / 1_000)} ms`;
  if (us < 1_000_000) return `${Math.round(us / 1_000)} ms`;
  if (us < 60_000_000) return `${digits(us / 1_000_000)} s`;
  const minutes = Math.floor(us / 60_000_000);
  return minutes < 60 ? `${minutes} min` : `${digits(minutes / 60)} h`;
}

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function count(n: number): string {
  return WHOLE.format(n);
}

export function bytes(n: number): string {
  if (n < 10_000) return count(n);
  return n < 1024 * 1024 ? `${digits(n / 1024)} KiB` : `${digits(n / 1024 / 1024)} MiB`;
}

/** Three digits: 1.23, 12.3, 123. */
function digits(n: number): string {
  return n < 10 ? n.toFixed(1) : Math.round(n).toString();
}
