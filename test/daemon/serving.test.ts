import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, utimesSync } from 'node:fs';
import { networkInterfaces, release } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { ask, get } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { countThreads } from '../support/process-info.js';
import { CommandProcess, run } from './command.js';
import { testWhere, works } from './programs.js';
import { until } from './supervised.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

/** Starts a program that reads this file in place of /etc/hosts. */
function withHosts(path: string, before = ''): readonly string[] {
  return ['unshare', '-m', 'sh', '-c', `${before}mount --bind ${path} /etc/hosts && exec "$0" "$@"`];
}

describe('epoll-reactor DIR', () => {
  test('says what it serves, where, and how to stop it', async () => {
    using site = new SiteFolder({ 'index.html': 'mine' });
    await using command = await CommandProcess.serve([site.root]);
    // The parts in force depend on the kernel (sandbox.test.ts).
    expect(command.stdout.replace(/with {2}user .*$/m, 'with  THE SANDBOX')).toBe(
      [
        `epoll-reactor serves  ${site.root}`,
        `                  at  ${command.url}`,
        '                with  THE SANDBOX',
        '           stop with  Ctrl-C',
        '',
      ].join('\n'),
    );
    expect(command.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(command.stderr).toBe('');
  });

  test('serves the folder', async () => {
    using site = new SiteFolder({ 'index.html': 'mine', 'a/b.txt': 'b' });
    await using command = await CommandProcess.serve([site.root]);
    expect((await ask(command.address, get('/'))).body.toString()).toBe('mine');
    expect((await ask(command.address, get('/a/b.txt'))).body.toString()).toBe('b');
    expect((await ask(command.address, get('/missing'))).status).toBe(404);
  });

  testWhere(hasIpv6, 'this machine has no IPv6')(
    'listens on an IPv6 address, and writes it as a URL does',
    async () => {
      using site = new SiteFolder({ 'index.html': 'mine' });
      await using command = await CommandProcess.serve([site.root, '--host', '::1']);
      expect(command.url).toMatch(/^http:\/\/\[::1\]:\d+\/$/);
      expect((await ask(command.address, get('/'))).body.toString()).toBe('mine');
    },
  );

  test('listens on a host by its name', async () => {
    using site = new SiteFolder({ 'index.html': 'mine' });
    await using command = await CommandProcess.serve([site.root, '--host', 'localhost']);
    expect((await ask(command.address, get('/'))).body.toString()).toBe('mine');
  });

  testWhere(works('unshare', '-m', 'true'), 'only root can give a process an /etc/hosts of its own').each([0, 2])(
    'listens with %i workers on all addresses of localhost, with port 0 on one port',
    async (workers) => {
      using site = new SiteFolder({
        'index.html': 'mine',
        hosts: '127.0.0.1 localhost\n::1 localhost\n127.0.0.3 localhost\n',
      });
      const under = withHosts(site.path('hosts'));
      await using command = await CommandProcess.serve([site.root, '--host', 'localhost', '--workers', `${workers}`], {
        under,
      });
      const urls = command.stdout.match(/http:\S+/g) ?? [];
      const { port } = command.address;
      const expected = [`http://127.0.0.1:${port}/`, `http://127.0.0.3:${port}/`];
      if (hasIpv6) expected.push(`http://[::1]:${port}/`);
      expect(urls.sort()).toEqual(expected.sort());
      for (const url of urls) {
        const { hostname } = new URL(url);
        const { body } = await ask({ address: hostname.replace(/^\[|\]$/g, ''), port }, get('/'));
        expect(body.toString()).toBe('mine');
      }
    },
  );

  testWhere(works('unshare', '-nm', 'true'), 'only root can begin a network without IPv6')(
    'listens on localhost where /etc/hosts names ::1 and the machine has no IPv6',
    async () => {
      using site = new SiteFolder({ hosts: '127.0.0.1 localhost\n::1 localhost\n' });
      const under = [
        'unshare',
        '-n',
        ...withHosts(site.path('hosts'), 'sysctl -qw net.ipv6.conf.lo.disable_ipv6=1; ip link set lo up; '),
      ];
      await using command = await CommandProcess.serve([site.root, '--host', 'localhost'], { under });
      expect(command.stdout.match(/http:\S+/g)).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/)]);
    },
  );

  testWhere(isRoot, 'only root can run it as another user')('does not serve what its user may not read', async () => {
    using site = new SiteFolder({ 'open.txt': 'open', 'closed.txt': 'closed', 'a/b.txt': 'b' });
    chmodSync(site.parent, 0o755);
    chmodSync(site.path('closed.txt'), 0);
    chmodSync(site.path('a'), 0);
    await using command = await CommandProcess.serve([site.root], { uid: NOBODY });
    expect((await ask(command.address, get('/open.txt'))).body.toString()).toBe('open');
    expect((await ask(command.address, get('/closed.txt'))).status).toBe(404);
    expect((await ask(command.address, get('/a/b.txt'))).status).toBe(404);
    expect((await ask(command.address, get('/a/'))).status).toBe(404);
    expect(command.stderr).toBe('');
  });
});

describe('the short options', () => {
  test('are those of serve, sirv and http-server: -p, -H, -s; and -c for the configuration, as in nginx and Caddy', async () => {
    using site = new SiteFolder({ 'index.html': 'mine', 'er.toml': 'accessLogFormat = "json"' });
    await using command = await CommandProcess.serve([
      site.root,
      '-p',
      '1',
      '-H',
      '127.0.0.7',
      '-s',
      '-c',
      site.path('er.toml'),
    ]);
    expect(command.address.address).toBe('127.0.0.7');
    expect((await ask(command.address, get('/users/42'))).body.toString()).toBe('mine');
    expect((await ask(command.address, get('/assets/x.js'))).status).toBe(404);
    const { stdout } = await run([site.root, '-c', site.path('er.toml'), '--print-config']);
    expect(stdout).toContain('accessLogFormat = "json"');
  });
});

test('--cors and --max-age give their headers to each file', async () => {
  using site = new SiteFolder({ 'index.html': 'mine', 'a/b.js': 'code' });
  await using command = await CommandProcess.serve([site.root, '--cors', '--max-age', '60']);
  for (const path of ['/', '/a/b.js']) {
    const { headers } = await ask(command.address, get(path));
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('cache-control')).toBe('max-age=60');
  }
  expect((await ask(command.address, get('/missing.js'))).headers.get('cache-control')).toBeUndefined();
});

test('PORT and HOST in the environment say where to listen', async () => {
  await using first = await CommandProcess.serve();
  const { port } = first.address;
  const { stderr } = await run([], { env: { PORT: `${port}`, HOST: '127.0.0.1' } });
  expect(stderr).toContain(`127.0.0.1:${port} is taken by another program`);
});

describe('epoll-reactor', () => {
  test('without a folder serves its sample site, and says so', async () => {
    await using command = await CommandProcess.serve();
    expect(command.stdout).toContain('epoll-reactor serves  its sample site\n');
    expect(command.stdout).toContain('your own with  epoll-reactor DIR\n');
    const { status, headers, body } = await ask(command.address, get('/'));
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(body.toString()).toContain('<title>epoll-reactor');
    expect((await ask(command.address, get('/how-it-works'))).headers.get('location')).toBe('/how-it-works/');
  });

  test('starts no thread beside those of Node', async () => {
    await using command = await CommandProcess.serve();
    // The same Node with an empty module, which it has also loaded by the pool of threads.
    const bare = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      'await import("node:fs/promises").then((fs) => fs.stat("/")); console.log("up"); process.stdin.resume()',
    ]);
    await once(bare.stdout, 'data');
    const expected = countThreads(bare.pid as number);
    bare.stdin.end();
    await once(bare, 'close');
    for (let i = 0; i < 20; i++) await ask(command.address, get('/'));
    expect(countThreads(command.pid)).toBeLessThanOrEqual(expected);
  });

  test.each(['--help', '-h'])('%s tells how it is used', async (flag) => {
    const { code, stdout, stderr } = await run([flag]);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^Usage: epoll-reactor /);
    for (const word of ['DIR', '--host', '--port', '127.0.0.1', '9369', '--version']) expect(stdout).toContain(word);
  });

  test('help describes the command, or one of its commands', async () => {
    expect(await run(['help'])).toEqual(await run(['--help']));
    expect(await run(['help', 'model'])).toEqual(await run(['model', '--help']));
  });

  test('models lists the models, as model --list does', async () => {
    const { code, stdout } = await run(['models']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('epoll-edge')]);
    expect(await run(['model', '--list'])).toEqual({ code, stdout, stderr: '' });
  });

  describe('the version', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const system = `Node ${process.versions.node}, linux ${release()} ${process.arch}`;

    test.each(['--version', '-V'])('%s prints the versions that a report of a fault needs', async (flag) => {
      const { stdout, ...rest } = await run([flag]);
      expect(rest).toEqual({ code: 0, stderr: '' });
      expect(stdout.replace(/(?<=, )(?:no glibc|glibc 2\.\d+)/, 'LIBC')).toBe(
        `${version} (${system}, LIBC, build/Release/epoll_reactor.node, OpenSSL ${process.versions.openssl})\n`,
      );
    });

    test('an addon that cannot be loaded ends a start with how to build one', async () => {
      using site = new SiteFolder({ 'broken.node': 'no ELF file' });
      const { code, stderr } = await run([site.root], { env: { EPOLL_REACTOR_ADDON: site.path('broken.node') } });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^epoll-reactor: the addon cannot be loaded: .*broken\.node: file too short\. .* this builds it:\n(?: {2}npm .*\n){2}$/,
      );
    });

    test('--version says why the addon is missing', async () => {
      const { stdout, ...rest } = await run(['--version'], { env: { EPOLL_REACTOR_ADDON: '/nowhere.node' } });
      expect(rest).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/, no addon: MODULE_NOT_FOUND\)\n$/);
    });
  });
});

test.each(['0', '2'])(
  'a server with %s workers reports once how many compressed files are outdated',
  async (workers) => {
    const compressed = ['a.js', 'a.js.gz', 'b/b.js', 'b/b.js.br', 'b/b.js.gz'];
    using site = new SiteFolder(Object.fromEntries(compressed.map((name) => [name, name])));
    utimesSync(site.path('b/b.js'), 4e9, 4e9);
    await using command = await CommandProcess.serve([site.root, '--precompressed', '--workers', workers]);
    await until('it has warned', () => command.stderr.includes('precompressed'));
    command.child.kill('SIGTERM');
    await command.ended();
    const lines = command.stderr.split('\n').filter((line) => line.includes('precompressed'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(
      `precompressed: 2 of 3 compressed files below ${site.root} are not sent, such as b/b.js.`,
    );
  },
);
