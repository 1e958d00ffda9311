/** How numbers and conditions are said, in tables and charts alike. */

import { warning } from '../harness/environment.mjs';

/** @typedef {import('./result.mjs').Result} Result */

/** @param {number} perSecond  48,213 → 48.2k */
export function formatRate(perSecond) {
  return perSecond < 1000 ? `${Math.round(perSecond)}` : `${(perSecond / 1000).toFixed(1)}k`;
}

/** @param {number} bytes */
export function formatBytes(bytes) {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  if (bytes < 1000 * 1024) return `${digits(bytes / 1024, 3)} KiB`;
  if (bytes < 1000 * 1024 ** 2) return `${digits(bytes / 1024 ** 2, 3)} MiB`;
  return `${digits(bytes / 1024 ** 3, 3)} GiB`;
}

/** Below, the heap's own ups and downs are larger: 9,000 connections of 100 B are one MB. */
export const CONNECTION_BYTES_MIN = 100;

/** @param {number} bytes  per connection */
export function formatConnectionBytes(bytes) {
  return bytes < CONNECTION_BYTES_MIN ? `< ${CONNECTION_BYTES_MIN} B` : formatBytes(bytes);
}

/** @param {number} micros */
export function formatMicros(micros) {
  return micros < 100 ? micros.toFixed(1) : Math.round(micros).toLocaleString('en-US');
}

/** @param {number} ms */
export function formatMs(ms) {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  return `${(ms < 100 ? digits(ms, 2) : Math.round(ms)).toLocaleString('en-US')} ms`;
}

/** @param {number} value @param {number} precision  16.0 → 16 */
function digits(value, precision) {
  return Number(value.toPrecision(precision));
}

/** @param {Result} result @returns {string[]}  what must be known to read the numbers */
export function describeConditions(result) {
  const { conditions, machine } = result;
  const busy = warning(result);
  const shared = result.contenders.filter((contender) => contender.cores === 'all').map(({ name }) => name);
  const missing = result.contenders.filter((contender) => contender.missing);
  return [
    `epoll-reactor ${result.commit}, ${result.date.slice(0, 10)}; ${machine.cpu}, ${machine.cores} cores, ` +
      `${machine.memoryGiB} GiB; ${result.kernel}; Node ${result.node}; ${result.load}`,
    `A file of 1 KiB over keep-alive connections on loopback. Server on one core, load on another. A fresh process per ` +
      `point, median of ${conditions['rounds']} interleaved rounds (± half the range), windows of ` +
      `${Number(conditions['windowMs']) / 1000} s after a warm-up.`,
    ...shared.map((name) => `${name} is the exception: it uses all cores, and shares one of them with the load.`),
    ...(busy ? [`Beware: ${busy}.`] : []),
    ...missing.map((contender) => `${contender.name}: ${contender.missing}`),
  ];
}
