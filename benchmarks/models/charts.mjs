/** The charts of a result. Titles say the message, with the numbers of this result: they are not true of any other. */
import { dotChart } from '../harness/dot-chart.mjs';
import { lineChart } from '../harness/line-chart.mjs';
import { memoryPerConnection } from './result.mjs';
import { cpuOverActive, cpuOverIdle, fairnessTitle, memoryTitle, rateOverActive, rateOverIdle } from './titles.mjs';
import {
  CONNECTION_BYTES_MIN,
  formatBytes,
  formatConnectionBytes,
  formatMicros,
  formatMs,
  formatRate,
} from './wording.mjs';

/** @typedef {import('./result.mjs').Result} Result */
/** @typedef {import('./result.mjs').LoadRow} LoadRow */

/** The tutorial's servers in Python have the colour of their sisters, and dashes. */
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

/** @param {Result} result @returns {Record<string, string>}  SVG by file name */
export function charts(result) {
  const { active, idle, fairness } = result;
  return {
    ...(has(active) ? { 'active-throughput': activeChart(result, 'requestsPerSecond', rateOverActive(result)) } : {}),
    ...(has(active) ? { 'active-cpu': activeChart(result, 'cpuMicrosPerRequest', cpuOverActive(result)) } : {}),
    ...(has(idle) ? { 'idle-throughput': idleChart(result, 'requestsPerSecond', rateOverIdle(result)) } : {}),
    ...(has(idle) ? { 'idle-cpu': idleChart(result, 'cpuMicrosPerRequest', cpuOverIdle(result)) } : {}),
    ...(idle.some((row) => row.idle && row.anonymousBytes) ? { memory: memoryChart(result) } : {}),
    ...(fairness.some((row) => row.p99Ms) ? { fairness: fairnessChart(result) } : {}),
  };
}

/** @param {LoadRow[]} rows */
function has(rows) {
  return rows.some((row) => row.requestsPerSecond);
}

const UNITS = /** @type {const} */ ({
  requestsPerSecond: { name: 'Requests per second', format: formatRate },
  cpuMicrosPerRequest: { name: 'CPU time of the server per request, in µs', format: formatMicros },
});

/** @param {Result} result @param {keyof typeof UNITS} value @param {string} title */
function activeChart(result, value, title) {
  const subtitle = `${UNITS[value].name}, of a 1 KiB file over keep-alive connections that all ask. ${where(result)}`;
  return overConnections(result, result.active, 'connections', value, title, subtitle, 'active connections');
}

/** @param {Result} result @param {keyof typeof UNITS} value @param {string} title */
function idleChart(result, value, title) {
  const subtitle = `${UNITS[value].name}, of a 1 KiB file over ${result.conditions['idleActive']} connections that ask, beside idle ones. ${where(result)}`;
  return overConnections(result, result.idle, 'idle', value, title, subtitle, 'idle connections (steps, not to scale)');
}

/**
 * @param {Result} result @param {LoadRow[]} rows @param {'connections' | 'idle'} column
 * @param {keyof typeof UNITS} value @param {string} title @param {string} subtitle @param {string} xName
 */
function overConnections(result, rows, column, value, title, subtitle, xName) {
  const categories = [...new Set(rows.map((row) => /** @type {number} */ (row[column])))];
  const noun = column === 'idle' ? 'idle' : 'active';
  const lines = present(result).map((name) => {
    const own = categories.map((n) => rows.find((row) => row.contender === name && row[column] === n));
    const stopped = own.find((row) => row?.cannot);
    return {
      name,
      color: colorOf(name),
      isDashed: name.startsWith('python'),
      isEmphasized: name === 'epoll',
      values: own.map((row) => row?.[value]),
      ...(stopped ? { cannot: `${stopped[column]?.toLocaleString('en-US')} ${noun}: ${stopped.cannot}` } : {}),
    };
  });
  const { format } = UNITS[value];
  const formatTick = (/** @type {number} */ tick) =>
    tick < 1000 || value !== 'requestsPerSecond' ? `${tick.toLocaleString('en-US')}` : `${tick / 1000}k`;
  return lineChart({ title, subtitle, xName, categories, lines, format, formatTick });
}

/** @param {Result} result */
function memoryChart(result) {
  const rows = present(result).map((name) => memoryRow(result, name));
  return dotChart({
    title: memoryTitle(result),
    subtitle: `Memory of the process per idle connection (anonymous pages; the kernel's own share is the same for all). ${where(result)}`,
    noteName: 'per connection',
    rows,
    formatTick: formatBytes,
    noteWidth: 375,
    ticks: byteTicks(rows.flatMap(({ dots }) => dots.map(({ value }) => value))),
  });
}

/** @param {Result} result @param {string} name */
function memoryRow(result, name) {
  const memory = memoryPerConnection(result, name);
  const row = { name, color: colorOf(name), dots: [], isAlarm: false };
  if (memory === undefined) return { ...row, note: 'not measured' };
  const empty = `(empty: ${formatBytes(memory.emptyBytes)})`;
  if ('cannot' in memory) return { ...row, note: `${memory.cannot.replace(/ \(.*/, '')} ${empty}`, isAlarm: true };
  const { bytes, connections } = memory;
  // What is within the noise of the heap is shown where the noise begins, as a hollow dot.
  const dot = { value: Math.max(bytes, CONNECTION_BYTES_MIN), isHollow: bytes < CONNECTION_BYTES_MIN };
  const note = `${formatConnectionBytes(bytes)} each, measured with ${connections.toLocaleString('en-US')} ${empty}`;
  return { ...row, dots: [dot], note };
}

/** 64 B, 1 KiB, 16 KiB, …: round in the unit that they are read in. @param {readonly number[]} values */
function byteTicks(values) {
  const STEP = 16;
  const low = STEP ** Math.floor(Math.log(Math.min(...values) / 4) / Math.log(STEP)) * 4;
  /** @type {number[]} */
  const ticks = [low];
  while (/** @type {number} */ (ticks.at(-1)) < Math.max(...values))
    ticks.push(/** @type {number} */ (ticks.at(-1)) * STEP);
  return ticks;
}

/** @param {Result} result */
function fairnessChart(result) {
  const rows = present(result).map((name) => fairnessDots(result, name));
  return dotChart({
    title: fairnessTitle(result),
    subtitle: `Latency of ${result.conditions['fastClients']} fast clients, 99th percentile of those that are answered: ○ alone, ● beside one that drips its request. ${where(result)}`,
    noteName: 'requests/s, alone → beside the slow one',
    rows,
    formatTick: formatMs,
    noteWidth: 300,
  });
}

/** @param {Result} result @param {string} name */
function fairnessDots({ fairness }, name) {
  const [alone, beside] = [false, true].map((slowClient) =>
    fairness.find((row) => row.contender === name && row.slowClient === slowClient),
  );
  const dots = [
    ...(alone?.p99Ms ? [{ value: alone.p99Ms.median, isHollow: true }] : []),
    ...(beside?.p99Ms ? [{ value: beside.p99Ms.median, isHollow: false }] : []),
  ];
  const rates = [alone, beside].map((row) => formatRate(row?.requestsPerSecond?.median ?? 0)).join(' → ');
  const isAlarm = (beside?.answered ?? 0) < (beside?.clients ?? 0);
  const answered = isAlarm ? `; answers ${beside?.answered} of ${beside?.clients}, alone ${alone?.answered}` : '';
  return { name, color: colorOf(name), dots, note: rates + answered, isAlarm };
}

/** @param {Result} result */
function present({ contenders }) {
  return contenders.filter(({ missing }) => !missing).map(({ name }) => name);
}

/** @param {string} name */
function colorOf(name) {
  return COLORS[name] ?? '#495057';
}

/** @param {Result} result */
function where({ machine, node, conditions, contenders }) {
  const shared = contenders.filter(({ cores }) => cores === 'all').map(({ name }) => name);
  const exception = shared.length > 0 ? `; ${shared.join(', ')}: all cores, shared with the load` : '';
  return `\n${machine.cpu}, Node ${node}. Server on one core, load on another${exception}. ${conditions['rounds'] === 1 ? 'One round' : `Median of ${conditions['rounds']} rounds`}.`;
}
