/** The lines that a supervisor reads of a worker, which may have been taken over. */
import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { LOG_LINE_BYTES_MAX, readLines } from '../../../src/daemon/logs/read-lines.js';
import { Channel } from '../../../src/daemon/workers/channel.js';
import { readPaced } from '../../../src/daemon/workers/paced-reading.js';
import {
  FROM_WORKER_BYTES_MAX,
  readFromWorker,
  readToWorker,
  toLine,
} from '../../../src/daemon/workers/worker-messages.js';

const REJECTION = { status: '400', reason: 'a "b" \\ \n' };

const SAMPLES = new Array(501).fill({ labels: {}, value: 1 });

/** A report with one sample. */
function report(name: string, labels: string, value: string): string {
  return `{"type":"report","connectionCount":0,"metrics":{"${name}":[{"labels":${labels},"value":${value}}]}}`;
}

describe('a message of a worker', () => {
  test.each([
    [{ type: 'ready', sandbox: { line: 'off', missing: [] } }],
    [{ type: 'ready', sandbox: { line: 'on', missing: ['Landlock (not enabled)'] } }],
    [{ type: 'failed', message: 'no' }],
    [{ type: 'failed', message: 'no', hint: 'try' }],
    [{ type: 'alive' }],
    [{ type: 'report', metrics: {}, connectionCount: 0 }],
    [
      {
        type: 'report',
        metrics: { connections_total: [{ labels: {}, value: 1 }], resident_memory_bytes: [] },
        connectionCount: 2,
      },
    ],
    [
      {
        type: 'report',
        metrics: { response_duration_seconds_bucket: [{ labels: { le: '0.5' }, value: 2 }] },
        connectionCount: 2,
      },
    ],
    [{ type: 'report', metrics: { rejections_total: [{ labels: REJECTION, value: 2 }] }, connectionCount: 2 }],
    [{ type: 'log', level: 'info', message: 'done\n  at once' }],
  ])('is accepted unchanged: %j', (message) => {
    expect(readFromWorker(JSON.stringify(message))).toEqual(message);
  });

  test.each([
    ['', 'nothing'],
    ['{', 'no JSON'],
    ['null', 'null'],
    ['"ready"', 'a string'],
    ['[]', 'a list'],
    ['{}', 'no type'],
    ['{"type":"become-root"}', 'another type'],
    ['{"type":"ready"}', 'a field is missing'],
    ['{"type":"ready","sandbox":{"line":"a\\nb","missing":[]}}', 'a line that ends in the middle'],
    ['{"type":"ready","sandbox":{"line":"a","missing":["a\\nb"]}}', 'a missing part that is not a line'],
    ['{"type":"failed","message":"\\u001b[2J"}', 'a line that reaches the terminal'],
    ['{"type":"report","connectionCount":0,"metrics":null}', 'no metrics'],
    ['{"type":"report","connectionCount":-1,"metrics":{}}', 'fewer connections than none'],
    ['{"type":"report","connectionCount":0,"metrics":[1]}', 'metrics without names'],
    ['{"type":"report","connectionCount":0,"metrics":{"connections_total":1}}', 'a metric without samples'],
    ['{"type":"report","connectionCount":0,"metrics":{"connections_total":[{"value":1}]}}', 'a sample without labels'],
    [
      '{"type":"report","connectionCount":0,"metrics":{"connections_total":[{"labels":{}}]}}',
      'a sample without a value',
    ],
    [report('connections_total', '{}', '"1"'), 'a metric that is text'],
    [report('connections_total', '{}', 'null'), 'a metric that is null'],
    [report('connections_total', '{}', '-1'), 'a metric below 0'],
    [report('connections_total', '{}', '1e999'), 'a metric that is infinite'],
    [report('workers', '{}', '1'), 'a metric of the supervisor'],
    [report('nothing', '{}', '1'), 'a metric that there is not'],
    [report('connections_total 1\\nx', '{}', '1'), 'a metric whose name ends its line'],
    [report('connections_total', '{"a":"b"}', '1'), 'a label that the metric does not have'],
    [report('rejections_total', '{"status":"400"}', '1'), 'a label is missing'],
    [report('rejections_total', '{"status":"400","reason":1}', '1'), 'a label that is no text'],
    [report('rejections_total', '{"status":"400\\n","reason":"a"}', '1'), 'a status with a line end'],
    [report('rejections_total', `{"status":"400","reason":"${'x'.repeat(101)}"}`, '1'), 'a label that is too long'],
    [report('response_duration_seconds_bucket', '{"le":"0.3"}', '1'), 'a bucket that there is not'],
    [report('connections_total', '{},"help":"a"', '1'), 'a help text'],
    [
      JSON.stringify({ type: 'report', connectionCount: 0, metrics: { connections_total: SAMPLES } }),
      'too many samples',
    ],
    ['{"type":"log","level":"2026-11-25 error [1] forged\\n","message":""}', 'a level that there is not'],
    ['{"type":"log","level":"error","message":{}}', 'a message that is no text'],
    [JSON.stringify({ type: 'log', level: 'error', message: 'x'.repeat(16 * 1024 + 1) }), 'a text that is too long'],
  ])('is refused: %j, %s', (line) => {
    expect(() => readFromWorker(line)).toThrow();
  });

  test('fits into a line with the longest text, each character of it escaped', () => {
    const message = '\u0001'.repeat(16 * 1024);
    const line = JSON.stringify({ type: 'log', level: 'error', message });
    expect(line.length).toBeLessThanOrEqual(FROM_WORKER_BYTES_MAX);
    expect(readFromWorker(line)).toMatchObject({ message });
  });

  test('has texts without line ends', () => {
    expect(toLine('Error: no\n    at f\x1b[2J')).toBe('Error: no     at f [2J');
  });
});

test('a configuration arrives with limits that are infinite', () => {
  const config = { limits: { connectionsMax: Number.POSITIVE_INFINITY, requestHeadersMax: 7 }, listen: [] };
  const message = { type: 'configure', config, listens: [], aliveEveryMs: 1, isFirst: true };
  expect(readToWorker(JSON.stringify(message))).toEqual(message);
});

describe('a channel', () => {
  function channel(...chunks: string[]): string[] {
    const stream = new PassThrough();
    const heard: string[] = [];
    new Channel<string>(stream, {
      lineBytesMax: 10,
      bytesPerSecondMax: Number.POSITIVE_INFINITY,
      read: (line) => {
        if (line === 'throws') throw new Error(line);
        return line;
      },
      onMessage: (message) => heard.push(message),
      onBroken: () => heard.push('broken'),
    });
    for (const chunk of chunks) stream.emit('data', Buffer.from(chunk));
    return heard;
  }

  test('passes on whole lines, however they are split', () => {
    expect(channel('a\nb', 'c', 'd\ne\nf', '\n\n')).toEqual(['a', 'bcd', 'e', 'f', '']);
  });

  test('is broken by a line as soon as it is too long', () => {
    expect(channel('a\n', '0123456789', 'x')).toEqual(['a', 'broken']);
    expect(channel('a\n0123456789x\nb\n')).toEqual(['a', 'broken']);
  });

  test('is broken by a line that is not a message, and reads nothing after it', () => {
    expect(channel('a\nthrows\nb\n')).toEqual(['a', 'broken']);
  });
});

test('a stream is read at a bounded rate: faster bytes wait', async () => {
  const stream = new PassThrough();
  let read = 0;
  readPaced(stream, 100_000, (chunk) => {
    read += chunk.length;
    return chunk.length;
  });
  const sinceMs = performance.now();
  await new Promise<void>((resolve) => {
    stream.on('end', resolve);
    for (let i = 0; i < 3; i++) stream.write(Buffer.alloc(60_000));
    stream.end();
  });
  expect(read).toBe(180_000);
  expect(performance.now() - sinceMs).toBeGreaterThan(1_100); // after the second one, 120,000 bytes
});

describe('the lines of a worker', () => {
  function linesOf(...chunks: string[]): string[] {
    const stream = new PassThrough();
    const lines: string[] = [];
    readLines(stream, (some) => lines.push(some));
    for (const chunk of chunks) stream.emit('data', Buffer.from(chunk));
    return lines;
  }

  test('are passed on whole, however they are split', () => {
    expect(linesOf('a\nb', 'c', 'd\ne\nf', '\n')).toEqual(['a\n', 'bcd\ne\n', 'f\n']);
  });

  test('are dropped if they are longer than a log line can be; the next ones are passed on', () => {
    const half = 'x'.repeat(LOG_LINE_BYTES_MAX / 2 + 1);
    expect(linesOf('a\n', half, half, half, 'end\nb\nc', 'd\n')).toEqual(['a\n', 'b\n', 'cd\n']);
    expect(linesOf(half, half, 'end\n', 'a\n')).toEqual(['a\n']);
  });
});
