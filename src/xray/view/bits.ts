/** Bits of readiness, which are the same for epoll and poll, and their names. */

export const EPOLLIN = 0x1;
export const EPOLLPRI = 0x2;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;
export const EPOLLRDHUP = 0x2000;
const EPOLLEXCLUSIVE = 0x10000000;
const EPOLLWAKEUP = 0x20000000;
export const EPOLLONESHOT = 0x40000000;
export const EPOLLET = 0x80000000;

const BITS: Readonly<Record<string, number>> = {
  IN: EPOLLIN,
  PRI: EPOLLPRI,
  OUT: EPOLLOUT,
  ERR: EPOLLERR,
  HUP: EPOLLHUP,
  NVAL: 0x20,
  RDNORM: 0x40,
  RDBAND: 0x80,
  WRNORM: 0x100,
  WRBAND: 0x200,
  MSG: 0x400,
  RDHUP: EPOLLRDHUP,
  EXCLUSIVE: EPOLLEXCLUSIVE,
  WAKEUP: EPOLLWAKEUP,
  ONESHOT: EPOLLONESHOT,
  ET: EPOLLET,
};

/** Something to react to by reading: bytes, the end of the stream, an error. */
export const READABLE = EPOLLIN | EPOLLPRI | EPOLLERR | EPOLLHUP | EPOLLRDHUP;

/** The bits that remain of a mask after a one-shot event: options only, and no event. (EP_PRIVATE_BITS of the kernel) */
const HOW = EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE;

/** Whether one of the bits is set. (EPOLLET is the sign bit: `mask & EPOLLET` is negative.) */
export function has(mask: number | null, bits: number): boolean {
  return mask !== null && (mask & bits) !== 0;
}

/** A mask without EPOLLERR and EPOLLHUP: the kernel adds them to each mask, so they carry no information. */
export function asked(mask: number): number {
  return (mask & ~(EPOLLERR | EPOLLHUP)) >>> 0;
}

export function spent(mask: number): number {
  return (mask & HOW) >>> 0;
}

/** `EPOLLIN|EPOLLET` or `{events=EPOLLIN, data=…}` or `POLLIN` to bits. */
export function parseBits(text: string): number {
  let bits = 0;
  for (const [, name = '', hex] of text.matchAll(/\bE?POLL([A-Z]+)\b|\b0x([0-9a-f]+)\b/g)) {
    bits |= hex === undefined ? (BITS[name] ?? 0) : Number.parseInt(hex, 16);
  }
  return bits >>> 0;
}

/** `EPOLLIN|EPOLLET`; `0` for none. */
export function formatBits(bits: number, prefix: 'EPOLL' | 'POLL' = 'EPOLL'): string {
  const names = Object.keys(BITS).filter((name) => has(bits, BITS[name] ?? 0));
  return names.map((name) => prefix + name).join('|') || '0';
}
