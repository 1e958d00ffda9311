/** wrk, the load: one thread, a number of keep-alive connections, the next request when the answer is there. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { hasEnded, startProcess } from './children.mjs';

/** It is interrupted when the window is over: this only ends it where the benchmark is gone. Nor does wrk judge what is late. */
const DURATION_SECONDS_MAX = 300;

/**
 * @param {string} url
 * @param {number} connections
 */
export function startWrk(url, connections) {
  const child = startProcess([
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${DURATION_SECONDS_MAX}s`,
    `--timeout=${DURATION_SECONDS_MAX}s`,
    url,
  ]);
  return {
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
