/** Compiles C. */
import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratchFolder } from './scratch.mjs';

export const COMPILER = 'cc';

/**
 * @param {URL} source
 * @param {...string} options
 * @returns {string} the path of the program, or of the other output that the options ask for
 */
export function compile(source, ...options) {
  const program = join(scratchFolder(), basename(source.pathname, '.c'));
  execFileSync(COMPILER, ['-O2', '-o', program, fileURLToPath(source), ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return program;
}
