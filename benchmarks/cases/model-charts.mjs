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
  const [few, most] = ends(rows);
  const cannot = names(rows).filter((name) => rows.some((row) => row.contender === name && row.cannot));
  const others = cannot.length === 0 ? '' : `; ${listed(cannot)} cannot`;
  const micros = (/** @type {number} */ step) => CPU_PER_REQUEST.format(median(rows, 'epoll', CPU_PER_REQUEST, step));
  const rate = grouped(median(rows, 'epoll', REQUESTS_PER_SECOND, most));
  const noun = `active connection${few === 1 ? '' : 's'}`;
  const head = { xName: 'active connections', ofWhat: 'a file of 1 KiB over keep-alive connections that all ask.' };
  return overSteps(result, rows, head, {
    'active-throughput': `epoll serves ${grouped(most)} active connections at ${rate} requests/s${others}`,
    'active-cpu': `A request costs epoll ${micros(few)} µs over ${few} ${noun}, ${micros(most)} µs over ${grouped(most)}`,
  });
}

/** @param {Result} result @returns {Record<string, string>} */
export function idleCharts(result) {
  const rows = rowsAt(result, 'idle');
  const [none, most] = ends(rows);
  const [epoll, poll] = ['epoll', 'poll'].map((name) => {
    const ratio = (/** @type {Figure} */ figure) => median(rows, name, figure, most) / median(rows, name, figure, none);
    return {
      times: `${Number(ratio(CPU_PER_REQUEST).toPrecision(2))} times`,
      percent: `${Math.round(100 * ratio(REQUESTS_PER_SECOND))} %`,
    };
  });
  const head = {
    xName: 'idle connections (steps, not to scale)',
    ofWhat: 'a file of 1 KiB over 32 connections that ask, beside idle ones.',
  };
  return overSteps(result, rows, head, {
    'idle-throughput': `Beside ${grouped(most)} idle connections epoll keeps ${epoll?.percent} of its throughput, poll ${poll?.percent}`,
    'idle-cpu': `With ${grouped(most)} idle connections a request costs poll ${poll?.times} as much CPU time, epoll ${epoll?.times}`,
  });
}

/**
 * @param {Result} result @param {readonly Row[]} rows @param {{ xName: string, ofWhat: string }} head
 * @param {Record<string, string>} titles  by file name; one whose figures were not measured has NaN in it
 */
function overSteps(result, rows, { xName, ofWhat }, titles) {
  const steps = stepsOf(rows);
  /** @type {Record<string, string>} */
  const drawn = {};
  for (const [file, message] of Object.entries(titles)) {
    const isCpu = file.endsWith('cpu');
    const figure = isCpu ? CPU_PER_REQUEST : REQUESTS_PER_SECOND;
    const subtitle = `${isCpu ? 'CPU time of the server per request, in µs, for' : 'Requests per second for'} ${ofWhat}`;
    const title = message.includes('NaN') ? subtitle : message;
    const lines = names(rows).map((name) => {
      const stopped = rows.find((row) => row.contender === name && row.cannot);
      return {
        name,
        color: colorOf(name),
        isDashed: name.startsWith('python'),
        isEmphasized: name === 'epoll',
        values: steps.map((step) => summaryOf(rows, name, figure.name, step)),
        cannot: stopped && `${grouped(stopped.step ?? 0)} ${xName.split(' ')[0]}: ${stopped.cannot}`,
      };
    });
    if (lines.every(({ values }) => values.every((value) => value === undefined))) continue;
    drawn[file] = lineChart({ title, subtitle, result, xName, steps, lines, format: figure.format });
  }
  return drawn;
}

/** @param {Result} result @param {readonly Row[]} rows  of the case memory @returns {Record<string, string>} */
export function memoryChart(result, rows) {
  if (!rows.some(({ figures }) => figures['bytesPerIdle'])) return {};
  const [epoll, threads] = ['epoll', 'threads'].map((name) => median(rows, name, { name: 'bytesPerIdle' }));
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
  const [answered, p99] = [{ name: 'answered' }, { name: 'p99Ms' }];
  const starving = beside.filter(({ contender }) => median(beside, contender, answered) < clients);
  const told = starving.map(({ contender }, i) => {
    const some = median(beside, contender, answered) || 'none';
    return i === 0 ? `${contender} answers ${some} of ${clients} fast ones` : `${contender} ${some}`;
  });
  const rows = names(beside).map((name) => {
    const [hollow, full] = [median(alone, name, p99), median(beside, name, p99)];
    const rates = [alone, beside].map((each) => grouped(median(each, name, REQUESTS_PER_SECOND) || 0)).join(' → ');
    const isAlarm = starving.some(({ contender }) => contender === name);
    const [few, most] = [beside, alone].map((each) => median(each, name, answered));
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

/**
 * @param {readonly Row[]} rows @param {string} contender @param {{ name: string }} figure @param {number} [step]
 * @returns {number}  NaN if it was not measured
 */
function median(rows, contender, { name }, step) {
  return summaryOf(rows, contender, name, step)?.median ?? Number.NaN;
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
