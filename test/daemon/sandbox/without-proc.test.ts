/** A bare container has no /proc, and a process in a new namespace can see the /proc of another one. */
import { chmodSync } from 'node:fs';
import { describe, expect } from '@jest/globals';
import { ask, get } from '../../client/raw-client.js';
import { SiteFolder } from '../../files/site-folder.js';
import { Folder } from '../../support/sockets.js';
import { CommandProcess, run } from '../command.js';
import { testWhere, works } from '../programs.js';
import { CAN_CONFINE, WHY_NOT } from './confined-process.js';

const WITHOUT_PROC = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$0" "$@"'];
/** Its processes have other ids than those by which /proc names them. */
const FOREIGN_PROC = ['unshare', '-pf', '--kill-child'];

const isPossible = CAN_CONFINE && works('unshare', '-m', 'true') && works('unshare', '-pf', 'true');
const testUnshared = testWhere(isPossible, `only root can hide /proc; ${WHY_NOT}`);

describe.each([0, 1])('with %i workers, without /proc', (workers) => {
  testUnshared('the sandbox is what the system can do, and files and metrics are served', async () => {
    using site = new SiteFolder({ 'a.txt': 'a' });
    chmodSync(site.parent, 0o755);
    using folder = new Folder();
    const admin = `${folder.path}/admin.sock`;
    const args = [site.root, '--workers', `${workers}`, '--admin', `unix:${admin}`, '--user', 'nobody', '--group', '0'];
    await using command = await CommandProcess.serve(args, { under: WITHOUT_PROC });
    expect(command.stdout).toMatch(
      /with {2}user nobody, seccomp \(\d+ system calls\), no_new_privs; not in force: Landlock \(without \/proc, /,
    );
    expect((await ask(command.address, get('/a.txt'))).body.toString()).toBe('a');
    const { status, body } = await ask({ path: admin }, get('/metrics'));
    expect(status).toBe(200);
    expect(body.toString()).not.toMatch(/^epoll_reactor_resident_memory_bytes /m);
    expect(command.stderr).toBe('');
  });

  testUnshared('a sandbox that is required is refused in one line', async () => {
    const args = ['--port', '0', '--workers', `${workers}`, '--sandbox', 'required'];
    const { code, stderr } = await run(args, { under: WITHOUT_PROC });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^epoll-reactor: the sandbox is required, and cannot be built: Landlock \(without \/proc, [^\n]*\n {2}[^\n]*\n$/,
    );
  });
});

testUnshared.each([0, 1])(
  'with %i workers, and the /proc of another namespace, the whole sandbox is in force',
  async (workers) => {
    using site = new SiteFolder({ 'a.txt': 'a' });
    const args = [site.root, '--workers', `${workers}`, '--sandbox', 'required'];
    await using command = await CommandProcess.serve(args, { under: FOREIGN_PROC });
    expect(command.stdout).toMatch(
      /with {2}user root, Landlock ABI \d+ \(.*\), seccomp \(\d+ system calls\), no_new_privs\n/,
    );
    expect((await ask(command.address, get('/a.txt'))).body.toString()).toBe('a');
  },
);
