/** The charts of npm run bench:models. Titles say the message with the numbers of the result, and are true of no other. */
import { dotChart, lineChart } from '../report/charts.mjs';
import { CPU_PER_REQUEST, formatBytes, formatMs, grouped, REQUESTS_PER_SECOND } from '../report/figures.mjs';
import { stepsOf, summaryOf } from '../report/result.mjs';

/** @import { Figure, Result, Row } from '../types.js' */

/** The tutorial's servers in Python have the colour of the same model here, and dashes. */
const COLORS = /** @type {Record<string, string>} */ ({
  blocking: '#8c564b',
  threads: '#d9480f',
  'thread-pool': '#b8860b',
  coroutines: '#2b8a3e',
  'busy-polling': '#c2255c',
  select: '#7048e8',
  poll: '#495057',
  epoll: '#1864ab',
  'epoll-edge': '#1098ad',
  'epoll-workers': '#6b9bd1',
  'python threads': '#d9480f',
  'python gevent': '#2b8a3e',
  'python epoll': '#1864ab',
});

/** Below this the noise of the heap is larger: 9,000 connections of 100 B are one MB. */
const CONNECTION_BYTES_MIN = 100;

/** @param {number} bytes  per connection */
export function formatConnectionBytes(bytes) {
  return bytes < CONNECTION_BYTES_MIN ? `< ${CONNECTION_BYTES_MIN} B` : formatBytes(bytes);
}

/** @param {Result} result @returns {Record<string, string>} */
export function activeCharts(result) {
  const rows = rowsAt(result, 'active');
  const xName = 'active connections';
  const [few, most] = ends(rows);
  const rate = summaryOf(rows, 'epoll', REQUESTS_PER_SECOND.name, most)?.median;
  const [first, last] = [few, most].map((n) => summaryOf(rows, 'epoll', CPU_PER_REQUEST.name, n)?.median);
  const cannot = names(rows).filter((name) => rows.some((row) => row.contender === name && row.cannot));
  const others = cannot.length === 0 ? '' : `; ${listed(cannot)} cannot`;
  return {
    ...overSteps(result, rows, REQUESTS_PER_SECOND, 'active-throughput', {
      title: rate && `epoll serves ${grouped(most)} active connections at ${grouped(rate)} requests/s${others}`,
      subtitle: 'Requests per second for a file of 1 KiB over keep-alive connections that all ask.',
      xName,
    }),
    ...overSteps(result, rows, CPU_PER_REQUEST, 'active-cpu', {
      title:
        first &&
        last &&
        `A request costs epoll ${CPU_PER_REQUEST.format(first)} µs over ${grouped(few)} active connection${few === 1 ? '' : 's'}, ` +
          `${CPU_PER_REQUEST.format(last)} µs over ${grouped(most)}`,
      subtitle:
        'CPU time of the server per request, in µs, for a file of 1 KiB over keep-alive connections that all ask.',
      xName,
    }),
  };
}

/** @param {Result} result @returns {Record<string, string>} */
export function idleCharts(result) {
  const rows = rowsAt(result, 'idle');
  const xName = 'idle connections (steps, not to scale)';
  const [none, most] = ends(rows);
  /** Of the most idle connections to none. @param {string} contender @param {Figure} figure */
  const ratio = (contender, { name }) =>
    Number(summaryOf(rows, contender, name, most)?.median) / Number(summaryOf(rows, contender, name, none)?.median);
  const times = (/** @type {string} */ name) => {
    const value = ratio(name, CPU_PER_REQUEST);
    return `${value < 10 ? value.toFixed(1) : Math.round(value)} times`;
  };
  const percent = (/** @type {string} */ name) => `${Math.round(100 * ratio(name, REQUESTS_PER_SECOND))} %`;
  const isKnown = ratio('epoll', CPU_PER_REQUEST) > 0 && ratio('poll', CPU_PER_REQUEST) > 0;
  return {
    ...overSteps(result, rows, REQUESTS_PER_SECOND, 'idle-throughput', {
      title:
        isKnown &&
        `Beside ${grouped(most)} idle connections epoll keeps ${percent('epoll')} of its throughput, poll ${percent('poll')}`,
      subtitle: 'Requests per second for a file of 1 KiB over 32 connections that ask, beside idle ones.',
      xName,
    }),
    ...overSteps(result, rows, CPU_PER_REQUEST, 'idle-cpu', {
      title:
        isKnown &&
        `With ${grouped(most)} idle connections a request costs poll ${times('poll')} as much CPU time, epoll ${times('epoll')}`,
      subtitle:
        'CPU time of the server per request, in µs, for a file of 1 KiB over 32 connections that ask, beside idle ones.',
      xName,
    }),
  };
}

/**
 * @param {Result} result @param {readonly Row[]} rows @param {Figure} figure @param {string} name
 * @param {{ title: string | number | false | undefined, subtitle: string, xName: string }} words  title: if its figures are known
 * @returns {Record<string, string>}
 */
function overSteps(result, rows, figure, name, { title, subtitle, xName }) {
  if (!rows.some((row) => row.figures[figure.name])) return {};
  const steps = stepsOf(rows);
  const noun = xName.split(' ')[0];
  const lines = names(rows).map((contender) => {
    const stopped = rows.find((row) => row.contender === contender && row.cannot);
    return {
      name: contender,
      color: colorOf(contender),
      isDashed: contender.startsWith('python'),
      isEmphasized: contender === 'epoll',
      values: steps.map((step) => summaryOf(rows, contender, figure.name, step)),
      cannot: stopped && `${grouped(stopped.step ?? 0)} ${noun}: ${stopped.cannot}`,
    };
  });
  const head = { result, title: title ? `${title}` : subtitle, subtitle };
  return { [name]: lineChart({ ...head, xName, steps, lines, format: figure.format }) };
}

/** @param {Result} result @param {readonly Row[]} rows  of the case memory @returns {Record<string, string>} */
export function memoryChart(result, rows) {
  if (!rows.some(({ figures }) => figures['bytesPerIdle'])) return {};
  const bytesOf = (/** @type {string} */ name) => summaryOf(rows, name, 'bytesPerIdle')?.median;
  const [epoll, threads] = [bytesOf('epoll'), bytesOf('threads')];
  const dotRows = rows.map(({ contender: name, figures, cannot }) => {
    const [bytes, held] = [figures['bytesPerIdle']?.median, figures['heldConnections']?.median ?? 0];
    const empty = `(empty: ${formatBytes(figures['pssBytes']?.median ?? 0)})`;
    const row = { name, color: colorOf(name) };
    if (bytes === undefined)
      return { ...row, dots: [], note: `${cannot?.replace(/ \(.*/, '')} ${empty}`, isAlarm: true };
    // What is within the noise of the heap is shown where the noise begins, as a hollow dot.
    const dot = { value: Math.max(bytes, CONNECTION_BYTES_MIN), isHollow: bytes < CONNECTION_BYTES_MIN };
    return {
      ...row,
      dots: [dot],
      note: `${formatConnectionBytes(bytes)} each, measured with ${grouped(held)} ${empty}`,
    };
  });
  const values = dotRows.flatMap(({ dots }) => dots.map(({ value }) => value));
  const memory = dotChart({
    title:
      epoll && threads
        ? `An idle connection costs epoll ${formatBytes(epoll)}, a thread of Node ${formatBytes(threads)}`
        : 'Memory per idle connection',
    subtitle: `Memory of the process per idle connection (anonymous pages; the kernel's own share is the same for all).`,
    result,
    noteName: 'per connection',
    rows: dotRows,
    formatTick: formatBytes,
    noteWidth: 390,
    ticks: byteTicks(Math.min(...values), Math.max(...values)),
  });
  return { memory };
}

/** 64 B, 1 KiB, 16 KiB, …: round in the unit in which they are read. @param {number} least @param {number} most */
function byteTicks(least, most) {
  const ticks = [4 * 16 ** Math.floor(Math.log(least / 4) / Math.log(16))];
  while (Number(ticks.at(-1)) < most) ticks.push(16 * Number(ticks.at(-1)));
  return ticks;
}

/** @param {Result} result @param {number} clients @returns {Record<string, string>} */
export function fairnessChart(result, clients) {
  const [alone, beside] = [rowsAt(result, 'fairness-alone'), rowsAt(result, 'fairness-beside')];
  if (beside.length === 0) return {};
  const median = (/** @type {readonly Row[]} */ rows, /** @type {string} */ name, /** @type {string} */ figure) =>
    summaryOf(rows, name, figure)?.median;
  const starving = beside.filter(({ contender }) => Number(median(beside, contender, 'answered')) < clients);
  const told = starving.map(({ contender }, i) => {
    const answered = median(beside, contender, 'answered') || 'none';
    return i === 0 ? `${contender} answers ${answered} of ${clients} fast ones` : `${contender} ${answered}`;
  });
  const rows = names(beside).map((name) => {
    const [hollow, full] = [median(alone, name, 'p99Ms'), median(beside, name, 'p99Ms')];
    const rates = [alone, beside].map((each) => grouped(median(each, name, REQUESTS_PER_SECOND.name) ?? 0)).join(' → ');
    const isAlarm = starving.some(({ contender }) => contender === name);
    const [few, most] = [beside, alone].map((each) => median(each, name, 'answered'));
    return {
      name,
      color: colorOf(name),
      dots: [...(hollow ? [{ value: hollow, isHollow: true }] : []), ...(full ? [{ value: full }] : [])],
      note: rates + (isAlarm ? `; answers ${few} of ${clients}, alone ${most}` : ''),
      isAlarm,
    };
  });
  if (rows.every(({ dots }) => dots.length === 0)) return {};
  const fairness = dotChart({
    title:
      starving.length === 0
        ? 'A slow client keeps no other client waiting'
        : `Beside one slow client ${[...told, ...(starving.length < beside.length ? ['the others all'] : [])].join(', ')}`,
    subtitle: `Latency of ${clients} fast clients, 99th percentile of those that are answered: ○ alone, ● beside one that drips its request.`,
    result,
    noteName: 'requests/s, alone → beside the slow one',
    rows,
    formatTick: formatMs,
    noteWidth: 300,
  });
  return { fairness };
}

/** @param {Result} result @param {string} name */
function rowsAt({ rows }, name) {
  return rows.filter((row) => row.case === name);
}

/** The smallest and the largest step. @param {readonly Row[]} rows @returns {[number, number]} */
function ends(rows) {
  const steps = stepsOf(rows);
  return [steps[0] ?? 0, steps.at(-1) ?? 0];
}

/** @param {readonly Row[]} rows */
function names(rows) {
  return [...new Set(rows.map(({ contender }) => contender))];
}

/** @param {readonly string[]} words  a, b and c */
function listed(words) {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** @param {string} name */
function colorOf(name) {
  return COLORS[name] ?? '#495057';
}
