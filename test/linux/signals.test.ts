/** Signals as a descriptor. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { EPOLLIN, Epoll } from '../../src/linux/epoll.js';
import { Signals } from '../../src/linux/signals.js';
import { expectNoLeaks } from '../support/descriptors.js';

expectNoLeaks();

const LIBRARY = fileURLToPath(new URL('../../dist/index.cjs', import.meta.url));

/** Waits until it is readable: the kernel may deliver a signal to another thread, a moment later. */
function received(signals: Signals): NodeJS.Signals[] {
  using epoll = new Epoll();
  epoll.register(signals.fileno(), EPOLLIN);
  expect(epoll.poll(5_000)).toHaveLength(1);
  return signals.read();
}

test('Signals is readable when one of its signals was sent, and names it', () => {
  using signals = new Signals('SIGWINCH', 'SIGURG');
  expect(signals.read()).toEqual([]);
  process.kill(process.pid, 'SIGWINCH');
  expect(received(signals)).toEqual(['SIGWINCH']);
  process.kill(process.pid, 'SIGURG');
  expect(received(signals)).toEqual(['SIGURG']);
  expect(signals.read()).toEqual([]);
});

/** Runs a program that has Signals, and `print`. */
function run(program: string): { stdout: string; stderr: string; signal: NodeJS.Signals | null } {
  const prelude = `const { Signals } = require(${JSON.stringify(LIBRARY)});
    const print = (text) => require('node:fs').writeSync(1, text + ' ');
    const until = (signals) => { for (;;) { const names = signals.read(); if (names.length > 0) return names; } };`;
  const options = { encoding: 'utf8', timeout: 20_000, killSignal: 'SIGKILL' } as const;
  const { stdout, stderr, signal } = spawnSync(process.execPath, ['-e', prelude + program], options);
  return { stdout, stderr, signal };
}

test('Signals takes the place of a handler of Node until close()', () => {
  const program = `const alive = setInterval(() => {}, 1_000); // a handler does not keep a process alive
    process.once('SIGWINCH', () => { print('heard by Node'); clearInterval(alive); });
    const signals = new Signals('SIGWINCH');
    process.kill(process.pid, 'SIGWINCH');
    print(until(signals).join());
    setImmediate(() => {
      signals.close();
      signals.close();
      print('closed');
      process.kill(process.pid, 'SIGWINCH');
    });`;
  expect(run(program)).toEqual({ stdout: 'SIGWINCH closed heard by Node ', stderr: '', signal: null });
});

test('a process that handles SIGTERM by Signals lives on, and after close() SIGTERM ends it', () => {
  const program = `const signals = new Signals('SIGTERM');
    process.kill(process.pid, 'SIGTERM');
    print(until(signals).join());
    signals.close();
    process.kill(process.pid, 'SIGTERM');
    for (;;);`;
  expect(run(program)).toEqual({ stdout: 'SIGTERM ', stderr: '', signal: 'SIGTERM' });
});

test('a worker thread that is terminated gives its signals back', async () => {
  const program = `const { Signals } = require(${JSON.stringify(LIBRARY)});
    globalThis.signals = new Signals('SIGWINCH');
    require('node:worker_threads').parentPort.postMessage('open');
    setInterval(() => {}, 1_000);`;
  const worker = new Worker(program, { eval: true });
  await once(worker, 'message');
  expect(() => new Signals('SIGWINCH')).toThrow(expect.objectContaining({ code: 'EBUSY', syscall: 'sigaction' }));
  await worker.terminate();
  using signals = new Signals('SIGWINCH');
  process.kill(process.pid, 'SIGWINCH');
  expect(received(signals)).toEqual(['SIGWINCH']);
});

test.each(['SIGKILL', 'SIGSTOP', 'SIGSEGV', 'SIGILL'] as const)('Signals refuses %s, and keeps no other', (name) => {
  expect(() => new Signals('SIGWINCH', name)).toThrow(
    expect.objectContaining({ code: 'EINVAL', syscall: 'sigaction' }),
  );
  new Signals('SIGWINCH').close();
});

test('Signals refuses a name that the system does not have', () => {
  expect(() => new Signals('SIGFOO' as 'SIGHUP')).toThrow(/^signals: expected names such as "SIGHUP", got "SIGFOO"$/);
});

test('Signals that are sent in great number do not block the process, and none is for a closed descriptor', () => {
  for (let i = 0; i < 200; i++) {
    using signals = new Signals('SIGWINCH');
    for (let k = 0; k < 5; k++) process.kill(process.pid, 'SIGWINCH');
    expect(received(signals).length).toBeGreaterThan(0);
  }
  using signals = new Signals('SIGWINCH');
  for (let i = 0; i < 70_000; i++) process.kill(process.pid, 'SIGWINCH'); // a pipe takes 65,536 bytes
  expect(received(signals).length).toBeGreaterThan(1_000);
});
