/** A confined server, tried from inside: what it cannot do any more, and that it serves as before. */
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { ask, get, RawClient } from '../../client/raw-client.js';
import { SiteFolder } from '../../files/site-folder.js';
import { pattern } from '../../fixtures/pattern.mjs';
import { testWhere } from '../programs.js';
import { CAN_CONFINE, ConfinedProcess, WHY_NOT } from './confined-process.js';

const { EPERM } = constants.errno;
const LARGE = pattern(10 * 1024 * 1024);
const LANDLOCK_CREATE_RULESET = 444;
const LANDLOCK_RESTRICT_SELF = 446;
const SECCOMP = process.arch === 'arm64' ? 277 : 317;

const testConfined = testWhere(CAN_CONFINE, WHY_NOT);
const isRoot = process.getuid?.() === 0;

let site: SiteFolder;
let server: ConfinedProcess;

beforeAll(async () => {
  site = new SiteFolder({ 'small.txt': 'small', 'large.bin': LARGE, 'folder/a.txt': 'a', '../secret': 'secret' });
  if (CAN_CONFINE) server = await ConfinedProcess.start({ root: site.root, mode: 'required' });
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  site[Symbol.dispose]();
});

describe('from inside a confined server', () => {
  testConfined.each([
    ['/etc/passwd is not read', 'fs.readFileSync("/etc/passwd")', 'EACCES'],
    ['nor its own memory and environment', 'fs.readFileSync("/proc/self/environ")', 'EACCES'],
    ['nor what lies beside the root', 'fs.readFileSync(root + "/../secret")', 'EACCES'],
    ['nor another folder listed', 'fs.readdirSync("/")', 'EACCES'],
    ['no file below the root is written', 'fs.writeFileSync(root + "/small.txt", "")', 'EACCES'],
    ['nor made', 'fs.writeFileSync(root + "/new.txt", "")', 'EACCES'],
    ['nor made elsewhere', 'fs.writeFileSync("/tmp/new.txt", "")', 'EACCES'],
    ['nor removed', 'fs.unlinkSync(root + "/small.txt")', 'EPERM'],
    ['nor renamed', 'fs.renameSync(root + "/small.txt", root + "/other.txt")', 'EPERM'],
    ['nor truncated', 'fs.truncateSync(root + "/small.txt")', 'EACCES'],
    ['no right of a file is changed', 'fs.chmodSync(root + "/small.txt", 0o777)', 'EPERM'],
    ['no folder is made', 'fs.mkdirSync(root + "/new")', 'EPERM'],
    ['no link is made', 'fs.symlinkSync("/etc", root + "/etc")', 'EPERM'],
    ['the supervisor is sent no signal', 'process.kill(process.ppid, 0)', 'EPERM'],
    ['nor its memory read', 'fs.openSync("/proc/" + process.ppid + "/mem")', 'EACCES'],
    ['the user is not changed', 'process.setuid(0)', 'EPERM'],
    ['nor the root of the filesystem', 'process.chdir("/")', 'EPERM'],
  ])('%s', async (_title, code, expected) => {
    expect(await server.run(code)).toBe(expected);
  });

  testConfined('no program is started, whichever way', async () => {
    const started = 'new Promise((resolve) => childProcess.spawn("/bin/true").on("error", (e) => resolve(e.code)))';
    expect(await server.run(`return ${started}`)).toBe('EPERM');
    expect(await server.run('return childProcess.spawnSync("/bin/true").error.code')).toBe('EPERM');
  });

  testConfined(
    'no connection is made: not by TCP, nor to a Unix socket, nor by UDP; and none is listened for',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
      const path = join(folder, 'socket');
      const listener = createServer();
      try {
        await new Promise<void>((resolve) => listener.listen(path, resolve));
        const outcome = (call: string): Promise<unknown> =>
          server.run(`return new Promise((resolve, reject) => ${call}.on('connect', resolve).on('error', reject))`);
        expect(await outcome(`net.connect(${server.address.port}, '127.0.0.1')`)).toBe('EPERM');
        expect(await outcome(`net.connect('${path}')`)).toBe('EPERM');
        expect(await outcome('net.createServer().listen(0)')).toBe('EPERM');
        expect(await server.run('return native.socket(constants.AF_INET, constants.SOCK_DGRAM, 0)')).toBe(-EPERM);
      } finally {
        await new Promise((resolve) => listener.close(resolve));
        rmSync(folder, { recursive: true });
      }
    },
  );

  testConfined('no thread of the process is left out, nor one that is started later', async () => {
    expect(await server.run('for (let i = 0; i < 8; i++) fs.promises.stat("/")')).toBe(undefined);
    const threads = server.threadStatus('NoNewPrivs');
    expect(threads.length).toBeGreaterThanOrEqual(10); // one of JavaScript, four of V8, four of the pool, …
    expect(new Set(threads)).toEqual(new Set(['1']));
    expect(new Set(server.threadStatus('Seccomp'))).toEqual(new Set(['2'])); // SECCOMP_MODE_FILTER

    // No file of /proc shows Landlock. Four threads wait for the work of four others, so that each does one piece.
    const inPool = await server.run(`
      const read = promisify(fs.readFile);
      return Promise.all(Array.from({ length: 64 }, () => read('/etc/passwd').catch((error) => error.code)))`);
    expect(inPool).toEqual(Array(64).fill('EACCES'));
    const inWorker = await server.run(`
      const code = 'try { require("fs").readFileSync("/etc/passwd") } catch ({ code }) { ' +
        'require("worker_threads").parentPort.postMessage(code) }';
      return new Promise((resolve) => new Worker(code, { eval: true }).on('message', resolve))`);
    expect(inWorker).toBe('EACCES');
  });

  testConfined('code is compiled, garbage collected, and a thread runs code that is in memory', async () => {
    const compiled = await server.run(`
      const sum = new Function('n', 'let s = 0; for (let i = 0; i < n; i++) s += i % 7; return s');
      for (let i = 0; i < 20_000; i++) sum(100);
      let garbage = Array.from({ length: 1_000_000 }, (_, i) => ({ i }));
      gc();
      garbage = undefined;
      gc();
      return sum(1_000_000)`);
    expect(compiled).toBe(2_999_997);
    const answer = await server.run(`
      const code = 'require("worker_threads").parentPort.postMessage(6 * 7)';
      return new Promise((resolve) => {
        const worker = new Worker(code, { eval: true });
        worker.on('message', (answer) => worker.on('exit', (status) => resolve([answer, status])));
      })`);
    expect(answer).toEqual([42, 0]);
  });
});

describe('a confined server', () => {
  testConfined('says in a line what is in force', () => {
    expect(server.report.line).toMatch(
      /^sandbox: user \S+, Landlock ABI \d+ \(reads below \/\S+\/root only(, no TCP bind or connect)?\), seccomp \(\d+ system calls\), no_new_privs$/,
    );
    expect(server.report.missing).toEqual([]);
  });

  testConfined('serves small files, large ones, parts of them, and folders', async () => {
    expect((await ask(server.address, get('/small.txt'))).body.toString()).toBe('small');
    expect((await ask(server.address, get('/large.bin'))).body.equals(LARGE)).toBe(true);
    const part = await ask(server.address, get('/large.bin', 'Range: bytes=5000000-5000099\r\n'));
    expect(part.body.equals(LARGE.subarray(5_000_000, 5_000_100))).toBe(true);
    expect((await ask(server.address, get('/'))).body.toString()).toContain('large.bin');
    expect((await ask(server.address, get('/folder/'))).body.toString()).toContain('a.txt');
    expect((await ask(server.address, get('/none'))).status).toBe(404);
  });

  testConfined('notices what changes on disk', async () => {
    for (const text of ['one', 'another', 'a third']) {
      site.write('changing.txt', text);
      expect((await ask(server.address, get('/changing.txt'))).body.toString()).toBe(text);
    }
    rmSync(site.path('changing.txt'));
    expect((await ask(server.address, get('/changing.txt'))).status).toBe(404);
  });

  testConfined('finishes the response under way when it is told to end, and exits with 0', async () => {
    await using other = await ConfinedProcess.start({ root: site.root, mode: 'required' });
    const client = await RawClient.connect(other.address);
    client.socket.pause();
    await client.send(get('/large.bin'));
    while (client.socket.bytesRead === 0 && client.socket.readableLength === 0) {
      client.socket.resume();
      await new Promise(setImmediate);
    }
    const stopped = other.stop();
    expect((await client.response()).body.equals(LARGE)).toBe(true);
    await client.close();
    expect(await stopped).toBe(0);
  });

  testConfined('takes its root by a descriptor, too', async () => {
    await using other = await ConfinedProcess.start({ root: site.root, mode: 'required', byDescriptor: true });
    expect(other.report.line).toContain(`reads below ${site.root} only`);
    expect((await ask(other.address, get('/small.txt'))).body.toString()).toBe('small');
    expect(await other.run('fs.readFileSync("/etc/passwd")')).toBe('EACCES');
  });

  testConfined('reads a file of /proc that it is given, again and again', async () => {
    await using other = await ConfinedProcess.start({
      root: site.root,
      mode: 'required',
      reads: ['/proc/self/stat'],
    });
    expect(await other.run('gc(); return process.memoryUsage().rss > 0')).toBe(true);
    expect(await other.run('fs.readFileSync("/proc/self/status")')).toBe('EACCES');
    expect(await server.run('return process.memoryUsage().rss > 0')).toBe('EACCES');
  });

  testConfined('writes its own logs where it may, and nowhere else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
    await using other = await ConfinedProcess.start({ root: site.root, mode: 'required', writable: [folder] });
    expect(other.report.line).toContain(`reads below ${site.root} only, writes below ${folder} only`);
    expect(await other.run(`fs.appendFileSync(${JSON.stringify(join(folder, 'log'))}, 'line')`)).toBe(undefined);
    expect(existsSync(join(folder, 'log'))).toBe(true);
    expect(await other.run(`fs.unlinkSync(${JSON.stringify(join(folder, 'log'))})`)).toBe(undefined);
    expect(await other.run('fs.unlinkSync(root + "/small.txt")')).toBe('EACCES');
    expect(await other.run(`fs.mkdirSync(${JSON.stringify(join(folder, 'new'))})`)).toBe('EPERM');
    rmSync(folder, { recursive: true });
  });

  testWhere(CAN_CONFINE && isRoot, 'only root can become another user')(
    'serves, lists and notices as a user who is not root',
    async () => {
      chmodSync(site.parent, 0o755);
      await using other = await ConfinedProcess.start({ root: site.root, mode: 'required', user: 'nobody' });
      expect(other.report.line).toMatch(/^sandbox: user nobody, /);
      expect(new Set(other.threadStatus('Uid'))).toEqual(new Set(['65534\t65534\t65534\t65534']));
      expect((await ask(other.address, get('/'))).body.toString()).toContain('large.bin');
      for (const text of ['one', 'another']) {
        writeFileSync(site.path('changing.txt'), text, { mode: 0o644 });
        expect((await ask(other.address, get('/changing.txt'))).body.toString()).toBe(text);
      }
    },
  );
});

describe('if the system lacks a part of the sandbox,', () => {
  testConfined('mode on starts without Landlock, and says why', async () => {
    await using other = await ConfinedProcess.start({
      root: site.root,
      mode: 'on',
      lacking: [LANDLOCK_CREATE_RULESET],
    });
    expect(other.report.line).toMatch(
      /^sandbox: user \S+, seccomp \(\d+ system calls\), no_new_privs; not in force: Landlock \(this kernel has none: Linux 5\.13 has\)$/,
    );
    expect(await other.run('return fs.readFileSync("/etc/passwd").length > 0')).toBe(true);
    expect(await other.run('return childProcess.spawnSync("/bin/true").error.code')).toBe('EPERM');
  });

  testConfined('mode on starts without seccomp, and says why', async () => {
    await using other = await ConfinedProcess.start({ root: site.root, mode: 'on', lacking: [SECCOMP] });
    expect(other.report.line).toMatch(/no_new_privs; not in force: seccomp \(ENOSYS: this kernel has no filters\)$/);
    expect(await other.run('fs.readFileSync("/etc/passwd")')).toBe('EACCES');
  });

  testConfined.each([
    ['Landlock', LANDLOCK_CREATE_RULESET],
    ['Landlock', LANDLOCK_RESTRICT_SELF],
    ['seccomp', SECCOMP],
  ])('mode required does not start without %s', async (name, number) => {
    const start = ConfinedProcess.start({ root: site.root, mode: 'required', lacking: [number] });
    await expect(start).rejects.toThrow(
      new RegExp(`^the sandbox is required, and cannot be built: ${name} \\(.*\\)\\n  --sandbox on`),
    );
  });

  testConfined('a root that is not there is told in a line', async () => {
    const start = ConfinedProcess.start({ root: site.root, mode: 'on', reads: ['/no/such/folder'] });
    await expect(start).rejects.toThrow('/no/such/folder cannot be opened for the sandbox (ENOENT)\n  the user that');
  });
});

testConfined('mode off does nothing, and says so', async () => {
  await using other = await ConfinedProcess.start({ root: site.root, mode: 'off' });
  expect(other.report.line).toMatch(/^sandbox: off \(user \S+\)$/);
  expect(await other.run('return fs.readFileSync("/etc/passwd").length > 0')).toBe(true);
});
