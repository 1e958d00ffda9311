/** A server that is measured: started as a fresh process, waited for until it answers with the right bytes, ended. */
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cannot } from './cannot.mjs';
import { endProcess, hasEnded, startProcess } from './children.mjs';
import { pinned } from './cores.mjs';
import { processTree, residentBytes } from './process-tree.mjs';
import { checkResponse } from './response-check.mjs';

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {(folder: string, port: number) => string[]} command
 * @property {string} version         of what runs it
 * @property {boolean} [isOnAllCores] it is several processes, which one core would not show
 * @property {boolean} [isClosing]    it keeps no connection
 * @property {string} [missing]       why it cannot be run here
 */

/**
 * @typedef {object} Site
 * @property {string} folder
 * @property {string} path   of the file, as it is requested
 * @property {Buffer} body   what is in it
 */

/**
 * @typedef {object} Server
 * @property {number} port
 * @property {string} url
 * @property {number} responseBytes
 * @property {string} responseHead
 * @property {() => number[]} pids          of all its processes
 * @property {() => void} requireAlive      throws Cannot where it has ended
 * @property {ReturnType<typeof startProcess>} child
 * @property {() => Promise<void>} end
 */

const START_TIMEOUT_MS = 10_000;
const START_POLL_MS = 20;

/**
 * @param {Contender} contender
 * @param {Site} site
 * @param {{ ipc?: boolean }} [options]  ipc: with a channel for messages
 * @returns {Promise<Server>}
 */
export async function startContender(contender, site, options = {}) {
  const port = await freePort();
  const child = startProcess(pinned(contender.command(site.folder, port), contender.isOnAllCores ?? false), options);
  const requireAlive = () => {
    if (hasEnded(child))
      throw new Cannot(`the server ended: ${reason(child.stderrText) ?? `status ${child.exitCode}`}`);
  };
  try {
    const { responseBytes, head } = await firstRightAnswer(port, site, contender.isClosing ?? false, () => {
      // No result: a contender that does not even start is not built or not installed.
      if (hasEnded(child)) throw new Error(`${contender.name} does not start:\n${child.stderrText}`);
    });
    return {
      port,
      url: `http://127.0.0.1:${port}${site.path}`,
      responseBytes,
      responseHead: head,
      pids: () => processTree(/** @type {number} */ (child.pid)),
      requireAlive,
      child,
      end: () => endProcess(child),
    };
  } catch (error) {
    await endProcess(child);
    throw error;
  }
}

/**
 * @template T
 * @param {Contender} contender @param {Site} site @param {(server: Server) => Promise<T>} act
 * @param {{ ipc?: boolean }} [options]
 */
export async function withServer(contender, site, act, options) {
  const server = await startContender(contender, site, options);
  try {
    return await act(server);
  } finally {
    await server.end();
  }
}

/**
 * @param {Server} server
 * @param {number} memoryBytesMax
 * @throws  Cannot where the server has ended, or outgrown its limit
 */
export function requireRoom(server, memoryBytesMax) {
  server.requireAlive();
  if (residentBytes(server.pids()) > memoryBytesMax) {
    throw new Cannot(`needs more than ${memoryBytesMax / 1024 ** 3} GiB of memory`);
  }
}

/** @param {number} port @param {Site} site @param {boolean} closes @param {() => void} requireStarted */
async function firstRightAnswer(port, site, closes, requireStarted) {
  for (const begin = performance.now(); performance.now() - begin < START_TIMEOUT_MS; ) {
    requireStarted();
    try {
      return await checkResponse(port, site.path, site.body, closes);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ECONNREFUSED') throw error;
    }
    await sleep(START_POLL_MS);
  }
  throw new Error(`nobody listens on port ${port} after ${START_TIMEOUT_MS / 1000} s`);
}

/** A port that was free a moment ago. That another process takes it meanwhile shows at once: wrong bytes. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** @param {string} text  what it said on stderr */
function reason(text) {
  const lines = text.trim().split('\n');
  return lines.find((line) => /error/i.test(line)) ?? (lines.at(-1) || undefined);
}
