/** wrk, the load: one thread, a number of keep-alive connections, the next request when the answer is there. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hasEnded, startProcess } from './children.mjs';

/** It is interrupted when the window is over: this only ends it where the benchmark is gone. Nor does wrk judge what is late. */
const DURATION_SECONDS_MAX = 300;

const REQUESTS_SCRIPT = fileURLToPath(new URL('./wrk-requests.lua', import.meta.url));

/**
 * @typedef {object} WrkCounts
 * @property {number} requests
 * @property {number} bytes     received, heads included
 * @property {number} micros    from its first request to its last answer
 * @property {number} p50Micros
 * @property {number} p99Micros
 * @property {number} p999Micros
 */

/**
 * @param {string} url
 * @param {number} connections
 * @param {string} [requestsFile]  what is sent, instead of a plain request for the URL: see wrk-requests.lua
 */
export function startWrk(url, connections, requestsFile) {
  const child = startProcess([
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${DURATION_SECONDS_MAX}s`,
    `--timeout=${DURATION_SECONDS_MAX}s`,
    ...(requestsFile === undefined ? [] : ['-s', REQUESTS_SCRIPT]),
    url,
    ...(requestsFile === undefined ? [] : ['--', requestsFile]),
  ]);
  return {
    /** What it counted, when it has finished. @returns {WrkCounts} */
    counts() {
      const line = /^\{"requests".*\}$/m.exec(child.stdoutText)?.[0];
      if (line === undefined) throw new Error(`wrk: ${child.stderrText || child.stdoutText}`);
      return JSON.parse(line);
    },
    /** @returns {Promise<string[]>}  what went wrong, as wrk counted it; empty when nothing did */
    async finish() {
      if (!hasEnded(child)) {
        const ended = once(child, 'close');
        child.kill('SIGINT'); // it stops, and prints what it counted
        await ended;
      }
      if (!child.stdoutText.includes('requests in')) throw new Error(`wrk: ${child.stderrText || child.stdoutText}`);
      const complaints = /(Socket errors: .*|Non-2xx or 3xx responses: .*)/g;
      return [...child.stdoutText.matchAll(complaints)].map(([text]) => text);
    },
  };
}

/**
 * Lets wrk send what is in a file for a while.
 * @param {string} url @param {number} connections @param {string} requestsFile @param {number} milliseconds
 */
export async function runWrk(url, connections, requestsFile, milliseconds) {
  const wrk = startWrk(url, connections, requestsFile);
  await sleep(milliseconds);
  const complaints = await wrk.finish();
  return { ...wrk.counts(), complaints };
}

export function wrkVersion() {
  try {
    execFileSync('wrk', ['-v'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return 'wrk';
  } catch (error) {
    // It prints its version, and ends with 1.
    const text = /** @type {{ stdout?: string }} */ (error).stdout ?? '';
    return /^wrk \S+/.exec(text)?.[0];
  }
}
