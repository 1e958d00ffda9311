/** Sizes and times for people. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** Bytes in the units of 1024 of IEC 80000-13, with two digits or more: `1023 B`, `1.5 KiB`, `12 MiB`. */
export function readableSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.5 and more would be rounded to 1024.
  while (value >= (unit === 0 ? 1024 : 1023.5) && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const isShort = unit > 0 && value < 9.95;
  return `${isShort ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

export interface ReadableTime {
  /** ISO 8601, to the second: `2026-11-24T04:38:32Z`. */
  readonly iso: string;
  /** `2026-11-24` and `04:38`, in UTC: the server does not know the reader's time zone. */
  readonly day: string;
  readonly minute: string;
}

/** @returns  undefined outside the years 0 to 9999, which a file's time can be set to, and four digits cannot write */
export function readableTime(ms: number): ReadableTime | undefined {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return undefined;
  const iso = date.toISOString();
  if (!/^\d/.test(iso)) return undefined;
  return { iso: `${iso.slice(0, 19)}Z`, day: iso.slice(0, 10), minute: iso.slice(11, 16) };
}
