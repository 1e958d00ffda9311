/** Recordings as text: lines of JSON, strace, and the Trace Event Format. */
import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import type { XrayRecord } from '../../../src/xray/records.js';
import { chromeTrace } from '../../../src/xray/view/chrome-trace.js';
import { formatRecording, parseRecording } from '../../../src/xray/view/recording-text.js';
import { formatStrace } from '../../../src/xray/view/strace-text.js';
import { call, fixture, HEADER, type Line, main, stateAfter, turn, woken } from './recording.js';
import { TRACE } from './trace-schema.js';

const lines = fixture('epoll');
const THREADS: Line[] = [HEADER, main(), { t: 0, tid: 2, pid: 4100, thread: '1' }];

describe('lines of JSON', () => {
  test('a recording that is saved and opened gives the same state', () => {
    const opened = parseRecording(formatRecording(lines));
    expect(opened).toEqual(lines);
    expect(stateAfter(opened)).toEqual(stateAfter(lines));
  });

  const header = JSON.stringify(HEADER);

  test('records of unknown kinds and empty lines are left out', () => {
    expect(parseRecording(`${header}\n{"t":1,"novelty":2}\n\n{"t":2,"dropped":3,"tid":1}\r\n`)).toEqual([
      HEADER,
      { t: 2, dropped: 3, tid: 1 },
    ]);
  });

  test.each([
    ['line 1: the file is empty', ''],
    ['line 1: not JSON', 'GIF89a'],
    ['line 1: not the header of a recording of the X-ray, version 1', '{"xray":2}'],
    ['line 1: not the header of a recording of the X-ray, version 1', '{"t":1,"dropped":3,"tid":1}'],
    ['line 2: not the header of a recording of the X-ray, version 1', `${header}\n${header}`],
    ['line 2: not an object', `${header}\n7`],
    ['line 2: not JSON', `${header}\n{"t":1,"tid`],
    [
      'line 3: a record of the kind "call" needs "ret", a number',
      `${header}\n\n{"t":1,"call":"recv","dur":1,"turn":1,"tid":1,"fd":7,"args":[]}`,
    ],
    [
      'line 2: a record of the kind "call" needs "args", in its form',
      `${header}\n{"t":1,"call":"recv","dur":1,"turn":1,"tid":1,"fd":7,"args":[7],"ret":1}`,
    ],
    [
      'line 2: a record of the kind "events" needs "t", a number',
      `${header}\n{"events":[],"tid":1,"turn":1,"sleptMs":0}`,
    ],
    [
      'line 2: a record of the kind "kernel" needs "kernel", in its form',
      `${header}\n{"t":1,"pid":1,"kernel":[{"fd":1}]}`,
    ],
    [
      'line 2: a record of the kind "does" needs "does", in its form',
      `${header}\n{"t":1,"client":1,"port":1,"does":"dance"}`,
    ],
  ])('a file is refused: %s', (message, text) => {
    expect(() => parseRecording(text)).toThrow(message);
  });
});

describe('the text of strace', () => {
  test('has each call with the number of its thread and the time since 1970', () => {
    const text = formatStrace([
      ...THREADS,
      call(1_000_000, 0, 'socket', 'AF_INET, SOCK_STREAM, 0', 5),
      call(1_500_000, 1, 'recv', '7, "", 1024, 0', -1, { errno: 'EAGAIN', tid: 2 }),
      call(1_200_000.4, 1, 'send', '7, "x", 1, 0', -1, { errno: 'ENOTCONN' }),
      { t: 2_000_000, program: 'ended', isReady: false, exit: { code: 3, signal: null } },
    ]);
    expect(text.split('\n')).toEqual([
      '4100 1795946401.000000 socket(AF_INET, SOCK_STREAM, 0) = 5',
      '4100 1795946401.200000 send(7, "x", 1, 0) = -1 ENOTCONN',
      '4102 1795946401.500000 recv(7, "", 1024, 0) = -1 EAGAIN (Resource temporarily unavailable)',
      '4100 1795946402.000000 +++ exited with 3 +++',
      '',
    ]);
  });

  test('has the form of strace -f -ttt in each line', () => {
    for (const line of formatStrace(lines).trimEnd().split('\n')) {
      expect(line).toMatch(/^\d+ \d{10}\.\d{6} (?:\w+\(.*\) = (?:\d+|-1 E[A-Z]+(?: \(.*\))?)|\+\+\+ .* \+\+\+)$/);
    }
  });
});

interface Slice {
  readonly name: string;
  readonly cat: string;
  readonly ts: number;
  readonly end: number;
}

/** The slices of each thread, in the order of time; the outer one first. */
function slices(from: readonly Line[]): Map<number, Slice[]> {
  const tracks = new Map<number, Slice[]>();
  for (const event of chromeTrace(from).traceEvents) {
    if (event.ph !== 'X') continue;
    const { name, cat, ts, dur, tid } = event;
    tracks.set(tid, [...(tracks.get(tid) ?? []), { name, cat, ts, end: ts + dur }]);
  }
  for (const track of tracks.values()) track.sort((a, b) => a.ts - b.ts || b.end - a.end);
  return tracks;
}

/** As Perfetto demands: a slice lies within the one that is open, or after it. */
function expectNested(track: readonly Slice[]): void {
  const open: Slice[] = [];
  for (const slice of track) {
    while ((open.at(-1)?.end ?? Number.POSITIVE_INFINITY) <= slice.ts) open.pop();
    expect(slice.end).toBeLessThanOrEqual((open.at(-1)?.end ?? Number.POSITIVE_INFINITY) + 1e-6);
    open.push(slice);
  }
}

describe('the Trace Event Format', () => {
  const busy: Line[] = [
    ...THREADS,
    ...woken(1000, 1, [[7, 1]], 0.5),
    call(1002, 1, 'recv', '7, "…", 1024, 0', 10, { dur: 20.4 }),
    call(1010, 1, 'pread_job', '9, 10, 0, "…"', 10, { dur: 5000 }),
    call(1022.3, 1, 'send', '7, "…", 10, 0', 10),
    call(3000, 1, 'send', '8, "…", 10, 0', 10, { isAsync: true }),
    // The clock of the next wait was read before the last call had ended.
    turn(3004, 2, []),
    call(3001, 2, 'epoll_wait', '6, [], 0', 0),
    turn(1500, 3, [[5, 1]], 1, 2),
    call(1499, 3, 'accept4', '5, NULL, 0', 8, { tid: 2, dur: 3 }),
  ];

  test.each([
    ['the model epoll', lines],
    ['two threads, a job and an asynchronous send', busy],
  ])('a recording of %s is accepted by its schema', (_, from) => {
    const trace: unknown = JSON.parse(JSON.stringify(chromeTrace(from)));
    expect(v.safeParse(TRACE, trace).issues?.map((issue) => [v.getDotPath(issue), issue.message])).toBeUndefined();
    for (const track of slices(from).values()) expectNested(track);
  });

  test('a thread is a track of waits and turns, with the calls of a turn within it', () => {
    const begin = lines.findIndex((line) => 'events' in line && line.turn === 2);
    const end = lines.findIndex((line, i) => i > begin && 'events' in line);
    const track = slices([...lines.slice(0, 3), ...lines.slice(begin, end)]).get(1) ?? [];
    expect(track.map(({ name, cat }) => `${cat} ${name}`)).toEqual([
      'wait epoll_wait',
      'turn turn 2',
      'call recv',
      'call openat2',
      'call fstat',
      'call pread',
      'call close',
      'call send',
      'call epoll_ctl',
    ]);
  });

  test('processes, threads and clients have names', () => {
    const names = chromeTrace(lines).traceEvents.flatMap((event) => (event.ph === 'M' ? [event.args['name']] : []));
    expect(names).toEqual(['epoll 4100', 'main', 'clients', 'client 1', 'client 2', 'client 3', 'client 4']);
  });

  test('the accept queue and the bytes of a connection are counters that are written when they change', () => {
    const counters = chromeTrace(lines).traceEvents.filter((event) => event.ph === 'C');
    const queue = counters.filter(({ name }) => name === 'accept queue of 5').map(({ args }) => args['clients']);
    expect(queue).toEqual([0, 3, 2, 0]);
  });

  test('the job of a disk thread is an async event with a beginning and an end', () => {
    const job = chromeTrace(busy).traceEvents.filter((event) => event.ph === 'b' || event.ph === 'e');
    expect(job).toMatchObject([
      { ph: 'b', id: 1, ts: 1010, name: 'pread_job' },
      { ph: 'e', id: 1, ts: 6010, name: 'pread_job' },
    ]);
  });
});

test('a record that no export knows is left out of all', () => {
  const unknown = JSON.parse('{"t": 9, "novelty": 1}') as XrayRecord;
  expect(formatStrace([...lines, unknown])).toBe(formatStrace(lines));
  expect(chromeTrace([...lines, unknown])).toEqual(chromeTrace(lines));
});
