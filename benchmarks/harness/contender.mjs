/** Starts a server as a fresh process, waits until it answers with the right bytes, and ends it. */
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cannot } from './cannot.mjs';
import { endProcess, hasEnded, startProcess } from './children.mjs';
import { pinned } from './cores.mjs';
import { processTree, residentBytes } from './process-tree.mjs';
import { ask, checkExchanges, getFile } from './response-check.mjs';

/** @import { Contender, Endpoint, Server, Site } from '../types.js' */

const START_TIMEOUT_MS = 10_000;
const START_POLL_MS = 1;

/**
 * @template T
 * @param {Contender} contender @param {Site} site @param {(server: Server) => Promise<T>} act
 * @param {{ ipc?: boolean }} [options]  ipc: with a channel for messages
 */
export async function withServer(contender, site, act, options = {}) {
  const port = await freePort();
  const isSecure = contender.isSecure ?? false;
  const endpoint = { port, isSecure };
  const command = contender.command(site.folder, `${port}`);
  const begin = performance.now();
  const child = startProcess(pinned(command, contender.isOnAllCores ?? false), options);
  try {
    const exchange = getFile(site);
    const { head, body } = await firstResponse(endpoint, exchange.request, () => {
      // Not a result: a contender that does not start is not built or not installed.
      if (hasEnded(child)) throw new Error(`${contender.name} does not start: ${reason(child.stderrText)}`);
    });
    const startMs = performance.now() - begin;
    // Twice over one connection: the second fails if the server does not keep it.
    const isClosing = contender.isClosing ?? false;
    await checkExchanges(endpoint, isClosing ? [exchange] : [exchange, exchange], { depth: 1, closes: isClosing });
    return await act({
      ...{ ...endpoint, startMs, child },
      url: `${isSecure ? 'https' : 'http'}://127.0.0.1:${port}${site.path}`,
      responseBytes: head.length + body.length,
      pids: () => processTree(Number(child.pid)),
      requireAlive: () => {
        if (hasEnded(child))
          throw new Cannot(`the server ended: ${reason(child.stderrText) ?? `status ${child.exitCode}`}`);
      },
    });
  } finally {
    await endProcess(child);
  }
}

/**
 * @param {Server} server
 * @param {number} memoryBytesMax
 * @throws  Cannot if the server has ended or outgrown its limit
 */
export function requireRoom(server, memoryBytesMax) {
  server.requireAlive();
  if (residentBytes(server.pids()) > memoryBytesMax) {
    throw new Cannot(`needs more than ${memoryBytesMax / 1024 ** 3} GiB of memory`);
  }
}

/** @param {Endpoint} endpoint @param {string} request @param {() => void} requireStarted */
async function firstResponse(endpoint, request, requireStarted) {
  for (const begin = performance.now(); performance.now() - begin < START_TIMEOUT_MS; ) {
    requireStarted();
    try {
      return await ask(endpoint, request);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ECONNREFUSED') throw error;
    }
    await sleep(START_POLL_MS);
  }
  throw new Error(`nothing listens on port ${endpoint.port} after ${START_TIMEOUT_MS / 1000} s`);
}

/** A port that was free a moment ago. If another process takes it meanwhile, its bytes differ, and the check fails. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The line of stderr that names the error. @param {string} text */
function reason(text) {
  const lines = text.trim().split('\n');
  return lines.find((line) => /error/i.test(line)) ?? (lines.at(-1) || undefined);
}
