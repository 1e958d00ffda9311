/** What is measured, and how it is said. A sample holds numbers by these names. */

/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {string} title    of its column, with the unit
 * @property {string} phrase   in a sentence: "CPU per request ÷ nginx"
 * @property {(value: number) => string} format
 * @property {boolean} isMoreBetter
 */

const digits = (/** @type {number} */ value, /** @type {number} */ precision) => Number(value.toPrecision(precision));
const quotient = (/** @type {number} */ value) => value.toFixed(3);
const grouped = (/** @type {number} */ value) => Math.round(value).toLocaleString('en-US');
const micros = (/** @type {number} */ value) => (value < 100 ? value.toFixed(2) : grouped(value));

/** @type {(name: string, title: string, phrase: string, format: (value: number) => string, isMoreBetter?: boolean) => Figure} */
export const figure = (name, title, phrase, format, isMoreBetter = false) => ({
  ...{ name, title, phrase, format },
  isMoreBetter,
});

export const CPU_PER_REQUEST = figure('cpuMicrosPerRequest', 'CPU µs/request', 'CPU/request', micros);
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

/** Of every case that wrk asks in. */
export const OF_LOAD = [CPU_PER_REQUEST, REQUESTS_PER_SECOND, P50, P99, P999, MEMORY];

/** A quotient, as bounds compare it. @param {number} value */
export function formatRatio(value) {
  return value < 10 ? value.toFixed(2) : `${digits(value, 3)}`;
}
