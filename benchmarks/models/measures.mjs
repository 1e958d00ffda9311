/**
 * What is measured of each model, as points for the rounds. A point starts a fresh process, measures once, and ends it.
 *
 * active    connections that all ask, as fast as they are answered
 * idle      32 that ask, beside many that are connected and silent: the curve by which epoll won; and their memory
 * fairness  8 fast clients, alone and beside one that drips its request
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Cannot, count } from '../harness/cannot.mjs';
import { endProcess, hasEnded, startProcess } from '../harness/children.mjs';
import { withServer } from '../harness/contender.mjs';
import { openIdleConnections } from '../harness/idle-connections.mjs';
import { memoryBytes } from '../harness/process-tree.mjs';
import { measureLoad } from '../harness/steady-load.mjs';

/** @typedef {import('../harness/contender.mjs').Contender} Contender */
/** @typedef {import('../harness/contender.mjs').Site} Site */
/** @typedef {import('../harness/contender.mjs').Server} Server */
/** @typedef {import('../harness/steady-load.mjs').LoadSample} LoadSample */
/** @typedef {LoadSample & ReturnType<typeof memoryBytes>} IdleSample  memory: before the load, with the idle ones accepted */
/** @typedef {{ requestsPerSecond: number, p50Ms: number | null, p99Ms: number | null, clients: number, answered: number }} FairnessSample */

/**
 * @typedef {object} Settings
 * @property {readonly number[]} activeConnections
 * @property {readonly number[]} idleConnections    the first is 0: what the others are compared with
 * @property {number} idleActive                    that ask, beside the idle ones
 * @property {number} fastClients
 * @property {number} warmupMs
 * @property {number} windowMs
 * @property {import('../harness/patience.mjs').Patience} patience
 * @property {number} memoryBytesMax
 */

const FAST_CLIENTS = fileURLToPath(new URL('../harness/fast-clients.mjs', import.meta.url));
/** For threads that were started at the connection to come to rest before their memory is read. */
const SETTLE_MS = 200;
const FAIRNESS_STALL_MS = 1_500;
const FAST_CLIENTS_MS_MAX = 60_000;

/** @param {Site} site @param {Settings} settings */
export function measures(site, settings) {
  return {
    /** @param {readonly Contender[]} contenders */
    active: (contenders) =>
      settings.activeConnections.flatMap((connections) =>
        contenders.map((contender) => ({
          contender: contender.name,
          series: 'active',
          key: { connections },
          label: `${count(connections)} active`,
          measure: () => withServer(contender, site, (server) => measureLoad(server, { ...settings, connections })),
          show: showLoad,
        })),
      ),
    /** @param {readonly Contender[]} contenders */
    idle: (contenders) =>
      settings.idleConnections.flatMap((idle) =>
        contenders.map((contender) => ({
          contender: contender.name,
          series: 'idle',
          key: { idle },
          label: `${count(idle)} idle`,
          measure: () => withServer(contender, site, (server) => measureBesideIdle(server, idle, settings)),
          show: showLoad,
        })),
      ),
    /** @param {readonly Contender[]} contenders */
    fairness: (contenders) =>
      [false, true].flatMap((isSlowThere) =>
        contenders.map((contender) => ({
          contender: contender.name,
          series: `fairness ${isSlowThere}`, // neither is the harder one: the first tells nothing about the second
          key: { slowClient: isSlowThere },
          label: isSlowThere ? `${settings.fastClients} fast beside a slow one` : `${settings.fastClients} fast alone`,
          measure: () => withServer(contender, site, (server) => measureFairness(server, site, isSlowThere, settings)),
          show: (/** @type {FairnessSample} */ { p50Ms, p99Ms, answered, clients }) =>
            `p50 ${p50Ms?.toFixed(2) ?? '–'} ms, p99 ${p99Ms?.toFixed(2) ?? '–'} ms, ${answered} of ${clients} answered`,
        })),
      ),
  };
}

/** @param {Server} server @param {number} idle @param {Settings} settings @returns {Promise<IdleSample>} */
async function measureBesideIdle(server, idle, settings) {
  const idleConnections = await openIdleConnections(server, idle, settings);
  await sleep(SETTLE_MS);
  const memory = memoryBytes(server.pids());
  try {
    return { ...(await measureLoad(server, { ...settings, connections: settings.idleActive })), ...memory };
  } catch (error) {
    // Its memory is known although it cannot answer beside them.
    throw error instanceof Cannot ? new Cannot(error.message, memory) : error;
  } finally {
    await idleConnections.close();
  }
}

/**
 * @param {Server} server @param {Site} site @param {boolean} isSlowThere @param {Settings} settings
 * @returns {Promise<FairnessSample>}
 */
async function measureFairness(server, site, isSlowThere, { fastClients: clients, warmupMs, windowMs }) {
  const { port, responseBytes } = server;
  const task = {
    port,
    path: site.path,
    responseBytes,
    clients,
    isSlowThere,
    warmupMs,
    windowMs,
    stallMs: FAIRNESS_STALL_MS,
  };
  const child = startProcess([process.execPath, FAST_CLIENTS, JSON.stringify(task)]);
  const closed = new Promise((resolve) => child.on('close', resolve));
  const timer = setTimeout(() => endProcess(child), FAST_CLIENTS_MS_MAX);
  try {
    await closed;
    server.requireAlive();
    if (!hasEnded(child) || child.exitCode !== 0) throw new Error(`the fast clients failed: ${child.stderrText}`);
    return JSON.parse(child.stdoutText);
  } finally {
    clearTimeout(timer);
  }
}

/** @param {LoadSample} sample */
function showLoad({ requestsPerSecond, cpuMicrosPerRequest, cpuShare, complaints }) {
  const trouble = complaints.length > 0 ? `; wrk: ${complaints.join('; ')}` : '';
  const share = Math.round(cpuShare * 100);
  return `${count(Math.round(requestsPerSecond))}/s, ${cpuMicrosPerRequest.toFixed(1)} µs, ${share} % of a core${trouble}`;
}
