/** The files of deploy/ are what they say: each is read by the program that it is for, where that is there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { run } from '../daemon/command.js';
import { exists, testWhere, works } from '../daemon/programs.js';
import { SiteFolder } from '../files/site-folder.js';
import { Folder } from '../support/sockets.js';

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
const SECURITY = fileURLToPath(new URL('../../docs/operating.md', import.meta.url));
const testWithSystemd = testWhere(exists('systemd-analyze'), 'systemd-analyze is not installed');

/** The units in a folder, with a program that is there. */
function writeUnits(folder: Folder): string[] {
  return ['epoll-reactor.service', 'epoll-reactor.socket'].map((name) => {
    const text = readFileSync(join(DEPLOY, name), 'utf8').replace(/^(ExecStart=)\S+/m, '$1/bin/true');
    const path = join(folder.path, name);
    writeFileSync(path, text);
    return path;
  });
}

test('the example of a configuration passes --check', async () => {
  using site = new SiteFolder({ 'index.html': '', '404.html': '' });
  using folder = new Folder();
  mkdirSync(join(folder.path, 'log'));
  const path = join(folder.path, 'epoll-reactor.toml');
  const text = readFileSync(join(DEPLOY, 'epoll-reactor.toml'), 'utf8');
  writeFileSync(path, text.replace('/srv/www', site.root).replace('/var/log/epoll-reactor', join(folder.path, 'log')));
  const { code, stderr } = await run(['--config', path, '--check']);
  expect([code, stderr]).toEqual([0, '']);
  // So do the lines that are to be uncommented, instead of those that they replace.
  const proxied = readFileSync(path, 'utf8')
    .replace(/^listen = .*$/m, '')
    .replace(/^# (listen|trustedProxies) = /gm, '$1 = ');
  writeFileSync(path, proxied);
  expect(await run(['--config', path, '--check'])).toMatchObject({ code: 0, stderr: '' });
});

testWithSystemd('systemd understands each line of the units', () => {
  using folder = new Folder();
  expect(execFileSync('systemd-analyze', ['verify', '--man=no', ...writeUnits(folder)], { stdio: 'pipe' }).length).toBe(
    0,
  );
});

testWithSystemd('systemd understands the unit with the certificates of certbot', () => {
  using folder = new Folder();
  const units = writeUnits(folder);
  mkdirSync(`${units[0]}.d`);
  writeFileSync(`${units[0]}.d/tls.conf`, readFileSync(join(DEPLOY, 'tls.conf')));
  execFileSync('systemd-analyze', ['verify', '--man=no', ...units], { stdio: 'pipe' });
  const { stderr } = spawnSync('sh', ['-n', join(DEPLOY, 'certbot-hook')], { encoding: 'utf8' });
  expect(stderr).toBe('');
});

testWithSystemd('the unit is exposed as little as docs/operating.md says', () => {
  using folder = new Folder();
  const [service] = writeUnits(folder) as [string];
  const report = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', service]).toString();
  const level = /Overall exposure level for epoll-reactor\.service: (\d+\.\d+) OK/.exec(report)?.[1];
  const said = /exposure level\D*(\d+\.\d+)/.exec(readFileSync(SECURITY, 'utf8'))?.[1];
  // Other versions of systemd look at more, or less.
  expect(Math.abs(Number(level) - Number(said))).toBeLessThanOrEqual(0.3);
});

testWhere(exists('haproxy'), 'haproxy is not installed')('HAProxy takes its file as it is', () => {
  execFileSync('haproxy', ['-c', '-q', '-f', join(DEPLOY, 'haproxy.cfg')]);
});

testWhere(works('python3', '-c', 'import yaml'), 'python3 has no yaml')('the manifest of Kubernetes is YAML', () => {
  const program = 'import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))';
  const documents = JSON.parse(execFileSync('python3', ['-c', program, join(DEPLOY, 'kubernetes.yaml')]).toString());
  expect(documents.map(({ kind }: { kind: string }) => kind)).toEqual(['Deployment', 'Service']);
  const { spec } = documents[0].spec.template;
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(5 + 8 + 2); // preStop, shutdownGraceMs, WORKER_END_MS
});

testWhere(exists('logrotate'), 'logrotate is not installed')('logrotate understands its file', () => {
  using folder = new Folder();
  const path = join(folder.path, 'epoll-reactor');
  writeFileSync(path, readFileSync(join(DEPLOY, 'logrotate')), { mode: 0o644 });
  execFileSync('logrotate', ['--debug', '--state', join(folder.path, 'state'), path], { stdio: 'pipe' });
});
