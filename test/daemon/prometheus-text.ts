/** The text form of Prometheus, read strictly: https://prometheus.io/docs/instrumenting/exposition_formats/ */

export interface Family {
  readonly help: string;
  readonly type: string;
  /** By name and labels as written: `a_bucket{le="1"}`. */
  readonly samples: Map<string, number>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const SAMPLE = new RegExp(`^((${NAME})(?:\\{(?:${LABEL}(?:,${LABEL})*)?\\})?) (\\S+)$`);
const VALUE = /^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|\+Inf|-Inf|NaN)$/;

/** Families by their names. Whatever is not exactly as it should be throws. */
export function parseMetrics(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Family>();
  let help: readonly [name: string, text: string] | undefined;
  let name = '';
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    const [, helpName, helpText] = new RegExp(`^# HELP (${NAME}) (.+)$`).exec(line) ?? [];
    const [, typeName, type] = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`).exec(line) ?? [];
    if (helpName !== undefined && helpText !== undefined) {
      help = [helpName, helpText];
    } else if (typeName !== undefined && type !== undefined) {
      if (help?.[0] !== typeName) throw new Error(`a type without help: ${line}`);
      if (families.has(typeName)) throw new Error(`a second ${typeName}`);
      name = typeName;
      families.set(name, { help: help[1], type, samples: new Map() });
    } else {
      addSample(families.get(name), name, line);
    }
  }
  for (const [name, family] of families) check(name, family);
  return families;
}

function addSample(family: Family | undefined, name: string, line: string): void {
  const [, key = '', sampleName = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (family === undefined || !VALUE.test(value)) throw new Error(`not a sample: ${line}`);
  const names = family.type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
  if (!names.includes(sampleName)) throw new Error(`a sample of another name than ${name}: ${line}`);
  if (family.samples.has(key)) throw new Error(`a second ${key}`);
  family.samples.set(key, value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value));
}

/** https://prometheus.io/docs/practices/naming/ */
function check(name: string, { type, samples }: Family): void {
  if (!name.startsWith('epoll_reactor_')) throw new Error(`${name} says not whose it is`);
  if ((type === 'counter') !== name.endsWith('_total')) throw new Error(`${name}: a ${type}`);
  if (/milli|_ms|_kb|minutes/.test(name)) throw new Error(`${name}: not a base unit`);
  for (const [key, value] of samples) if (!(value >= 0)) throw new Error(`${key}: ${value}`);
  if (type !== 'histogram') return;
  const buckets = [...samples].filter(([key]) => key.includes('_bucket{')).map(([, value]) => value);
  if (buckets.some((value, i) => value < (buckets[i - 1] ?? 0)))
    throw new Error(`${name}: buckets that are not cumulative`);
  if (buckets.at(-1) !== samples.get(`${name}_count`)) throw new Error(`${name}: its last bucket is not its count`);
}

/** The samples of all families that count up. */
export function countsOf(families: ReadonlyMap<string, Family>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type, samples } of families.values()) {
    if (type !== 'gauge') for (const [key, value] of samples) counts.set(key, value);
  }
  return counts;
}
