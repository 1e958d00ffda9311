/** Models under the real observer, held and stepped. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { KernelLook } from '../../../src/xray/records.js';
import type { StartedProgram } from '../../../src/xray/session/observed-program.js';
import { startProgram } from '../../../src/xray/session/start-program.js';
import { RawClient } from '../../client/raw-client.js';
import { CLI } from '../../daemon/command.js';
import { Folder } from '../../support/sockets.js';
import { Recorded, started } from './recorded.js';

/** No person watches. */
const PACE = { paceMs: 5, patienceMs: 10_000 };

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(...args: string[]): Promise<{ program: StartedProgram; recorded: Recorded }> {
  const command = [process.execPath, CLI, ...args, '--port', '0'] as const;
  const program = started(await startProgram({ model: args[1] ?? 'server', command, stdio: 'ignore' }, PACE));
  const recorded = new Recorded(program);
  open.push(program, recorded);
  return { program, recorded };
}

function showsQueueOf(count: number): (record: object) => record is KernelLook {
  return (record): record is KernelLook =>
    'kernel' in record && (record as KernelLook).kernel.some(({ kind, rx }) => kind === 'listener' && rx === count);
}

describe.each([
  ['epoll', ['model', 'epoll']],
  ['threads', ['model', 'threads']],
  ['the real server', []],
])('%s', (_, args) => {
  test('held before its wait, shows three connects in the accept queue, and accepts the first in one step', async () => {
    const { program, recorded } = await start(...args);
    program.pause();
    await recorded.untilProgram('paused', false);
    for (let i = 0; i < 3; i++) open.push(await RawClient.connect({ address: '127.0.0.1', port: program.header.port }));
    await recorded.until(showsQueueOf(3));
    expect(recorded.turns).toEqual([]);
    const from = recorded.records.length;
    program.step();
    await recorded.untilProgram('paused', undefined, from);
    const [turn, ...others] = recorded.turns;
    expect(others).toEqual([]);
    const accepted = recorded.records.filter(
      (record) => 'call' in record && record.call === 'accept4' && record.ret >= 0,
    );
    expect(accepted.map((record) => 'turn' in record && record.turn)).toContain(turn?.turn);
    await recorded.until(showsQueueOf(3 - accepted.length), from);
  });
});

test('a client that has stopped reading reads again when a blocking send stands still in the middle of a stepped turn', async () => {
  const { program, recorded } = await start('model', 'threads');
  program.setSpeed(200);
  await program.runExperiment('slow-reader');
  await recorded.until((record) => 'experiment' in record && record.state === 'ends');
  const does = recorded.records.flatMap((record) => ('does' in record ? [record.does] : []));
  expect(does).toEqual(['connect', 'send', 'receive', 'send', 'stop-reading', 'read-again', 'receive', 'close']);
});

test('a program that listens on a Unix socket only has no experiments, whose clients use TCP', async () => {
  using folder = new Folder();
  const config = join(folder.path, 'config.toml');
  writeFileSync(config, `listen = "unix:${join(folder.path, 'socket')}"\n`);
  const command = [process.execPath, CLI, '--config', config] as const;
  const program = started(await startProgram({ model: 'server', command, stdio: 'ignore' }));
  open.push(program);
  expect(program.header.port).toBe(0);
  await expect(program.runExperiment('silent')).rejects.toThrow('the program listens on Unix sockets only');
});

test('places of calls are lines of source, with their text the first time', async () => {
  const { recorded } = await start('model', 'epoll');
  const listen = await recorded.until((record) => 'call' in record && record.call === 'listen');
  expect(listen).toMatchObject({
    src: expect.stringMatching(/^src\/models\/epoll\.ts:\d+$/),
    line: expect.stringContaining('listen('),
  });
});
