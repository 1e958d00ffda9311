/** `epoll-reactor app.mjs`: a module whose default export has `fetch`. */
import { chmodSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ask, get } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { CommandProcess, run } from './command.js';
import { testWhere } from './programs.js';
import { SteadyClients } from './steady-clients.js';
import { until, workersOf } from './supervised.js';

const WORKERS = ['0', '2'];
const runsTypeScript = 'typescript' in process.features && process.features.typescript !== false;

const APP = `
import { word } from './lib/word.mjs';
console.log('loaded ' + word);
class App {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/fails') throw new Error('as it was asked to');
    if (pathname === '/pid') return new Response(String(process.pid));
    return new Response(pathname === '/word' ? this.word : 'as ever');
  }
  word = word;
}
export default new App();
`;

const STARTS_A_PROGRAM = `
import { execSync } from 'node:child_process';
export default { fetch: () => new Response(execSync('echo started')) };
`;

const word = (text: string): string => `export const word = '${text}';\n`;

function appFolder(): SiteFolder {
  return new SiteFolder({ 'app.mjs': APP, 'lib/word.mjs': word('one') });
}

async function bodyOf(command: CommandProcess, path: string): Promise<string> {
  return (await ask(command.address, get(path))).body.toString();
}

function untilWord(command: CommandProcess, text: string): Promise<void> {
  return until(`the module answers ${text}`, async () => (await bodyOf(command, '/word')) === text);
}

async function stop(command: CommandProcess): Promise<void> {
  process.kill(command.pid, 'SIGTERM');
  expect((await command.ended()).code).toBe(0);
}

describe.each(WORKERS)('a module with %s workers', (workers) => {
  test('answers by the fetch of its default export, which has its this', async () => {
    using folder = appFolder();
    await using command = await CommandProcess.serve([folder.path('app.mjs'), '--workers', workers]);
    expect(command.stdout).toContain(`epoll-reactor serves  ${folder.path('app.mjs')}\n`);
    expect(await bodyOf(command, '/word')).toBe('one');
    const pid = Number(await bodyOf(command, '/pid'));
    expect(workers === '0' ? [command.pid] : workersOf(command)).toContain(pid);
  });

  test('prints where the command prints, and not into the access log', async () => {
    using folder = appFolder();
    const log = join(folder.parent, 'access.log');
    const args = [folder.path('app.mjs'), '--workers', workers, '--access-log', log];
    await using command = await CommandProcess.serve(args);
    expect(command.stdout).toContain('loaded one\n');
    await bodyOf(command, '/word');
    await stop(command);
    expect(readFileSync(log, 'utf8').split('\n')).toEqual([
      expect.stringMatching(/"GET \/word HTTP\/1\.1" 200 3 /),
      '',
    ]);
  });

  test('that throws is answered 500, and its error is on stderr', async () => {
    using folder = appFolder();
    await using command = await CommandProcess.serve([folder.path('app.mjs'), '--workers', workers]);
    expect((await ask(command.address, get('/fails'))).status).toBe(500);
    await until('the error is printed', () => command.stderr.includes('as it was asked to'));
    expect(await bodyOf(command, '/word')).toBe('one');
  });

  test('may start programs: the sandbox is off unless it is asked for', async () => {
    using folder = new SiteFolder({ 'app.mjs': STARTS_A_PROGRAM });
    await using command = await CommandProcess.serve([folder.path('app.mjs'), '--workers', workers]);
    expect(await bodyOf(command, '/')).toBe('started\n');
  });

  test('keeps the rights of its user: no process has a seccomp filter or no_new_privs', async () => {
    using folder = appFolder();
    await using command = await CommandProcess.serve([folder.path('app.mjs'), '--workers', workers]);
    for (const pid of [command.pid, ...workersOf(command)]) {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      expect(status.match(/^(?:NoNewPrivs|Seccomp):.*$/gm)).toEqual(['NoNewPrivs:\t0', 'Seccomp:\t0']);
    }
  });

  test('may not with --sandbox on', async () => {
    using folder = new SiteFolder({ 'app.mjs': STARTS_A_PROGRAM });
    await using confined = await CommandProcess.serve([
      folder.path('app.mjs'),
      '--workers',
      workers,
      '--sandbox',
      'on',
    ]);
    expect((await ask(confined.address, get('/'))).status).toBe(500);
  });

  test('that cannot be loaded is an error with its place in the source', async () => {
    using folder = new SiteFolder({ 'app.mjs': 'export default {\n  fetch(request {}\n};\n' });
    const { code, stderr, stdout } = await run([folder.path('app.mjs'), '--workers', workers]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('app.mjs:2\n');
    expect(stderr).toContain('SyntaxError: ');
    if (workers !== '0')
      expect(stderr).toContain('epoll-reactor: the module could not be loaded\n  the error above says why\n');
  });

  test.each([
    ['export const fetch = () => {};', 'no default export'],
    ['export default () => {};', 'a function'],
    ['export default { fetch: 1 };', 'a fetch that is no function'],
  ])('whose source is %j is refused: it has %s', async (source) => {
    using folder = new SiteFolder({ 'app.mjs': source });
    expect(await run([folder.path('app.mjs'), '--workers', workers])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `epoll-reactor: ${folder.path('app.mjs')}: the default export has no fetch function\n` +
        '  export default { fetch: (request) => new Response("hello") }; a program that listens by itself is run by node\n',
    });
  });
});

describe('a module in TypeScript', () => {
  const TYPED = 'const text: string = "typed";\nexport default { fetch: (): Response => new Response(text) };\n';

  testWhere(runsTypeScript, 'this Node runs no TypeScript').each(WORKERS)('is run with %s workers', async (workers) => {
    using folder = new SiteFolder({ 'app.mts': TYPED });
    await using command = await CommandProcess.serve([folder.path('app.mts'), '--workers', workers]);
    expect(await bodyOf(command, '/')).toBe('typed');
  });

  testWhere(!runsTypeScript, 'this Node runs TypeScript').each(WORKERS)(
    'is refused in a line with %s workers by a Node that runs none',
    async (workers) => {
      using folder = new SiteFolder({ 'app.ts': TYPED });
      expect(await run([folder.path('app.ts'), '--workers', workers])).toEqual({
        code: 1,
        stdout: '',
        stderr:
          `epoll-reactor: ${folder.path('app.ts')}: Node ${process.versions.node} does not run TypeScript\n` +
          '  Node 22.18 and newer run it; for this one, compile it to JavaScript\n',
      });
    },
  );
});

describe('--watch', () => {
  test('loads the module again when a script below its folder changes, and no request fails', async () => {
    using folder = appFolder();
    await using command = await CommandProcess.serve([folder.path('app.mjs'), '--watch']);
    expect(command.stdout).toContain(`            watching  ${folder.root}\n`);
    await using clients = new SteadyClients(command.address, 4, '/', 'as ever');
    await clients.untilAnswered(50);
    for (const text of ['two', 'three']) {
      folder.write('lib/word.mjs', word(text));
      await untilWord(command, text);
    }
    await clients.untilAnswered(50);
    await clients.stop();
    expect(clients.failures).toEqual([]);
  });

  test('goes on with the module before while a change cannot be loaded', async () => {
    using folder = appFolder();
    await using command = await CommandProcess.serve([folder.path('app.mjs'), '--watch']);
    folder.write('lib/word.mjs', 'export const wrd = 1;\n');
    await until('it says so', () => command.stderr.includes('the module before stays in force: '));
    expect(command.stderr).toContain("does not provide an export named 'word'");
    expect(await bodyOf(command, '/word')).toBe('one');
    folder.write('lib/word.mjs', word('two'));
    await untilWord(command, 'two');
  });

  test('sees a folder of scripts that is new', async () => {
    using folder = appFolder();
    await using command = await CommandProcess.serve([folder.path('app.mjs'), '--watch']);
    folder.write('more/word.mjs', word('two'));
    folder.write('app.mjs', APP.replace('./lib/', './more/'));
    await untilWord(command, 'two');
    folder.write('more/word.mjs', word('three'));
    await untilWord(command, 'three');
  });

  test('goes on with a folder that a build has removed and made again', async () => {
    using folder = new SiteFolder({ 'dist/app.mjs': APP, 'dist/lib/word.mjs': word('one') });
    await using command = await CommandProcess.serve([folder.path('dist/app.mjs'), '--watch']);
    rmSync(folder.path('dist'), { recursive: true });
    await until('it misses the module', () => command.stderr.includes('there is no module'));
    for (const text of ['two', 'three']) {
      folder.write('dist/lib/word.mjs', word(text));
      folder.write('dist/app.mjs', APP);
      await untilWord(command, text);
    }
  });

  test.each(['', 'lib/'])('sees that ./%s was exchanged for another folder in one step', async (name) => {
    using folder = new SiteFolder({ 'dist/app.mjs': APP, 'dist/lib/word.mjs': word('one') });
    await using command = await CommandProcess.serve([folder.path('dist/app.mjs'), '--watch']);
    folder.write('new/app.mjs', APP);
    folder.write('new/lib/word.mjs', word('two'));
    renameSync(folder.path(`dist/${name}`), folder.path('old'));
    renameSync(folder.path(`new/${name}`), folder.path(`dist/${name}`));
    await untilWord(command, 'two');
  });

  test('sees a change while the program makes and removes other files all the time', async () => {
    using folder = appFolder();
    await using command = await CommandProcess.serve([folder.path('app.mjs'), '--watch']);
    folder.write('lib/word.mjs', word('two'));
    await until('the change is seen', async () => {
      folder.write('data.db-journal', 'x');
      rmSync(folder.path('data.db-journal'));
      return (await bodyOf(command, '/word')) === 'two';
    });
  });

  test('does not load it again for files that are no scripts, and for packages', async () => {
    using folder = appFolder();
    folder.write('node_modules/a/a.js', '');
    await using command = await CommandProcess.serve([folder.path('app.mjs'), '--watch']);
    const pid = await bodyOf(command, '/pid');
    for (const name of ['data.db', 'lib/log.txt', 'node_modules/a/a.js', '.git/a.js']) folder.write(name, 'x');
    folder.write('lib/word.mjs', word('two'));
    await untilWord(command, 'two');
    expect(await bodyOf(command, '/pid')).not.toBe(pid);
    expect(command.stderr.match(/as it is now/g)).toHaveLength(1);
  });
});

testWhere(process.getuid?.() === 0, 'only root can become another user').each(WORKERS)(
  'with --user, root does not run the module, with %s workers',
  async (workers) => {
    const source =
      'const uid = process.getuid();\nexport default { fetch: () => new Response(uid + " " + process.getuid()) };';
    using folder = new SiteFolder({ 'app.mjs': source });
    chmodSync(folder.parent, 0o755);
    const args = [folder.path('app.mjs'), '--workers', workers, '--user', 'nobody'];
    await using command = await CommandProcess.serve(args);
    expect(await bodyOf(command, '/')).toBe('65534 65534');
  },
);

test.each(WORKERS)(
  'a folder that is called like a module is confined as any other, with %s workers',
  async (workers) => {
    using folder = new SiteFolder({ 'site.js/index.html': 'mine' });
    await using command = await CommandProcess.serve([folder.path('site.js'), '--workers', workers]);
    expect(await bodyOf(command, '/')).toBe('mine');
    expect(command.stdout).not.toContain('io_uring');
  },
);

describe('it is told in a line, with a hint what to do,', () => {
  test.each<[what: string, args: readonly string[], message: string]>([
    ['that a module is missing', ['none.ts'], 'there is no module NONE'],
    ['that an option of a folder is for none', ['app.mjs', '--listing'], 'listing cannot stand beside the module APP'],
    ['that --cors is for a folder', ['app.mjs', '--cors'], 'cors cannot stand beside the module APP'],
    ['that --watch is for a module', ['lib', '--watch'], 'watch: a folder is always served as it is now'],
  ])('%s', async (_, [name = '', ...args], message) => {
    using folder = appFolder();
    const { code, stderr } = await run([folder.path(name), ...args, '--check']);
    expect(code).toBe(1);
    const [line, hint] = stderr.split('\n');
    expect(line).toBe(
      `epoll-reactor: ${message.replace('NONE', folder.path('none.ts')).replace('APP', folder.path('app.mjs'))}`,
    );
    expect(hint).toMatch(/^ {2}\w/);
  });

  test('or that all is well: --check loads no module, and --print-config names it', async () => {
    using folder = appFolder();
    const path = folder.path('app.mjs');
    expect(await run([path, '--check'])).toEqual({ code: 0, stdout: 'the configuration is valid\n', stderr: '' });
    folder.write('er.toml', (await run([path, '--watch', '--print-config'])).stdout);
    const again = await run(['--config', folder.path('er.toml'), '--print-config']);
    expect(again.stdout).toBe(readFileSync(folder.path('er.toml'), 'utf8'));
    expect(again.stdout).toContain(`root = "${path}"\n`);
  });
});
