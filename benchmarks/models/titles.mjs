/** The message of each chart, from the numbers of the result; where those that it is about were not measured, its subject. */
import { memoryPerConnection } from './result.mjs';
import { formatBytes, formatMicros, formatRate } from './wording.mjs';

/** @typedef {import('./result.mjs').Result} Result */
/** @typedef {import('./result.mjs').LoadRow} LoadRow */

/** @param {Result} result */
export function rateOverActive({ active, contenders }) {
  const most = last(active.map((row) => row.connections ?? 0));
  const epoll = active.find((row) => row.contender === 'epoll' && row.connections === most)?.requestsPerSecond;
  if (epoll === undefined) return 'Requests per second, over active connections';
  const cannot = contenders
    .map(({ name }) => name)
    .filter((name) => active.some((row) => row.contender === name && row.cannot));
  const others = cannot.length === 0 ? '' : `; ${listed(cannot)} cannot`;
  return `epoll serves ${number(most)} active connections at ${formatRate(epoll.median)} requests/s${others}`;
}

/** @param {Result} result */
export function cpuOverActive({ active }) {
  const most = last(active.map((row) => row.connections ?? 0));
  const few = active[0]?.connections ?? 0;
  const of = (/** @type {number} */ n) =>
    active.find((row) => row.contender === 'epoll' && row.connections === n)?.cpuMicrosPerRequest?.median;
  const [first, final] = [of(few), of(most)];
  if (first === undefined || final === undefined || few === most)
    return 'CPU time per request, over active connections';
  return `A request costs epoll ${formatMicros(first)} µs over ${number(few)} active connection${few === 1 ? '' : 's'}, ${formatMicros(final)} µs over ${number(most)}`;
}

/** @param {Result} result */
export function cpuOverIdle({ idle }) {
  const [epoll, poll] = [ratio(idle, 'epoll', 'cpuMicrosPerRequest'), ratio(idle, 'poll', 'cpuMicrosPerRequest')];
  if (!epoll || !poll) return 'CPU time per request, beside idle connections';
  return `${number(epoll.most)} idle connections make a request ${times(poll.ratio)} as dear for poll, ${times(epoll.ratio)} for epoll`;
}

/** @param {Result} result */
export function rateOverIdle({ idle }) {
  const [epoll, poll] = [ratio(idle, 'epoll', 'requestsPerSecond'), ratio(idle, 'poll', 'requestsPerSecond')];
  if (!epoll || !poll) return 'Requests per second, beside idle connections';
  return `Beside ${number(epoll.most)} idle connections epoll keeps ${percent(epoll.ratio)} of its throughput, poll ${percent(poll.ratio)}`;
}

/** @param {Result} result */
export function memoryTitle(result) {
  const [epoll, threads] = ['epoll', 'threads'].map((name) => memoryPerConnection(result, name));
  if (!epoll || !threads || 'cannot' in epoll || 'cannot' in threads) return 'Memory per idle connection';
  return `An idle connection costs epoll ${formatBytes(epoll.bytes)}, a thread of Node ${formatBytes(threads.bytes)}`;
}

/** @param {Result} result */
export function fairnessTitle({ fairness }) {
  const beside = fairness.filter((row) => row.slowClient && row.clients !== undefined);
  const starving = beside.filter((row) => (row.answered ?? 0) < (row.clients ?? 0));
  if (beside.length === 0) return 'Latency of fast clients, beside a slow one';
  if (starving.length === 0) return 'A slow client keeps nobody waiting';
  const told = starving.map((row, i) => {
    const answered = row.answered === 0 ? 'none' : `${row.answered}`;
    return i === 0
      ? `${row.contender} answers ${answered} of ${row.clients} fast ones`
      : `${row.contender} ${answered}`;
  });
  return `Beside one slow client ${[...told, ...(starving.length < beside.length ? ['the others all'] : [])].join(', ')}`;
}

/**
 * @param {LoadRow[]} idle @param {string} contender @param {'cpuMicrosPerRequest' | 'requestsPerSecond'} value
 * @returns {{ most: number, ratio: number } | undefined}  of the most idle connections to none
 */
function ratio(idle, contender, value) {
  const most = last(idle.map((row) => row.idle ?? 0));
  const of = (/** @type {number} */ n) =>
    idle.find((row) => row.contender === contender && row.idle === n)?.[value]?.median;
  const [none, all] = [of(0), of(most)];
  return none === undefined || all === undefined || most === 0 ? undefined : { most, ratio: all / none };
}

/** @param {readonly number[]} numbers */
function last(numbers) {
  return Math.max(...numbers);
}

/** @param {readonly string[]} names  a, b and c */
function listed(names) {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** @param {number} ratio */
function times(ratio) {
  return `${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio)} times`;
}

/** @param {number} ratio */
function percent(ratio) {
  return `${Math.round(ratio * 100)} %`;
}

/** @param {number} n */
function number(n) {
  return n.toLocaleString('en-US');
}
