/** wrk makes the load: one thread, keep-alive connections, the next request as soon as the response has come. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hasEnded, startProcess } from './children.mjs';

/**
 * wrk is interrupted at the end of the window. This limit ends it if the benchmark has died. It is also wrk's limit for a
 * response.
 */
const DURATION_SECONDS_MAX = 300;

const REQUESTS_SCRIPT = fileURLToPath(new URL('./wrk-requests.lua', import.meta.url));

/**
 * bytes: received, heads included; micros: from the first request to the last response.
 * @typedef {{ requests: number, bytes: number, micros: number, p50Micros: number, p99Micros: number, p999Micros: number }} WrkCounts
 */

/**
 * @param {string} url
 * @param {number} connections
 * @param {string} [requestsFile] requests to send instead of a plain request for the URL: see wrk-requests.lua
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
    /** Its counts, after finish(). @returns {WrkCounts} */
    counts() {
      const line = /^\{"requests".*\}$/m.exec(child.stdoutText)?.[0];
      if (line === undefined) throw new Error(`wrk: ${child.stderrText || child.stdoutText}`);
      return JSON.parse(line);
    },
    /** @returns {Promise<string[]>}  errors that wrk counted */
    async finish() {
      if (!hasEnded(child)) {
        const ended = once(child, 'close');
        child.kill('SIGINT'); // wrk stops, and prints its counts
        await ended;
      }
      if (!child.stdoutText.includes('requests in')) throw new Error(`wrk: ${child.stderrText || child.stdoutText}`);
      const complaints = /(Socket errors: .*|Non-2xx or 3xx responses: .*)/g;
      return [...child.stdoutText.matchAll(complaints)].map(([text]) => `wrk: ${text}`);
    },
  };
}

/**
 * Lets wrk send the requests of a file for a while.
 * @param {string} url @param {number} connections @param {string} requestsFile @param {number} milliseconds
 */
export async function runWrk(url, connections, requestsFile, milliseconds) {
  const wrk = startWrk(url, connections, requestsFile);
  await sleep(milliseconds);
  const complaints = await wrk.finish();
  return { ...wrk.counts(), complaints };
}

/** @throws  if wrk is not installed */
export function wrkVersion() {
  const { stdout } = spawnSync('wrk', ['-v'], { encoding: 'utf8' }); // it exits with 1
  const version = /^wrk \S+/.exec(stdout ?? '')?.[0];
  if (version === undefined) throw new Error('wrk is not installed: run benchmarks/setup');
  return version;
}
