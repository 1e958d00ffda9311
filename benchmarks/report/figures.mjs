/** The figures that are measured, and how each is printed. A sample holds numbers by these names. */

/** @import { Figure } from '../types.js' */

/** Three digits. @param {number} value */
export const rounded = (value) => Number(value.toPrecision(3)).toLocaleString('en-US');
/** Two digits, for titles: the third differs from run to run. @param {number} value */
export const roughly = (value) => Number(value.toPrecision(2)).toLocaleString('en-US');
/** @param {number} value */
const quotient = (value) => value.toFixed(3);
/** @param {number} value */
const micros = (value) => (value < 100 ? value.toFixed(2) : grouped(value));

/** @param {number} value  48213 → 48,213 */
export function grouped(value) {
  return Math.round(value).toLocaleString('en-US');
}

/** A quotient, or bytes, as bounds compare them. @param {number} value */
export function formatRatio(value) {
  return value < 10 ? value.toFixed(2) : `${value < 100 ? rounded(value) : Math.round(value)}`;
}

/** @type {(name: string, title: string, phrase: string, format: (value: number) => string, isMoreBetter?: boolean, least?: number) => Figure} */
export const figure = (name, title, phrase, format, isMoreBetter = false, least = 0) => ({
  ...{ name, title, phrase, least, isMoreBetter },
  format: (value) => (value < least ? `< ${least}` : format(value)),
});

export const CPU_PER_REQUEST = figure('cpuMicrosPerRequest', 'CPU µs/request', 'CPU/request', micros);
export const CPU_PER_CONNECTION = figure(
  'cpuMicrosPerConnection',
  'CPU µs/handshake + request',
  'CPU/handshake with one request',
  micros,
);
export const CPU_PER_HANDSHAKE = figure('cpuMicrosPerHandshake', 'CPU µs/handshake', 'CPU/handshake', micros);
export const HANDSHAKES_PER_SECOND = figure('handshakesPerSecond', 'handshakes/s', 'handshakes/s', grouped, true);
export const REQUESTS_PER_SECOND = figure('requestsPerSecond', 'requests/s', 'requests/s', grouped, true);
export const P50 = figure('p50Micros', 'p50 µs', 'p50', grouped);
export const P99 = figure('p99Micros', 'p99 µs', 'p99', grouped);
export const P999 = figure('p999Micros', 'p99.9 µs', 'p99.9', grouped);
export const MEMORY = figure('pssBytes', 'memory MiB', 'memory', (bytes) => (bytes / 1024 ** 2).toFixed(1));
export const GIGABYTES_PER_SECOND = figure('gigabytesPerSecond', 'GB/s', 'GB/s', (value) => value.toFixed(2), true);
export const CPU_PER_GIGABYTE = figure('cpuMillisPerGigabyte', 'CPU ms/GB', 'CPU/GB', (value) => value.toFixed(0));
export const START_MS = figure('startMs', 'first answer ms', 'time to the first answer', (value) => value.toFixed(1));
export const BYTES_PER_IDLE = figure('bytesPerIdle', 'bytes/idle', 'bytes per idle connection', grouped);
export const CPU_ALONE = figure('cpuMicrosAlone', 'CPU µs alone', 'CPU/request alone', micros);
export const CPU_BESIDE = figure('cpuMicrosBeside', 'CPU µs beside', 'CPU/request beside idle', micros);
export const CPU_GROWTH = figure('cpuGrowth', 'CPU beside ÷ alone', 'CPU/request ÷ the same without', quotient);
export const THROUGHPUT_KEPT = figure('throughputKept', 'requests/s kept', 'requests/s beside ÷ alone', quotient, true);

/** The figures of each case that wrk loads. */
export const OF_LOAD = [CPU_PER_REQUEST, REQUESTS_PER_SECOND, P50, P99, P999, MEMORY];
