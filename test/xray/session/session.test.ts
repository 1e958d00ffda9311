import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ThreadBegan } from '../../../src/xray/records.js';
import type { StartedProgram } from '../../../src/xray/session/observed-program.js';
import { startProgram } from '../../../src/xray/session/start-program.js';
import { RawClient } from '../../client/raw-client.js';
import { isRunning } from '../../support/process-info.js';
import { Recorded, started } from './recorded.js';

const FAKE = fileURLToPath(new URL('fake-program.mjs', import.meta.url));

/** Without the real observer. */
function fake(...args: string[]): Parameters<typeof startProgram>[0] {
  return { model: 'fake', command: ['env', '-u', 'NODE_OPTIONS', process.execPath, FAKE, ...args], stdio: 'ignore' };
}

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(...args: string[]): Promise<{ program: StartedProgram; recorded: Recorded }> {
  const program = started(await startProgram(fake(...args)));
  const recorded = new Recorded(program);
  open.push(program, recorded);
  return { program, recorded };
}

async function connect({ header }: StartedProgram): Promise<void> {
  open.push(await RawClient.connect({ address: '127.0.0.1', port: header.port }));
}

describe('a session', () => {
  test('records turns and their calls, numbered, with times since the header and the place of the call', async () => {
    const { program, recorded } = await start();
    await connect(program);
    await connect(program);
    const call = await recorded.until((record) => 'call' in record && record.turn === 2 && record.call === 'accept4');
    expect(recorded.header).toMatchObject({
      xray: 1,
      model: 'fake',
      clock: 'CLOCK_MONOTONIC',
      port: program.header.port,
    });
    expect(recorded.records.slice(0, 2)).toMatchObject([
      { t: 0, program: 'starting', isReady: false },
      { tid: 1, thread: 'main' },
    ]);
    expect(recorded.turns.map(({ turn, tid }) => [turn, tid])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(call).toMatchObject({ tid: 1, src: 'test/xray/session/fake-program.mjs:1' });
    expect(call.t).toBeGreaterThan(0);
    expect(call.t).toBeLessThan(60_000_000);
  });

  test('pauses, steps one turn at a time, waits for a descriptor that is ready, and resumes', async () => {
    const { program, recorded } = await start();
    program.pause();
    await recorded.untilProgram('paused', false);
    await connect(program);
    await connect(program);
    await recorded.untilProgram('paused', true);
    expect(recorded.turns).toEqual([]);
    for (const turn of [1, 2]) {
      const from = recorded.records.length;
      program.step();
      await recorded.untilProgram('paused', undefined, from);
      expect(recorded.turns.map((each) => each.turn)).toEqual(turn === 1 ? [1] : [1, 2]);
    }
    const from = recorded.records.length;
    program.step();
    await recorded.untilProgram('stepping', false, from);
    await connect(program);
    await recorded.untilProgram('paused', undefined, from);
    expect(recorded.turns).toHaveLength(3);
    program.resume();
    await recorded.untilProgram('running', undefined, from);
  });

  test('in slow motion takes a step at each tick, and goes on freely afterwards', async () => {
    const { program, recorded } = await start();
    program.setSpeed(100);
    for (let i = 0; i < 3; i++) await connect(program);
    await recorded.until((record) => 'events' in record && record.turn === 3);
    program.setSpeed(undefined);
    await connect(program);
    await recorded.until((record) => 'events' in record && record.turn === 4);
    expect(() => program.setSpeed(0)).toThrow('turnsPerSecond: expected 0.01 to 1000, got 0');
    await connect(program); // it still runs freely
    await recorded.until((record) => 'events' in record && record.turn === 5);
  });

  test('gives a late subscriber all that is kept', async () => {
    const { program, recorded } = await start();
    await connect(program);
    await recorded.until((record) => 'call' in record && record.call === 'accept4');
    const late = new Recorded(program);
    open.push(late);
    const { length } = late.records;
    expect(late.records).toEqual(recorded.records.slice(0, length));
    expect(late.turns).toHaveLength(1);
  });

  test('gives times to a tenth of a microsecond, without the noise of a subtraction', async () => {
    const { program, recorded } = await start();
    for (let i = 0; i < 5; i++) await connect(program);
    await recorded.until((record) => 'events' in record && record.turn === 5);
    const times = recorded.records.map(({ t }) => String(t));
    expect(times.filter((t) => !/^\d+(\.\d)?$/.test(t))).toEqual([]);
  });

  test('shows the end of a killed program within a second, with its signal', async () => {
    const { program, recorded } = await start();
    const killed = performance.now();
    program.kill('SIGKILL');
    const { exit } = await recorded.untilProgram('ended');
    expect(exit).toEqual({ code: null, signal: 'SIGKILL' });
    expect(performance.now() - killed).toBeLessThan(1000);
    expect(await program.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(recorded.records.some((record) => 'gone' in record)).toBe(true);
  });

  test('runs one experiment at a time, whose clients lose patience with a program that is paused', async () => {
    const program = started(await startProgram(fake(), { paceMs: 1, patienceMs: 200 }));
    const recorded = new Recorded(program);
    open.push(program, recorded);
    program.pause();
    const experiment = program.runExperiment('half-close');
    await expect(program.runExperiment('silent')).rejects.toThrow('another experiment is running');
    await experiment;
    await recorded.until((record) => 'experiment' in record && record.state === 'ends');
    expect(recorded.records.flatMap((record) => ('does' in record ? [record.does] : []))).toEqual(['connect']);
    expect(recorded.turns).toEqual([]);
  });

  test('ends an experiment at once if the program is gone, and the clients if the session is closed', async () => {
    const { program, recorded } = await start();
    const drip = program.runExperiment('drip'); // the fake never answers
    await recorded.until((record) => 'does' in record && record.does === 'send');
    program.kill('SIGKILL');
    await recorded.untilProgram('ended');
    await drip;
    await program.runExperiment('silent');
    const last = program.runExperiment('silent');
    await program.close();
    await last;
  });

  test('resolves with the end of a program that ends before it listens', async () => {
    const command = [process.execPath, '-e', 'process.exit(7)'] as const;
    expect(
      await startProgram({ model: 'none', command: ['env', '-u', 'NODE_OPTIONS', ...command], stdio: 'ignore' }),
    ).toEqual({ code: 7, signal: null });
  });

  test('throws the error of a program that cannot be started', async () => {
    await expect(startProgram({ model: 'none', command: ['/no/such/program'], stdio: 'ignore' })).rejects.toThrow(
      'spawn /no/such/program ENOENT',
    );
  });

  test.each([
    ['a line that is too long', ['x', '70000']],
    ['a line of an unknown kind', ['{"strange":1}\n']],
    ['a line that is no JSON', ['strange\n']],
    ['a second Hello', ['{"hello":1,"pid":1,"thread":"main","channel":1,"node":"v1"}\n']],
  ])('ends a program that says %s', async (_, args) => {
    expect(await startProgram(fake(...args))).toEqual({ code: null, signal: 'SIGTERM' });
  });

  test('ends the program when it is closed, also while it is paused, and leaves no folder', async () => {
    const { program, recorded } = await start();
    const { pid } = await recorded.until((record): record is ThreadBegan => 'thread' in record);
    program.pause();
    await recorded.untilProgram('paused');
    const [, socket = ''] = /\0EPOLL_REACTOR_XRAY=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'latin1')) ?? [];
    expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
    await program.close();
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(dirname(socket))).toBe(false);
  });
});
