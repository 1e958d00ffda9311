/** The time of the server alone, with a kernel that costs nothing (no-kernel.c). It repeats within a few percent. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { hasEnded } from '../harness/children.mjs';
import { compile } from '../harness/compile.mjs';
import { withServer } from '../harness/contender.mjs';

/** @import { Contender, Site } from '../types.js' */

const CONNECTIONS = 64;
const TIMEOUT_MS = 60_000;

/**
 * @param {Contender} contender @param {Site} site
 * @param {string} requestsFile  the requests that are sent at once
 * @param {number} depth the number of these requests
 * @param {number} events connections that are ready at each wait
 * @returns {Promise<number>}    ns per request: the least of 15 chunks
 */
export function nanosWithoutKernel(contender, site, requestsFile, depth, events) {
  const environment = [
    `LD_PRELOAD=${compile(new URL('no-kernel.c', import.meta.url), '-shared', '-fPIC')}`,
    `NO_KERNEL_REQUEST=${requestsFile}`,
    `NO_KERNEL_DEPTH=${depth}`,
    `NO_KERNEL_CONNECTIONS=${CONNECTIONS}`,
    `NO_KERNEL_EVENTS=${events}`,
  ];
  const command = (/** @type {string[]} */ ...args) => ['env', ...environment, ...contender.command(...args)];
  return withServer({ ...contender, command }, site, async ({ child, port }) => {
    const request = readFileSync(requestsFile);
    const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, '127.0.0.1').on('error', () => {}));
    // After one response a connection is accepted and registered. They are opened one after the other: if all were ready in
    // one wait, the measurement would begin.
    for (const socket of sockets) {
      socket.write(request);
      await once(socket, 'data');
    }
    const ended = once(child, 'exit');
    child.kill('SIGSTOP');
    await Promise.all(sockets.map((socket) => new Promise((sent) => socket.write(request, sent))));
    child.kill('SIGCONT'); // now the server finds all connections ready at once
    const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
    for (const socket of sockets) socket.destroy();
    const line = /^\{"leastNanos.*\}$/m.exec(child.stderrText)?.[0];
    if (!hasEnded(child) || line === undefined)
      throw new Error(`without the kernel, the server does not end: ${child.stderrText.trim()}`);
    return JSON.parse(line).leastNanos;
  });
}
