/** A worker is what clients reach, and may be taken over: what its supervisor makes of what it says. */
import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { readLines } from '../../src/daemon/logs/read-lines.js';
import { readFromWorker } from '../../src/daemon/workers/worker-messages.js';
import { LOG_LINE_BYTES_MAX, WORKER_TEXT_CHARACTERS_MAX } from '../../src/limits.js';

describe('a message of a worker', () => {
  const counter = {
    name: 'a',
    help: 'b',
    type: 'counter',
    values: [{ value: 1, labels: { le: 0.5 } }],
    aggregator: 'sum',
  };

  test.each([
    [{ type: 'ready', sandbox: 'off' }],
    [{ type: 'failed', message: 'no', hint: undefined }],
    [{ type: 'failed', message: 'no', hint: 'try' }],
    [{ type: 'alive' }],
    [{ type: 'metrics', metrics: [] }],
    [{ type: 'metrics', metrics: [counter] }],
    [{ type: 'log', level: 'info', message: 'done' }],
  ])('%j is taken as it is', (message) => {
    expect(readFromWorker(message)).toEqual(message);
  });

  test.each([
    [undefined],
    [null],
    ['ready'],
    [{}],
    [{ type: 'become-root' }],
    [{ type: 'ready' }],
    [{ type: 'metrics', metrics: null }],
    [{ type: 'metrics', metrics: [null] }],
    [{ type: 'metrics', metrics: [{ ...counter, values: null }] }],
    [{ type: 'metrics', metrics: [{ ...counter, values: [{ value: 'x', labels: {} }] }] }],
    [{ type: 'log', level: '2026-11-25 error [1] forged\n', message: '' }],
    [{ type: 'log', level: 'error', message: {} }],
  ])('%j is none', (message) => {
    expect(readFromWorker(message)).toBeUndefined();
  });

  test('is cut to what a text may have', () => {
    const message = 'x'.repeat(WORKER_TEXT_CHARACTERS_MAX + 1);
    expect(readFromWorker({ type: 'log', level: 'error', message })).toMatchObject({ message: message.slice(1) });
  });
});

describe('the lines of a worker', () => {
  function linesOf(...chunks: string[]): string[] {
    const stream = new PassThrough();
    const lines: string[] = [];
    readLines(stream, (some) => lines.push(some));
    for (const chunk of chunks) stream.emit('data', Buffer.from(chunk));
    return lines;
  }

  test('are handed on whole, however they come', () => {
    expect(linesOf('a\nb', 'c', 'd\ne\nf', '\n')).toEqual(['a\n', 'bcd\ne\n', 'f\n']);
  });

  test('are left out where they are longer than any of a log, and those behind them are not', () => {
    const half = 'x'.repeat(LOG_LINE_BYTES_MAX / 2 + 1);
    expect(linesOf('a\n', half, half, half, 'end\nb\nc', 'd\n')).toEqual(['a\n', 'b\n', 'cd\n']);
    expect(linesOf(half, half, 'end\n', 'a\n')).toEqual(['a\n']);
  });
});
