/** A chart for each case: its first figure, a row for each contender. */
import { OURS } from '../contenders/epoll-reactor.mjs';
import { dotChart } from '../harness/dot-chart.mjs';

/** @typedef {import('./result.mjs').Result} Result */
/** @typedef {import('./result.mjs').CaseResult} CaseResult */
/** @typedef {import('./figures.mjs').Figure} Figure */

const OUR_COLOR = '#1864ab';
const FLOOR_COLOR = '#2b8a3e';
const OTHER_COLOR = '#868e96';

const OWN = /^(?:epoll-reactor|fast handler|fetch handler|Hono on epoll-reactor|Epoll\.)/;

/** @param {Result} result @param {(name: string) => readonly Figure[]} figuresOf @returns {Record<string, string>}  SVG by name */
export function charts(result, figuresOf) {
  /** @type {Record<string, string>} */
  const drawn = {};
  for (const each of result.cases) {
    const svg = caseChart(result, each, figuresOf(each.name));
    if (svg !== undefined) drawn[each.name] = svg;
  }
  return drawn;
}

/** @param {Result} result @param {CaseResult} aCase @param {readonly Figure[]} figures */
function caseChart(result, { title, rows }, [shown, ...others]) {
  if (shown === undefined) return undefined;
  const second = others[0];
  const present = rows.flatMap(({ contender, figures }) => {
    const value = figures[shown.name];
    if (value === undefined || value.median <= 0) return [];
    const beside = second && figures[second.name];
    const note = `${shown.format(value.median)}${beside ? `   (${second.title}: ${second.format(beside.median)})` : ''}`;
    const row = { name: contender, color: colorOf(contender), note, isAlarm: false };
    return [{ ...row, dots: [{ value: value.median, isHollow: false }] }];
  });
  if (present.length < 2) return undefined;
  return dotChart({
    title,
    subtitle: `${shown.title}; the axis is logarithmic, ${shown.isMoreBetter ? 'more' : 'less'} is better. ${where(result)}`,
    noteName: shown.title,
    nameWidth: 230,
    noteWidth: 260,
    rows: present.toSorted((a, b) => (a.dots[0]?.value ?? 0) - (b.dots[0]?.value ?? 0)),
    formatTick: (tick) => (tick < 10 ? `${tick}` : tick.toLocaleString('en-US')),
  });
}

/** @param {string} contender */
function colorOf(contender) {
  if (contender === OURS || OWN.test(contender)) return OUR_COLOR;
  return contender.endsWith('floor') || contender === 'C' ? FLOOR_COLOR : OTHER_COLOR;
}

/** @param {Result} result */
function where({ machine, kernel, date, conditions }) {
  return `\n${machine.cpu}, ${kernel}, ${date.slice(0, 10)}. Server on one core, load on another. Median of ${conditions['rounds']} interleaved rounds.`;
}
