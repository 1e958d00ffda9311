/** From the samples of all rounds to the result: what models.json holds, and what tables and charts are made from. */
import { round, summarize } from '../harness/statistics.mjs';

/** @typedef {import('../harness/statistics.mjs').Summary} Summary */
/**
 * @typedef {object} LoadRow  of `active` and `idle`
 * @property {string} contender
 * @property {number} [connections]
 * @property {number} [idle]
 * @property {string} [cannot]                 why there is no number
 * @property {string[]} [failures]             rounds that failed beside others that did not
 * @property {Summary} [requestsPerSecond]
 * @property {Summary} [cpuMicrosPerRequest]
 * @property {Summary} [cpuShare]              of one core
 * @property {number} [starved]                connections without an answer in the window, in the worst round
 * @property {string[]} [complaints]           of wrk
 * @property {Summary} [pssBytes]              the memory is there although it cannot answer, where it holds the connections
 * @property {Summary} [rssBytes]
 * @property {Summary} [anonymousBytes]
 */
/**
 * @typedef {object} FairnessRow
 * @property {string} contender
 * @property {boolean} slowClient
 * @property {string} [cannot]
 * @property {Summary} [requestsPerSecond]
 * @property {Summary} [p50Ms]  absent where nobody was answered
 * @property {Summary} [p99Ms]
 * @property {number} [clients]
 * @property {number} [answered]  of the clients, in the worst round
 */
/**
 * @typedef {object} Result
 * @property {'models'} benchmark
 * @property {string} date
 * @property {string} commit
 * @property {{ cpu: string, cores: number, memoryGiB: number }} machine
 * @property {string} kernel
 * @property {string} node
 * @property {number} loadAverage  of the machine, before
 * @property {string} load
 * @property {Record<string, unknown>} conditions
 * @property {{ name: string, version: string, cores: string, missing?: string, responseHead?: string }[]} contenders
 * @property {LoadRow[]} active
 * @property {LoadRow[]} idle
 * @property {FairnessRow[]} fairness
 */

/** @param {any} outcome @returns {LoadRow} */
export function loadRow({ point, samples, cannot, observed, failures }) {
  const row = { contender: point.contender, ...point.key };
  if (samples.length === 0) return { ...row, cannot, ...memory([observed ?? {}]) };
  const complaints = samples.flatMap((/** @type {any} */ sample) => sample.complaints);
  return {
    ...row,
    ...(failures.length > 0 ? { failures } : {}),
    requestsPerSecond: of(samples, 'requestsPerSecond'),
    cpuMicrosPerRequest: of(samples, 'cpuMicrosPerRequest'),
    cpuShare: of(samples, 'cpuShare'),
    starved: Math.max(...samples.map((/** @type {any} */ sample) => sample.starved)),
    ...(complaints.length > 0 ? { complaints } : {}),
    ...memory(samples),
  };
}

/** @param {any[]} samples */
function memory(samples) {
  const names = ['pssBytes', 'rssBytes', 'anonymousBytes'].filter((name) => name in samples[0]);
  return Object.fromEntries(names.map((name) => [name, of(samples, name)]));
}

/** @param {any} outcome @returns {FairnessRow} */
export function fairnessRow({ point, samples, cannot }) {
  const row = { contender: point.contender, ...point.key };
  if (samples.length === 0) return { ...row, cannot };
  const answering = samples.filter((/** @type {any} */ sample) => sample.p50Ms !== null);
  return {
    ...row,
    requestsPerSecond: of(samples, 'requestsPerSecond'),
    ...(answering.length > 0 ? { p50Ms: of(answering, 'p50Ms'), p99Ms: of(answering, 'p99Ms') } : {}),
    clients: samples[0].clients,
    answered: Math.min(...samples.map((/** @type {any} */ sample) => sample.answered)),
  };
}

/**
 * What one idle connection costs, from the most that the contender held.
 * @param {Result} result @param {string} contender
 * @returns {{ emptyBytes: number, bytes: number, connections: number } | { emptyBytes: number, cannot: string } | undefined}
 */
export function memoryPerConnection(result, contender) {
  const rows = result.idle.filter((row) => row.contender === contender);
  const empty = rows.find((row) => row.idle === 0);
  const full = rows.findLast((row) => row.idle && row.anonymousBytes);
  if (empty?.anonymousBytes === undefined) return undefined;
  if (full === undefined) {
    const cannot = rows.find((row) => row.cannot)?.cannot;
    return cannot === undefined ? undefined : { emptyBytes: /** @type {Summary} */ (empty.pssBytes).median, cannot };
  }
  const connections = /** @type {number} */ (full.idle);
  const fullBytes = /** @type {Summary} */ (full.anonymousBytes).median;
  const bytes = (fullBytes - empty.anonymousBytes.median) / connections;
  return { emptyBytes: /** @type {Summary} */ (empty.pssBytes).median, bytes: round(bytes), connections };
}

/** @param {any[]} samples @param {string} name */
function of(samples, name) {
  return summarize(samples.map((sample) => sample[name]));
}
