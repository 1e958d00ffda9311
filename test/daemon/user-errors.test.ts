/** A user's mistake gives one line with a hint, and never a stack trace. */
import { chmodSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { SiteFolder } from '../files/site-folder.js';
import type { Ended } from '../support/processes.js';
import { CommandProcess, run } from './command.js';
import { testWhere } from './programs.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const firstFreePort = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));

/** One line what is wrong, one line what to do. */
function expectTold({ code, stdout, stderr }: Ended, what: RegExp, hint: RegExp): void {
  expect(stderr.split('\n')).toHaveLength(3);
  const [first, second] = stderr.split('\n');
  expect(first).toMatch(what);
  expect(second).toMatch(hint);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stdout).toBe('');
  expect(code).toBe(1);
}

describe('one line on stderr says, with a hint what to do,', () => {
  test('that the port is taken', async () => {
    await using first = await CommandProcess.serve();
    const { port } = first.address;
    expectTold(
      await run(['--port', `${port}`]),
      new RegExp(`^epoll-reactor: 127\\.0\\.0\\.1:${port} is taken by another program$`),
      new RegExp(`^ {2}choose another port with --port, or find the program: ss -ltnp 'sport = :${port}'$`),
    );
    expect(first.isRunning).toBe(true);
  });

  testWhere(isRoot, 'only root can start a command as a user that does not exist')(
    'that a user has no folder for the certificate of --tls-self-signed',
    async () => {
      const options = { uid: 54_321, env: { HOME: undefined, XDG_CACHE_HOME: undefined } };
      expectTold(
        await run(['--tls-self-signed', '--check'], options),
        /^epoll-reactor: tlsSelfSigned: this user has no home folder$/,
        /^ {2}name a folder: XDG_CACHE_HOME=DIR$/,
      );
    },
  );

  test('that there is no such folder', async () => {
    expectTold(
      await run(['/no/such/folder']),
      /^epoll-reactor: there is no folder \/no\/such\/folder$/,
      /folder that exists/,
    );
  });

  test('that the folder is a file', async () => {
    using site = new SiteFolder({ 'a.txt': '' });
    expectTold(await run([site.path('a.txt')]), /^epoll-reactor: .*a\.txt is not a folder$/, /folder that holds it/);
  });

  testWhere(isRoot, 'only root can run it as another user')('that the folder cannot be read', async () => {
    using site = new SiteFolder({ 'index.html': '' });
    chmodSync(site.parent, 0o755);
    chmodSync(site.root, 0o700);
    expectTold(
      await run([site.root, '--port', '0'], { uid: NOBODY }),
      /^epoll-reactor: the folder .* cannot be read$/,
      /ls -ld/,
    );
  });

  testWhere(isRoot, 'only root can run it as another user')('that the way to the folder is barred', async () => {
    using site = new SiteFolder({ 'index.html': '' });
    chmodSync(site.parent, 0o700);
    expectTold(
      await run([site.root, '--port', '0'], { uid: NOBODY }),
      /^epoll-reactor: the folder .* cannot be read$/,
      /ls -ld/,
    );
  });

  testWhere(firstFreePort > 80, 'on this machine everybody may listen on port 80')(
    'that the port is root’s',
    async () => {
      expectTold(
        await run(['--port', '80'], isRoot ? { uid: NOBODY } : {}),
        /^epoll-reactor: 127\.0\.0\.1:80 can be used by root only$/,
        /choose a port from 1024 up/,
      );
    },
  );

  test('that the address is another machine’s', async () => {
    // 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
    expectTold(
      await run(['--host', '192.0.2.1']),
      /^epoll-reactor: 192\.0\.2\.1 is not an address of this machine$/,
      /0\.0\.0\.0/,
    );
  });

  test('that the host is unknown', async () => {
    // .invalid is for that (RFC 2606).
    expectTold(await run(['--host', 'no.invalid']), /^epoll-reactor: the host no\.invalid is unknown$/, /127\.0\.0\.1/);
  });

  test.each([['65536'], ['-1'], ['abc'], ['80.5'], ['0x50'], [' 80'], ['1e3'], ['']])(
    'that %p is no port',
    async (port) => {
      expectTold(
        await run([`--port=${port}`]),
        /^epoll-reactor: --port: expected a whole number from 0 to 65535, got \S/,
        /--help/,
      );
    },
  );

  test('that an option is unknown', async () => {
    expectTold(await run(['--bogus']), /^epoll-reactor: unknown option '--bogus'$/, /--help/);
  });

  test('that there is one folder too many', async () => {
    expectTold(await run(['/', '/']), /^epoll-reactor: too many arguments/, /--help/);
  });

  test('that an option needs a value', async () => {
    expectTold(await run(['--port']), /^epoll-reactor: option '--port <PORT>' argument missing$/, /--help/);
  });

  test('that a value is not one of the choices', async () => {
    expectTold(
      await run(['--sandbox', 'strict']),
      /^epoll-reactor: --sandbox: expected one of off, on, required, got "strict"$/,
      /--help/,
    );
  });

  test('that an option is misspelt, with the nearest one', async () => {
    expectTold(
      await run(['--prot', '80']),
      /^epoll-reactor: unknown option '--prot'$/,
      /^ {2}Did you mean --port\? Try epoll-reactor --help\.$/,
    );
  });

  test.each([
    ['--cores', /^ {2}Did you mean --cors\? /],
    ['--maxage', /^ {2}Did you mean --max-age\? /],
    ['--max-ages=5', /^ {2}Did you mean --max-age\? /],
    ['--singel', /^ {2}Did you mean --single\? /],
    ['--worker', /^ {2}Did you mean --workers\? /],
    ['--list', /^ {2}Did you mean --list(?:en|ing)\? /],
    ['--gzip', /^ {2}Try epoll-reactor --help\.$/],
    ['-x', /^ {2}Try epoll-reactor --help\.$/],
  ])('that %s is unknown, with the nearest option if there is one', async (flag, hint) => {
    expectTold(await run([flag]), /^epoll-reactor: unknown option '--?[a-z-]+(?:=5)?'$/, hint);
  });

  test.each([
    ['--lits', '--list'],
    ['--prot', '--port'],
    ['--traces', '--trace'],
  ])('that %s is no option of a model, with the nearest one that is', async (flag, nearest) => {
    const hint = new RegExp(`^ {2}Did you mean ${nearest}\\? `);
    expectTold(await run(['model', flag]), /^epoll-reactor: unknown option '--[a-z]+'$/, hint);
  });

  test.each([
    ['modle', 'model'],
    ['completions', 'completion'],
    ['hash', 'hash-password'],
    ['hepl', 'help'],
  ])('that %s is not a folder, with the command %s', async (word, command) => {
    expectTold(
      await run([word]),
      new RegExp(`^epoll-reactor: there is no folder ${word}$`),
      new RegExp(`^ {2}did you mean the command ${command}\\? Try epoll-reactor --help\\.$`),
    );
  });

  test.each([
    ['--fallback', /^epoll-reactor: fallback: there is no file app\.html below \S+$/],
    ['--not-found-page', /^epoll-reactor: notFoundPage: there is no file app\.html below \S+$/],
  ])('by --check that the page of %s is missing', async (flag, what) => {
    using site = new SiteFolder({ 'page.html': '', 'folder/x': '' });
    expectTold(await run([site.root, flag, '/app.html', '--check']), what, /ls -l/);
    expectTold(await run([site.root, flag, 'folder', '--check']), /there is no file folder below/, /ls -l/);
    expect(await run([site.root, flag, '/page.html', '--check'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('by --check that a single-page application has no page', async () => {
    using site = new SiteFolder({ 'page.html': '' });
    expectTold(
      await run([site.root, '-s', '--check']),
      /^epoll-reactor: single: there is no file index\.html below \S+$/,
      /ls -l/,
    );
  });

  test.each([
    ['a model', ['model', 'epol'], /^epoll-reactor: there is no model epol$/],
    ['the port of a model', ['model', 'epoll', '--port', 'x'], /^epoll-reactor: --port: expected a whole number/],
    ['a shell', ['completion', 'tcsh'], /^epoll-reactor: .*'tcsh' is invalid/],
  ])('that %s is invalid', async (_, args, what) => {
    expectTold(await run(args), what, /\S/);
  });
});
