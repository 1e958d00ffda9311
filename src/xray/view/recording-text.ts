/** A recording as text: lines of JSON, the header first. */
import type { ClientAct, DescriptorKind, ExperimentName, Header, ProgramState, XrayRecord } from '../records.js';

type Line = Header | XrayRecord;
type Check = (value: unknown) => boolean;

/** Longer files are refused: the page keeps the last 1,000 turns of a program. */
const BYTES_MAX = 64 * 1024 * 1024;

export function formatRecording(lines: readonly Line[]): string {
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

/** A file that is no recording, or a broken one. The message names the line. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

/** Call it before the file is read. @throws RecordingError `longer than 64 MiB` */
export function checkLength(bytes: number): void {
  if (bytes > BYTES_MAX) throw new RecordingError(`longer than ${BYTES_MAX / 1024 / 1024} MiB`);
}

/**
 * The header and the records of a recording. Records of kinds that this version does not know are left out.
 * @throws  RecordingError  `line 7: a record of the kind "call" needs "ret", a number`
 */
export function parseRecording(text: string): [Header, ...XrayRecord[]] {
  const lines = text.split('\n').map((line, i) => (line.trim() === '' ? undefined : parseLine(line, i + 1)));
  const [header, ...records] = lines.filter((line) => line !== undefined);
  if (header === undefined) throw new RecordingError('line 1: the file is empty');
  if (!isHeader(header)) throw new RecordingError('line 1: not the header of a recording of the X-ray, version 1');
  return [header, ...records.filter((record): record is XrayRecord => !('xray' in record))];
}

const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isText: Check = (value) => typeof value === 'string';
const isYes: Check = (value) => typeof value === 'boolean';
/** The keys are all members of the type. */
function isOneOf<Name extends string>(names: Readonly<Record<Name, true>>): Check {
  return (value) => typeof value === 'string' && Object.hasOwn(names, value);
}
const isNullable =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isList =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isObject =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    wrongField(value, fields) === undefined;

const isPairs = isList((value) => Array.isArray(value) && value.length === 2 && value.every(isNumber));
const isSubmissions = isList(
  (value) => Array.isArray(value) && value.length === 2 && isText(value[0]) && isNumber(value[1]),
);

const HEADER = {
  xray: (value: unknown) => value === 1,
  model: isText,
  kernel: isText,
  node: isText,
  startedAt: isText,
  port: isNumber,
};

const isKind = isOneOf<DescriptorKind>({
  listener: true,
  connection: true,
  epoll: true,
  eventfd: true,
  timerfd: true,
  inotify: true,
  pipe: true,
  file: true,
  other: true,
});
const isProgram = isOneOf<ProgramState['program']>({
  starting: true,
  running: true,
  paused: true,
  stepping: true,
  ended: true,
});
const isAct = isOneOf<ClientAct>({
  connect: true,
  send: true,
  receive: true,
  'stop-reading': true,
  'read-again': true,
  'half-close': true,
  reset: true,
  close: true,
});
const isExperiment = isOneOf<ExperimentName>({
  silent: true,
  drip: true,
  burst: true,
  'slow-reader': true,
  reset: true,
  'half-close': true,
  reused: true,
});

const KERNEL = {
  fd: isNumber,
  kind: isKind,
  address: isOptional(isText),
  rx: isNumber,
  tx: isNumber,
  readable: isNullable(isNumber),
  mask: isNullable(isNumber),
  isClosed: isOptional(isYes),
};

/** What the fields of each kind must be. The first of them names the kind; each has `t`, too. */
const KINDS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  call: {
    call: isText,
    dur: isNumber,
    turn: isNumber,
    tid: isNumber,
    fd: isNumber,
    args: isList(isText),
    ret: isNumber,
    errno: isOptional(isText),
    bytes: isOptional(isNumber),
    head: isOptional(isText),
    given: isOptional(isNumber),
    requests: isOptional(isNumber),
    src: isOptional(isText),
    line: isOptional(isText),
  },
  events: { events: isPairs, tid: isNumber, turn: isNumber, sleptMs: isNumber },
  asks: { asks: isPairs, tid: isNumber, by: isOneOf({ poll: true, select: true, send: true }) },
  submits: { submits: isSubmissions, tid: isNumber },
  kernel: { kernel: isList(isObject(KERNEL)), pid: isNumber },
  program: {
    program: isProgram,
    isReady: isYes,
    exit: isOptional(isObject({ code: isNullable(isNumber), signal: isNullable(isText) })),
  },
  thread: { thread: isText, tid: isNumber, pid: isNumber },
  gone: { gone: isYes, tid: isNumber },
  skipped: { skipped: isObject({ turns: isNumber, calls: isNumber, events: isNumber }), tid: isNumber },
  dropped: { dropped: isNumber, tid: isNumber },
  does: { does: isAct, client: isNumber, port: isNumber, bytes: isOptional(isNumber) },
  experiment: { experiment: isExperiment, state: isOneOf({ begins: true, ends: true }) },
};

const NAMES = new Map<Check, string>([
  [isNumber, 'a number'],
  [isText, 'a text'],
  [isYes, 'true or false'],
]);

/** @returns  undefined for a record of another kind */
function parseLine(text: string, number: number): Line | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RecordingError(`line ${number}: not JSON`);
  }
  if (typeof value !== 'object' || value === null) throw new RecordingError(`line ${number}: not an object`);
  if ('xray' in value) {
    if (number === 1 && isHeader(value)) return value;
    throw new RecordingError(`line ${number}: not the header of a recording of the X-ray, version 1`);
  }
  const kind = Object.keys(KINDS).find((key) => key in value);
  if (kind === undefined) return undefined;
  const fields = { t: isNumber, ...KINDS[kind] };
  const wrong = wrongField(value, fields);
  if (wrong === undefined) return value as XrayRecord;
  const needed = NAMES.get(fields[wrong as keyof typeof fields]) ?? 'in its form';
  throw new RecordingError(`line ${number}: a record of the kind "${kind}" needs "${wrong}", ${needed}`);
}

function isHeader(value: object): value is Header {
  return wrongField(value, HEADER) === undefined;
}

function wrongField(value: unknown, fields: Readonly<Record<string, Check>>): string | undefined {
  if (typeof value !== 'object' || value === null) return Object.keys(fields)[0];
  const named: Readonly<Record<string, unknown>> = { ...value };
  return Object.keys(fields).find((name) => !fields[name]?.(named[name]));
}
