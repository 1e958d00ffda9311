/**
 * The cases of npm run bench:models.
 *
 * active    connections that all ask, as fast as they are answered
 * idle      32 connections that ask, beside many that are silent: the curve by which epoll won
 * memory    what one of the silent connections costs
 * fairness  8 fast clients, alone and beside one that drips its request
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Cannot } from '../harness/cannot.mjs';
import { endProcess, hasEnded, startProcess } from '../harness/children.mjs';
import { withServer } from '../harness/contender.mjs';
import { openIdleConnections } from '../harness/idle-connections.mjs';
import { memoryBytes } from '../harness/process-tree.mjs';
import { createSite } from '../harness/site.mjs';
import { measureLoad } from '../harness/steady-load.mjs';
import { CPU_PER_REQUEST, figure, formatBytes, grouped, REQUESTS_PER_SECOND } from '../report/figures.mjs';
import { summaryOf } from '../report/result.mjs';
import { summarize } from '../report/statistics.mjs';
import { activeCharts, fairnessChart, formatConnectionBytes, idleCharts, memoryChart } from './model-charts.mjs';

/** @import { Case, Row, Sample, Server, Settings, Site } from '../types.js' */

const FAST_CLIENTS_PROGRAM = fileURLToPath(new URL('../harness/fast-clients.mjs', import.meta.url));
const FAST_CLIENTS = 8;
const FAST_CLIENTS_MS_MAX = 60_000;
/** Fast clients that get no answer for so long count as starving. */
const STALL_MS = 1_500;
const ACTIVE_BESIDE_IDLE = 32;
/** Threads that started with the connections come to rest before memory is read. */
const SETTLE_MS = 200;

const CPU_SHARE = figure('cpuShare', 'CPU share', 'share of a core', (share) => `${Math.round(100 * share)} %`);
const PROCESS_MEMORY = ['pssBytes', 'rssBytes', 'anonymousBytes'].map((name) => figure(name, name, name, formatBytes));
const ms = (/** @type {number} */ value) => value.toFixed(2);

/** @type {readonly Case[]} */
export const MODEL_CASES = [
  {
    name: 'active',
    title: 'Connections that all ask for a file of 1 KiB',
    figures: [REQUESTS_PER_SECOND, CPU_PER_REQUEST],
    recorded: [CPU_SHARE],
    prepare: (settings) => {
      const site = createSite();
      return (contender, connections) =>
        withServer(contender, site, (server) => measureLoad(server, { ...settings, connections }));
    },
    charts: activeCharts,
  },
  {
    name: 'idle',
    title: `${ACTIVE_BESIDE_IDLE} connections that ask, beside idle ones`,
    figures: [CPU_PER_REQUEST, REQUESTS_PER_SECOND],
    recorded: [CPU_SHARE, ...PROCESS_MEMORY],
    prepare: (settings) => {
      const site = createSite();
      return (contender, idle) => withServer(contender, site, (server) => measureBesideIdle(server, idle, settings));
    },
    charts: idleCharts,
  },
  {
    name: 'memory',
    title:
      'Memory (PSS of all processes; per connection: stacks and heaps; what the kernel keeps for sockets is in neither)',
    figures: [
      figure('pssBytes', 'without connections', 'memory', formatBytes),
      figure('bytesPerIdle', 'per idle connection', 'bytes per idle connection', formatConnectionBytes),
      figure('heldConnections', 'measured with', 'connections held', grouped),
    ],
    derive: memoryRows,
    charts: (result) => memoryChart(result, memoryRows(result.rows)),
  },
  fairness('alone', false),
  fairness('beside', true),
];

/** @param {string} name @param {boolean} isSlowThere @returns {Case} */
function fairness(name, isSlowThere) {
  return {
    name: `fairness-${name}`,
    title: `Fairness: ${FAST_CLIENTS} fast clients ${isSlowThere ? 'beside a slow one that drips its request' : 'alone'}`,
    figures: [
      figure('p50Ms', 'p50 ms', 'p50', ms),
      figure('p99Ms', 'p99 ms', 'p99', ms),
      REQUESTS_PER_SECOND,
      figure('answered', `answered, of ${FAST_CLIENTS}`, 'clients answered', grouped, true),
    ],
    prepare: (settings) => {
      const site = createSite();
      return (contender) =>
        withServer(contender, site, (server) => measureFairness(server, site, isSlowThere, settings));
    },
    // One chart shows both.
    charts: (result) => (isSlowThere ? fairnessChart(result, FAST_CLIENTS) : {}),
  };
}

/** @param {Server} server @param {number} idle @param {Settings} settings @returns {Promise<Sample>} */
async function measureBesideIdle(server, idle, settings) {
  const idleConnections = await openIdleConnections(server, idle, settings);
  await sleep(SETTLE_MS);
  const memory = memoryBytes(server.pids());
  try {
    return { ...(await measureLoad(server, { ...settings, connections: ACTIVE_BESIDE_IDLE })), ...memory };
  } catch (error) {
    // Its memory is known although it cannot answer beside them.
    throw error instanceof Cannot ? new Cannot(error.message, memory) : error;
  } finally {
    await idleConnections.close();
  }
}

/** @param {Server} server @param {Site} site @param {boolean} isSlowThere @param {Settings} settings @returns {Promise<Sample>} */
async function measureFairness({ port, responseBytes, requireAlive }, site, isSlowThere, { warmupMs, windowMs }) {
  const about = { port, path: site.path, responseBytes, clients: FAST_CLIENTS, isSlowThere };
  const task = JSON.stringify({ ...about, warmupMs, windowMs, stallMs: STALL_MS });
  const child = startProcess([process.execPath, FAST_CLIENTS_PROGRAM, task]);
  const closed = new Promise((resolve) => child.on('close', resolve));
  const timer = setTimeout(() => endProcess(child), FAST_CLIENTS_MS_MAX);
  try {
    await closed;
    requireAlive();
    if (!hasEnded(child) || child.exitCode !== 0) throw new Error(`the fast clients failed: ${child.stderrText}`);
    return JSON.parse(child.stdoutText);
  } finally {
    clearTimeout(timer);
  }
}

/** The growth from no idle connection to the most that the contender held. @param {readonly Row[]} rows @returns {Row[]} */
function memoryRows(rows) {
  const idle = rows.filter((row) => row.case === 'idle');
  /** @param {string} contender @returns {Row[]} */
  const memoryRow = (contender) => {
    const own = idle.filter((row) => row.contender === contender);
    const [empty, emptyPss] = ['anonymousBytes', 'pssBytes'].map((name) => summaryOf(own, contender, name, 0));
    const full = own.findLast(({ step, figures }) => step && figures['anonymousBytes']);
    const cannot = own.find((row) => row.cannot)?.cannot;
    if (empty === undefined || emptyPss === undefined) return [];
    const row = { case: 'memory', contender, figures: { pssBytes: emptyPss } };
    if (full?.step === undefined) return cannot === undefined ? [] : [{ ...row, cannot }];
    const bytesPerIdle = (Number(full.figures['anonymousBytes']?.median) - empty.median) / full.step;
    const figures = { bytesPerIdle: summarize([bytesPerIdle]), heldConnections: summarize([full.step]) };
    return [{ ...row, figures: { ...row.figures, ...figures } }];
  };
  return [...new Set(idle.map(({ contender }) => contender))].flatMap(memoryRow);
}
