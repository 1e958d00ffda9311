/** The logs of the command: whole lines, one for each request, whichever process serves and whatever happens to the file. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { ask, get } from '../../client/raw-client.js';
import { SiteFolder } from '../../files/site-folder.js';
import { Folder } from '../../support/sockets.js';
import { CommandProcess, run } from '../command.js';
import { parseMetrics } from '../prometheus-text.js';
import { SteadyClients } from '../steady-clients.js';
import { until } from '../supervised.js';

const BODY = 'as ever';
const SITE = { 'index.html': BODY };

const COMMON = String.raw`^127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET / HTTP/1\.1" 200 7`;
const FORMS: Readonly<Record<string, RegExp>> = {
  common: new RegExp(`${COMMON}$`),
  combined: new RegExp(`${COMMON} "-" "-"$`),
  json: /^\{"time":"[-\dT:.Z]+","client":"127\.0\.0\.1","method":"GET","host":"test","path":"\/","version":"HTTP\/1\.1","status":200,"bytes":7,"durationMs":[\d.]+\}$/,
};

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

function serve(site: SiteFolder, ...args: readonly string[]): Promise<CommandProcess> {
  return CommandProcess.serve([site.root, ...args]);
}

/** Asks for a while, with 8 clients. @returns how often was answered */
async function load(command: CommandProcess, atLeast: number): Promise<number> {
  await using clients = new SteadyClients(command.address, 8, '/', BODY);
  await clients.untilAnswered(atLeast);
  await clients.stop();
  expect(clients.failures).toEqual([]);
  return clients.answered;
}

async function end(command: CommandProcess): Promise<void> {
  process.kill(command.pid, 'SIGTERM');
  expect((await command.ended()).code).toBe(0);
}

describe.each(['0', '2'])('the access log of a server with %s workers under load', (workers) => {
  test.each(Object.keys(FORMS))('%s: each line of the file is one request', async (format) => {
    using site = new SiteFolder(SITE);
    const path = `${site.parent}/access.log`;
    await using command = await serve(site, '--workers', workers, '--access-log', path, '--access-log-format', format);
    expect(statSync(path).mode & 0o777 & ~0o640).toBe(0);
    const answered = await load(command, 2_000);
    await end(command);
    const lines = linesOf(path);
    expect(lines.filter((line) => FORMS[format]?.test(line) !== true)).toEqual([]);
    expect(lines).toHaveLength(answered);
  });

  test('has one line for each request, on stdout after the banner', async () => {
    using site = new SiteFolder(SITE);
    await using command = await serve(site, '--workers', workers, '--access-log', 'stdout');
    const said = command.stdout.length;
    const answered = await load(command, 500);
    await end(command);
    const lines = command.stdout.slice(said).split('\n').slice(0, -1);
    const requests = lines.filter((line) => FORMS['combined']?.test(line) === true);
    expect(requests).toHaveLength(answered);
    expect(lines.filter((line) => !requests.includes(line) && line.includes('HTTP/1.1'))).toEqual([]);
  });

  test('loses no line when the file is moved away and SIGUSR1 follows', async () => {
    using site = new SiteFolder(SITE);
    const path = `${site.parent}/access.log`;
    await using command = await serve(site, '--workers', workers, '--access-log', path);
    await using clients = new SteadyClients(command.address, 8, '/', BODY);
    const files = [path];
    for (let i = 0; i < 3; i++) {
      await clients.untilAnswered(300);
      files.push(`${path}.${i}`);
      renameSync(path, `${path}.${i}`);
      process.kill(command.pid, 'SIGUSR1');
      await until('there is a new file', () => statSync(path, { throwIfNoEntry: false }) !== undefined);
    }
    await clients.untilAnswered(300);
    await clients.stop();
    await end(command);
    expect(clients.failures).toEqual([]);
    const lines = files.flatMap(linesOf);
    expect(lines.filter((line) => FORMS['combined']?.test(line) !== true)).toEqual([]);
    expect(lines).toHaveLength(clients.answered);
    for (const file of files) expect(linesOf(file).length).toBeGreaterThan(0);
  });

  test('a full disk stops no request, and is reported once', async () => {
    using site = new SiteFolder(SITE);
    await using command = await serve(site, '--workers', workers, '--access-log', '/dev/full', '--sandbox', 'off');
    await load(command, 1_000);
    await until('it is told', () => command.stderr.includes('ENOSPC'));
    await load(command, 1_000);
    await end(command);
    expect(command.stderr.match(/a log cannot be written: ENOSPC/g)).toHaveLength(1);
  });

  test('a pipe without a reader delays neither a request nor the end', async () => {
    using site = new SiteFolder(SITE);
    const path = `${site.parent}/pipe`;
    expect(spawnSync('mkfifo', [path]).status).toBe(0);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    await using command = await serve(site, '--workers', workers, '--access-log', path);
    await load(command, 3_000); // four times what a pipe holds
    await end(command);
    closeSync(reader);
  });
});

test('lines that are lost are counted', async () => {
  using site = new SiteFolder(SITE);
  using folder = new Folder();
  const admin = { path: `${folder.path}/admin.sock` };
  // 8 KB of a line: the memory for lines is full after 2,000 requests.
  const head = get(`/${'x'.repeat(8_000)}`);
  await using command = await serve(
    site,
    ...[
      '--access-log',
      '/dev/full',
      '--access-log-format',
      'common',
      '--sandbox',
      'off',
      '--admin',
      `unix:${admin.path}`,
    ],
  );
  const lost = async (): Promise<number> => {
    const text = (await ask(admin, get('/metrics'))).body.toString();
    const name = 'epoll_reactor_access_log_lost_lines_total';
    return parseMetrics(text).get(name)?.samples.get(name) ?? Number.NaN;
  };
  expect(await lost()).toBe(0);
  for (let i = 0; i < 2_500; i += 50) await Promise.all(Array.from({ length: 50 }, () => ask(command.address, head)));
  expect(await lost()).toBeGreaterThan(100);
  expect(await lost()).toBeLessThan(1_000);
});

describe('a log that cannot be opened is an error of one line, and ends the start:', () => {
  test.each([
    [
      'a folder that is not there',
      ['--access-log', '/nonexistent/a.log'],
      'the folder of /nonexistent/a.log does not exist',
    ],
    [
      'the same of the error log',
      ['--error-log', '/nonexistent/a.log'],
      'the folder of /nonexistent/a.log does not exist',
    ],
  ])('%s', async (_what, args, line) => {
    using site = new SiteFolder(SITE);
    const { code, stderr } = await run([site.root, '--port', '0', ...args]);
    expect(code).toBe(1);
    expect(stderr).toContain(line);
  });
});

describe('the error log', () => {
  test.concurrent.each([
    ['info', true],
    ['warn', false],
    ['error', false],
  ])('at level %s: what was done is told: %j', async (level, isTold) => {
    using site = new SiteFolder(SITE);
    const path = `${site.parent}/error.log`;
    await using command = await serve(site, '--workers', '1', '--error-log', path, '--log-level', level);
    // There is a line of both levels: a finished reload, and a worker that has ended.
    process.kill(command.pid, 'SIGHUP');
    const { pid } = command;
    const worker = (): number => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);
    const before = worker();
    await until('there is another worker', () => worker() !== before);
    if (isTold) await until('it is told', () => linesOf(path).length > 0);
    process.kill(worker(), 'SIGKILL');
    await until('its end is told', () => readFileSync(path, 'utf8').includes('SIGKILL'));
    await end(command);
    const levels = linesOf(path).map((line) => /^[-\dT:.Z]+ (\w+) \[\d+\] /.exec(line)?.[1]);
    expect(levels).toContain('error');
    expect(levels.includes('info')).toBe(isTold);
    expect(statSync(path).mode & 0o777 & ~0o640).toBe(0);
  });

  test.concurrent('is also opened again after SIGUSR1', async () => {
    using site = new SiteFolder(SITE);
    const path = `${site.parent}/error.log`;
    await using command = await serve(site, '--workers', '1', '--error-log', path);
    renameSync(path, `${path}.1`);
    process.kill(command.pid, 'SIGUSR1');
    await until('there is a new file', () => statSync(path, { throwIfNoEntry: false }) !== undefined);
    process.kill(command.pid, 'SIGHUP');
    await until('something is told', () => linesOf(path).length > 0);
    expect(linesOf(`${path}.1`).length + linesOf(path).length).toBe(1);
  });
});

test('the client that a trusted proxy names is logged', async () => {
  using site = new SiteFolder(SITE);
  const path = `${site.parent}/access.log`;
  const config = `${site.parent}/config.json`;
  writeFileSync(
    config,
    JSON.stringify({ root: site.root, listen: '127.0.0.1:0', trustedProxies: ['127.0.0.0/8'], accessLog: path }),
  );
  await using command = await CommandProcess.serve(['--config', config]);
  await ask(command.address, get('/', 'X-Forwarded-For: 198.51.100.66, 203.0.113.5\r\n'));
  await ask(command.address, get('/', 'Forwarded: for="[2001:db8::1]:80"\r\n'));
  await ask(command.address, get('/'));
  await end(command);
  expect(linesOf(path).map((line) => line.split(' ')[0])).toEqual(['203.0.113.5', '2001:db8::1', '127.0.0.1']);
});
