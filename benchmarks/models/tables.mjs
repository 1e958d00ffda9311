/** The result as tables, with what could not be done as ✗ and its reason below. */
import { spread } from '../harness/statistics.mjs';
import { textTable } from '../harness/text-table.mjs';
import { memoryPerConnection } from './result.mjs';
import { describeConditions, formatBytes, formatConnectionBytes, formatRate } from './wording.mjs';

/** @typedef {import('./result.mjs').Result} Result */
/** @typedef {import('./result.mjs').LoadRow} LoadRow */
/** @typedef {import('../harness/statistics.mjs').Summary} Summary */

/** @param {Result} result */
export function tables(result) {
  const blocks = [describeConditions(result).join('\n')];
  if (result.active.length > 0) {
    blocks.push(
      loadTable(
        result,
        result.active,
        'connections',
        'Active connections: requests/s',
        'requestsPerSecond',
        formatRate,
      ),
      loadTable(
        result,
        result.active,
        'connections',
        'Active connections: CPU µs per request',
        'cpuMicrosPerRequest',
        micros,
      ),
      reasons(result.active, 'connections', 'active'),
    );
  }
  if (result.idle.length > 0) {
    const beside = `${result.conditions['idleActive']} active beside idle connections`;
    blocks.push(
      loadTable(result, result.idle, 'idle', `${beside}: CPU µs per request`, 'cpuMicrosPerRequest', micros),
      loadTable(result, result.idle, 'idle', `${beside}: requests/s`, 'requestsPerSecond', formatRate),
      reasons(result.idle, 'idle', 'idle'),
      memoryTable(result),
    );
  }
  if (result.fairness.length > 0) blocks.push(fairnessTable(result));
  return blocks.filter((block) => block !== '').join('\n\n');
}

/**
 * @param {Result} result @param {LoadRow[]} rows @param {'connections' | 'idle'} column @param {string} title
 * @param {'requestsPerSecond' | 'cpuMicrosPerRequest'} value @param {(n: number) => string} format
 */
function loadTable(result, rows, column, title, value, format) {
  const columns = [...new Set(rows.map((row) => /** @type {number} */ (row[column])))];
  const lines = result.contenders.map(({ name, missing }) => [
    name,
    ...columns.map((x) => {
      if (missing) return '–';
      const row = rows.find((each) => each.contender === name && each[column] === x);
      const summary = row?.[value];
      return summary === undefined ? '✗' : `${format(summary.median)}${spreadText(summary)}${row?.failures ? '!' : ''}`;
    }),
  ]);
  return `${title}\n${textTable(['', ...columns.map((x) => x.toLocaleString('en-US'))], lines)}`;
}

/** @param {LoadRow[]} rows @param {'connections' | 'idle'} column @param {string} noun */
function reasons(rows, column, noun) {
  const lines = rows.flatMap((row) => {
    const place = `${row.contender}, ${/** @type {number} */ (row[column]).toLocaleString('en-US')} ${noun}:`;
    if (row.cannot?.startsWith('not tried')) return [];
    if (row.cannot) return [`✗ ${place} ${row.cannot}`];
    return [
      ...(row.failures ?? []).map((failure) => `! ${place} in one round: ${failure}`),
      ...(row.starved ? [`! ${place} ${row.starved} connections got no answer in the window`] : []),
      ...(row.complaints ?? []).map((complaint) => `! ${place} wrk: ${complaint}`),
    ];
  });
  return lines.length === 0 ? '' : [...lines, '  (beyond a ✗ no larger number was tried)'].join('\n');
}

/** @param {Result} result */
function memoryTable(result) {
  const lines = result.contenders.map(({ name, missing }) => {
    const memory = missing ? undefined : memoryPerConnection(result, name);
    if (memory === undefined) return [name, '–', '–', '–'];
    if ('cannot' in memory) return [name, formatBytes(memory.emptyBytes), '✗', '–'];
    return [
      name,
      formatBytes(memory.emptyBytes),
      formatConnectionBytes(memory.bytes),
      memory.connections.toLocaleString('en-US'),
    ];
  });
  const title =
    'Memory (PSS of all processes; per connection: stacks and heaps; what the kernel keeps for sockets is in neither)';
  return `${title}\n${textTable(['', 'without connections', 'per idle connection', 'measured with'], lines)}`;
}

/** @param {Result} result */
function fairnessTable(result) {
  const ms = (/** @type {Summary | undefined} */ summary) => (summary ? summary.median.toFixed(2) : '✗');
  const cells = (/** @type {string} */ name, /** @type {boolean} */ slowClient) => {
    const row = result.fairness.find((each) => each.contender === name && each.slowClient === slowClient);
    if (!row?.requestsPerSecond) return ['✗', '✗', '✗', '✗'];
    return [
      ms(row.p50Ms),
      ms(row.p99Ms),
      formatRate(row.requestsPerSecond.median),
      `${row.answered} of ${row.clients}`,
    ];
  };
  const lines = result.contenders.map(({ name, missing }) =>
    missing ? [name, '–', '–', '–', '–', '–', '–', '–', '–'] : [name, ...cells(name, false), ...cells(name, true)],
  );
  const head = ['', 'p50 ms', 'p99 ms', 'requests/s', 'answered', 'slow: p50 ms', 'p99 ms', 'requests/s', 'answered'];
  return `Fairness: fast clients alone, then beside a slow one that drips its request\n${textTable(head, lines)}`;
}

/** @param {Summary} summary */
function spreadText(summary) {
  return summary.samples < 2 ? '' : ` ±${Math.round(spread(summary) * 100)}%`.padStart(5);
}

/** @param {number} n */
function micros(n) {
  return n.toFixed(1);
}
