/**
 * Signals that come while a process starts: before its handlers stand, and before the server can act on them. logrotate sends SIGUSR1,
 * for which Node opens its debugger, by which any user of the machine runs code in the process.
 */
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { ask, get } from '../client/raw-client.js';
import { SiteFolder } from '../files/site-folder.js';
import { handles } from '../support/process-info.js';
import { CommandProcess } from './command.js';
import { DelayedStarts } from './delayed-starts.js';
import { until } from './supervised.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/signalled-start.mjs', import.meta.url));
const SITE = { 'index.html': 'served' };

/** A command that gets a signal while it starts; resolves when it serves, or has ended. */
async function signalled(signal: string, args: readonly string[]): Promise<CommandProcess> {
  const command = new CommandProcess([...args, '--port', '0'], {
    env: { NODE_OPTIONS: `--inspect-port=0 --import=${FIXTURE}`, SIGNAL_AT_START: signal },
  });
  await until('it serves, or has ended', () => command.stdout.includes('Ctrl-C') || !command.isRunning);
  return command;
}

describe.each(['0', '1'])('while a command with %s workers starts,', (workers) => {
  test('SIGUSR1 opens no debugger', async () => {
    using site = new SiteFolder(SITE);
    await using command = await signalled('SIGUSR1', [site.root, '--workers', workers]);
    expect(command.stderr).toBe('');
    expect((await ask(command.address, get('/'))).body.toString()).toBe('served');
  });

  test.each(['SIGTERM', 'SIGINT'])('%s ends it with 0', async (signal) => {
    using site = new SiteFolder(SITE);
    await using command = await signalled(signal, [site.root, '--workers', workers]);
    expect(await command.ended()).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('while a command with workers starts,', () => {
  test('SIGHUP is a reload when it serves', async () => {
    using site = new SiteFolder(SITE);
    await using command = await signalled('SIGHUP', [site.root, '--workers', '1']);
    await until('it is reloaded', () => command.stderr.includes('serves with the configuration as it is now'));
    expect((await ask(command.address, get('/'))).body.toString()).toBe('served');
  });

  test('SIGUSR2 is an upgrade when it serves', async () => {
    using site = new SiteFolder(SITE);
    await using command = await signalled('SIGUSR2', [site.root, '--workers', '1']);
    await until('the new process is named', () => /process \d+ goes on/.test(command.stderr));
    const successor = Number(/process (\d+) goes on/.exec(command.stderr)?.[1]);
    process.kill(successor, 'SIGTERM');
    expect((await command.ended()).code).toBe(0);
  });
});

test('SIGHUP stops a starting command without workers, as it does later', async () => {
  using site = new SiteFolder(SITE);
  await using command = await signalled('SIGHUP', [site.root]);
  expect((await command.ended()).code).toBe(0);
});

test('SIGUSR1 before the first line of a worker opens no debugger, and the worker serves', async () => {
  using starts = new DelayedStarts();
  using site = new SiteFolder(SITE);
  starts.set('worker-is-signalled');
  await using command = await CommandProcess.serve([site.root, '--workers', '1'], starts);
  await until('the signal had its effect', () => command.stderr.includes('inspector'));
  expect(command.stderr).toMatch(/worker \d+: Starting inspector on 192\.0\.2\.1:0 failed/);
  expect((await ask(command.address, get('/'))).body.toString()).toBe('served');
});

test('SIGUSR1 before the first line of the new program of an upgrade opens no debugger, and it goes on', async () => {
  using starts = new DelayedStarts();
  using site = new SiteFolder(SITE);
  await using command = await CommandProcess.serve([site.root, '--workers', '1'], starts);
  starts.set('command-is-signalled');
  process.kill(command.pid, 'SIGUSR2');
  await until('the new process is named', () => /process \d+ goes on/.test(command.stderr));
  const successor = Number(/process (\d+) goes on/.exec(command.stderr)?.[1]);
  expect(command.stderr).toContain('Starting inspector on 192.0.2.1:0 failed');
  expect(command.stderr).not.toContain('Debugger listening');
  process.kill(successor, 'SIGTERM');
  expect((await command.ended()).code).toBe(0);
});

test.each(['0', '1'])(
  'a debugger that SIGUSR1 has opened before the first line is closed, and the start fails: %s workers',
  async (workers) => {
    using starts = new DelayedStarts();
    using site = new SiteFolder(SITE);
    starts.set('command-waits');
    const env = { ...starts.env, NODE_OPTIONS: `--inspect-port=0 ${starts.env['NODE_OPTIONS']}` };
    await using command = new CommandProcess([site.root, '--workers', workers, '--port', '0'], { env });
    const { pid } = command.child;
    await until('Node handles the signal', () => handles(pid as number, constants.signals.SIGUSR1));
    process.kill(pid as number, 'SIGUSR1');
    await until('the debugger is open', () => command.stderr.includes('Debugger listening'));
    starts.release('command-waits');
    const { code, stdout, stderr } = await command.ended();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /epoll-reactor: Node's debugger was open, by which other users of this machine can run code/,
    );
  },
);
