/**
 * Runs the core of the tests on the newer lines of Node, one after another: `npm run test:nodes`, or `npm run test:nodes -- 24`.
 * Build first.
 */
import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';
import { argv, env } from 'node:process';
import { installNodes, LINES } from './install-nodes.mjs';

/** What depends on Node: the addon, the loop, the web's types, and how processes start, inherit and confine themselves. */
const CORE = [
  'test/native/',
  'test/linux/',
  'test/reactor/',
  'test/server/',
  'test/fetch/',
  'test/tls/',
  'test/docs/examples',
  'test/daemon/config/config-file',
  'test/daemon/run-supervised',
  'test/daemon/sandbox/',
  'test/daemon/serving',
  'test/daemon/signals-at-start',
  'test/daemon/systemd',
  'test/daemon/upgrade',
];

const lines = argv.length > 2 ? argv.slice(2) : LINES;
const folders = installNodes(lines);

/** The tests start programs by process.execPath, and npm finds its Node on the path. @returns whether they pass */
function testOn(line) {
  const variables = { ...env, PATH: `${folders[line]}${delimiter}${env.PATH}` };
  const version = spawnSync('node', ['--version'], { encoding: 'utf8', env: variables }).stdout?.trim();
  console.log(`\n=== Node ${version}`);
  if (!version?.startsWith(`v${line}.`)) return false;
  return spawnSync('npm', ['run', '-s', 'test:only', '--', ...CORE], { stdio: 'inherit', env: variables }).status === 0;
}

const failed = lines.filter((line) => !testOn(line));
for (const line of lines) console.log(`Node ${line}: ${failed.includes(line) ? 'FAILED' : 'ok'}`);
process.exitCode = failed.length > 0 ? 1 : 0;
