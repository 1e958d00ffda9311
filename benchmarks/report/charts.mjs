/**
 * The charts of a result, as SVG: dots for the first figure of a case, or lines for each figure of a case with steps. The
 * background is white and opaque, so that they stay readable on a dark page. Axes are logarithmic: values differ by powers of ten.
 */
import { OUR_CONTENDERS } from '../contenders/epoll-reactor.mjs';
import { grouped } from './figures.mjs';
import { coresOf, rowsOf, stepsOf, summaryOf } from './result.mjs';

/** @import { Case, Figure, Result, Row, Summary } from '../types.js' */

/**
 * @typedef {object} Head
 * @property {string} title     the message
 * @property {string} subtitle  what is shown, with its unit
 * @property {Result} result
 */
/**
 * @typedef {object} DotRow
 * @property {string} name
 * @property {string} color
 * @property {{ value: number, isHollow: boolean }[]} dots  two are joined by a line
 * @property {string} note     at the right
 * @property {boolean} isAlarm the note says what the contender cannot do
 */
/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} color
 * @property {boolean} isDashed
 * @property {boolean} isEmphasized
 * @property {(Summary | undefined)[]} values  one for each step; undefined = it cannot
 * @property {string | undefined} cannot       why not
 */
/** @typedef {{ color?: string, size?: number, weight?: number, anchor?: 'start' | 'middle' | 'end', halo?: boolean }} TextStyle */
/** @typedef {{ width?: number, opacity?: number, dash?: string | undefined }} StrokeStyle */

const INK = '#1f2328';
const MUTED = '#59636e';
const GRID = '#e4e8ec';
const ALARM = '#c2241a';
const OUR_COLOR = '#1864ab';
const FLOOR_COLOR = '#2b8a3e';
const OTHER_COLOR = '#868e96';

/** The tutorial's servers in Python have the colour of the same model here, and dashes. */
const MODEL_COLORS = /** @type {Record<string, string>} */ ({
  blocking: '#8c564b',
  threads: '#d9480f',
  'thread-pool': '#b8860b',
  coroutines: '#2b8a3e',
  'busy-polling': '#c2255c',
  select: '#7048e8',
  poll: '#495057',
  epoll: '#1864ab',
  'epoll-edge': '#1098ad',
  'epoll-workers': '#6b9bd1',
  'python threads': '#d9480f',
  'python gevent': '#2b8a3e',
  'python epoll': '#1864ab',
});

const WIDTH = 1000;
const CHARACTER_WIDTH = 7;
const TOP = 122;
const ROW_HEIGHT = 28;
const PLOT = { left: 66, right: WIDTH - 225, height: 430 };
const REASON_HEIGHT = 18;
const LABEL_DISTANCE = 17;
/** Longer titles get smaller letters. */
const TITLE_CHARACTERS = 82;

/** @param {Result} result @param {readonly Case[]} cases @returns {Record<string, string>}  SVG by file name */
export function charts(result, cases) {
  const drawnBeside = new Set(cases.map(({ alone }) => alone));
  const each = cases.filter(({ name }) => !drawnBeside.has(name));
  return Object.assign({}, ...each.map((aCase) => caseCharts(result, aCase, rowsOf(result, aCase))));
}

/** @param {Result} result @param {Case} aCase @param {readonly Row[]} rows @returns {Record<string, string>} */
function caseCharts(result, aCase, rows) {
  const { name, title, figures, message } = aCase;
  const steps = stepsOf(rows);
  const drawn = (steps.length === 0 ? figures.slice(0, 1) : figures).filter(
    (figure) => rows.filter((row) => row.figures[figure.name]).length > 1,
  );
  return Object.fromEntries(
    drawn.map((figure) => {
      const told = message?.(rows, figure) ?? title;
      const hasFigures = told !== title && !told.includes('NaN');
      const unit = `${figure.title}; ${figure.isMoreBetter ? 'more' : 'less'} is better`;
      const subtitle = `${hasFigures ? `${title}: ` : ''}${unit}; the axis is logarithmic.`;
      const head = { title: hasFigures ? told : title, subtitle, result };
      return steps.length === 0
        ? [name, dotChart({ ...head, figure, rows: dotRows(result, aCase, rows, figure) })]
        : [
            `${name}-${figure.isMoreBetter ? 'throughput' : 'cpu'}`,
            lineChart({ ...head, figure, steps, name, lines: linesOf(result, rows, figure) }),
          ];
    }),
  );
}

/**
 * The contender with the smallest value comes first; those that cannot come last.
 * @param {Result} result @param {Case} aCase @param {readonly Row[]} rows @param {Figure} figure @returns {DotRow[]}
 */
function dotRows(result, { figures, alone }, rows, figure) {
  const others = result.rows.filter((row) => row.case === alone);
  const second = figures[1];
  const dots = rows.map(({ contender, figures: own, cannot, troubles = [] }) => {
    const medians = (/** @type {Figure} */ { name }) =>
      [summaryOf(others, contender, name), own[name]].flatMap((summary) => summary?.median ?? []);
    const value = own[figure.name]?.median;
    const alarm = cannot?.replace(/ \(.*/, '') ?? troubles.find((text) => !/^(wrk|in one round)/.test(text));
    const beside = second === undefined ? [] : medians(second).map(second.format);
    const note = [
      ...(value === undefined ? [] : [figure.format(value)]),
      ...(beside.length > 0 ? [`(${second?.title}: ${beside.join(' → ')})`] : []),
      ...(alarm === undefined ? [] : [alarm]),
    ];
    return {
      name: contender,
      color: colorOf(contender, result),
      // A value within the noise is drawn where the noise begins.
      dots: medians(figure).map((median) => ({
        value: Math.max(median, figure.least),
        isHollow: median !== value || median < figure.least,
      })),
      note: note.join('   '),
      isAlarm: alarm !== undefined,
      order: value ?? Number.POSITIVE_INFINITY,
    };
  });
  return dots.toSorted((a, b) => Math.sign(a.order - b.order) || 0);
}

/** @param {Result} result @param {readonly Row[]} rows @param {Figure} figure @returns {Line[]} */
function linesOf(result, rows, figure) {
  const steps = stepsOf(rows);
  return [...new Set(rows.map(({ contender }) => contender))].map((name) => {
    const stopped = rows.find((row) => row.contender === name && row.cannot);
    return {
      name,
      color: colorOf(name, result),
      isDashed: name.startsWith('python'),
      isEmphasized: name === 'epoll',
      values: steps.map((step) => summaryOf(rows, name, figure.name, step)),
      cannot: stopped && `${grouped(stopped.step ?? 0)} ${stopped.case}: ${stopped.cannot}`,
    };
  });
}

/** @param {string} contender @param {Result} result */
function colorOf(contender, { benchmark }) {
  if (benchmark === 'models') return MODEL_COLORS[contender] ?? OTHER_COLOR;
  if (OUR_CONTENDERS.has(contender)) return OUR_COLOR;
  return contender.endsWith('floor') || contender === 'C' ? FLOOR_COLOR : OTHER_COLOR;
}

/**
 * A row for each contender, with dots on a logarithmic axis.
 * @param {Head & { figure: Figure, rows: readonly DotRow[] }} chart
 */
function dotChart({ figure, rows, ...head }) {
  const longest = (/** @type {readonly string[]} */ texts) =>
    Math.max(...texts.map((text) => text.length)) * CHARACTER_WIDTH;
  const left = 30 + longest(rows.map(({ name }) => name));
  const right = WIDTH - 40 - longest(rows.map(({ note }) => note));
  const bottom = TOP + rows.length * ROW_HEIGHT;
  const ticks = logTicks(rows.flatMap(({ dots }) => dots.map(({ value }) => value)));
  const at = logScale(ticks, left, right);
  return document(bottom + 40, head, [
    ...ticks.flatMap((tick) => [
      stroke([at(tick), TOP - 4], [at(tick), bottom], GRID),
      text(formatTick(tick), at(tick), bottom + 14, { color: MUTED, size: 12, anchor: 'middle' }),
    ]),
    text(figure.title, right + 30, TOP - 16, { color: MUTED, size: 12 }),
    ...rows.flatMap(({ name, color, dots, note, isAlarm }, i) => {
      const y = TOP + (i + 0.5) * ROW_HEIGHT;
      const [first, second] = dots.map(({ value }) => at(value));
      const isPair = first !== undefined && second !== undefined;
      return [
        text(name, left - 14, y, { anchor: 'end', weight: 500 }),
        stroke([left, y], [right, y], GRID, { dash: '2 3' }),
        ...(isPair ? [stroke([first, y], [second, y], color, { width: 3, opacity: 0.45 })] : []),
        ...dots.map(({ value, isHollow }) => circle(at(value), y, isHollow ? 5 : 6, color, isHollow)),
        ...(isAlarm ? [cross(right + 16, y)] : []),
        text(note, right + 30, y, isAlarm ? { color: ALARM, weight: 600 } : {}),
      ];
    }),
  ]);
}

/**
 * Lines over numbers of connections, each named where it ends. A line that ends early ends in a cross, with its reason below
 * the chart.
 * @param {Head & { figure: Figure, name: string, steps: readonly number[], lines: readonly Line[] }} chart
 */
function lineChart({ figure, name, steps, lines, ...head }) {
  const reasons = lines.filter(({ cannot }) => cannot !== undefined);
  const bottom = TOP + PLOT.height;
  const ticks = logTicks(
    lines.flatMap(({ values }) => values.flatMap((value) => (value ? [value.min, value.max] : []))),
  );
  const yOf = logScale(ticks, bottom, TOP);
  const xOf = (/** @type {number} */ step) =>
    Math.round(PLOT.left + (step / Math.max(1, steps.length - 1)) * (PLOT.right - PLOT.left));
  /** @type {(step: number, value: number) => Point} */
  const at = (step, value) => [xOf(step), yOf(value)];
  return document(bottom + 62 + reasons.length * REASON_HEIGHT, head, [
    ...ticks.flatMap((tick) => [
      stroke([PLOT.left, yOf(tick)], [PLOT.right, yOf(tick)], GRID),
      text(formatTick(tick), PLOT.left - 8, yOf(tick), { color: MUTED, anchor: 'end', size: 12 }),
    ]),
    ...steps.map((step, i) => text(grouped(step), xOf(i), bottom + 14, { anchor: 'middle' })),
    text(`${name} connections (steps, not to scale)`, (PLOT.left + PLOT.right) / 2, bottom + 36, {
      color: MUTED,
      anchor: 'middle',
    }),
    ...lines.toSorted((a, b) => Number(a.isEmphasized) - Number(b.isEmphasized)).flatMap((line) => curve(line, at)),
    ...endLabels(lines, at, figure.format, bottom),
    ...reasons.flatMap((line) => stop(line, at)),
    ...reasons.flatMap((line, i) => {
      const y = bottom + 62 + i * REASON_HEIGHT;
      return [cross(30, y), text(`${line.name}: ${line.cannot}`, 44, y, { color: MUTED, size: 12 })];
    }),
  ]);
}

/** @typedef {readonly [number, number]} Point */
/** @typedef {(step: number, value: number) => Point} At */

/** The medians as a line, and the range of the rounds as a thin one at each point. @param {Line} line @param {At} at */
function curve({ values, color, isDashed, isEmphasized }, at) {
  const known = values.flatMap((value, step) => (value === undefined ? [] : [{ ...value, step }]));
  const points = known.map(({ median, step }) => at(step, median).join(','));
  const style = `stroke-width="${isEmphasized ? 3.5 : 1.8}"${isDashed ? ' stroke-dasharray="5 4"' : ''}`;
  return [
    `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" ${style}/>`,
    ...known.flatMap(({ median, min, max, step }) => [
      ...(max > min ? [stroke(at(step, min), at(step, max), color, { opacity: 0.4, width: 2 })] : []),
      circle(...at(step, median), isEmphasized ? 4 : 2.5, color, false),
    ]),
  ];
}

/** @param {readonly Line[]} lines @param {At} at @param {(value: number) => string} format @param {number} bottom */
function endLabels(lines, at, format, bottom) {
  const x = PLOT.right + 34;
  const ends = lines
    .flatMap((line) => {
      const last = line.values.at(-1);
      return last ? [{ ...line, value: last.median, end: at(line.values.length - 1, last.median) }] : [];
    })
    .sort((a, b) => a.end[1] - b.end[1]);
  const places = spreadApart(
    ends.map(({ end }) => end[1]),
    bottom,
  );
  return ends.flatMap(({ name, color, isEmphasized, value, end }, i) => {
    const y = places[i] ?? 0;
    const style = { color, weight: isEmphasized ? 700 : 500 };
    return [
      stroke([end[0] + 6, end[1]], [x - 5, y], color, { opacity: 0.45 }),
      text(name, x, y, style),
      text(format(value), WIDTH - 22, y, { ...style, anchor: 'end' }),
    ];
  });
}

/** The cross behind the last point of a line, with its name. @param {Line} line @param {At} at */
function stop({ values, name, color }, at) {
  const last = values.findLastIndex((value) => value !== undefined);
  const median = values[last]?.median;
  if (median === undefined) return [];
  const [x, y] = at(last, median);
  return [text(name, x + 26, y, { color, weight: 600, halo: true }), cross(x + 15, y)];
}

/**
 * Moves labels apart that would overlap, each as little as the order allows.
 * @param {readonly number[]} wanted  ascending @param {number} bottom
 */
function spreadApart(wanted, bottom) {
  /** @type {number[]} */
  const placed = [];
  for (const y of wanted) placed.push(Math.max(y, (placed.at(-1) ?? TOP - LABEL_DISTANCE) + LABEL_DISTANCE));
  let limit = bottom;
  for (let i = placed.length - 1; i >= 0; i--) {
    placed[i] = Math.min(placed[i] ?? limit, limit);
    limit = (placed[i] ?? limit) - LABEL_DISTANCE;
  }
  return placed;
}

/**
 * 1, 2, 5, 10, … from below the least to above the greatest; over more than three decades only the powers of ten.
 * @param {readonly number[]} values  a logarithmic axis has no place for 0
 */
function logTicks(values) {
  const positive = values.filter((value) => value > 0);
  const [low, high] = [Math.min(...positive), Math.max(...positive)];
  const steps = Math.log10(high / low) > 3 ? [1] : [1, 2, 5];
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const step of steps) ticks.push(Number((step * 10 ** power).toPrecision(1)));
  }
  const first = Math.max(
    0,
    ticks.findLastIndex((tick) => tick <= low),
  );
  const last = ticks.findIndex((tick) => tick >= high);
  return ticks.slice(first, last === -1 ? undefined : Math.max(last, first + 1) + 1);
}

/** @param {number} tick */
function formatTick(tick) {
  return tick < 10 ? `${tick}` : grouped(tick);
}

/** @param {readonly number[]} ticks @param {number} from  where the first tick is @param {number} to  where the last is */
function logScale(ticks, from, to) {
  const [low = 1, high = 1] = [ticks[0], ticks.at(-1)];
  return (/** @type {number} */ value) =>
    Math.round(from + (Math.log(Math.max(value, low) / low) / Math.log(high / low)) * (to - from));
}

/** @param {number} height @param {Head} head @param {readonly string[]} elements */
function document(height, { title, subtitle, result }, elements) {
  const { machine, kernel, node, date, conditions } = result;
  const lines = [
    subtitle,
    `${machine.cpu}, ${kernel}, Node ${node}, ${date.slice(0, 10)}. Median of ${conditions.rounds} interleaved rounds.`,
    coresOf(result),
  ];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`,
    ` font-family="system-ui, -apple-system, Segoe UI, Noto Sans, Helvetica, Arial, sans-serif">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(title, 20, 24, { size: title.length > TITLE_CHARACTERS ? 15 : 17, weight: 600 }),
    ...lines.map((line, i) => text(line, 20, 48 + 17 * i, { color: MUTED })),
    ...elements,
    '</svg>',
  ].join('\n')}\n`;
}

/** @param {string} content @param {number} x @param {number} y  its middle @param {TextStyle} [style] */
function text(content, x, y, { color = INK, size = 12.5, weight = 400, anchor = 'start', halo = false } = {}) {
  const escaped = content.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const attributes = `font-size="${size}" font-weight="${weight}" fill="${color}" text-anchor="${anchor}"`;
  const behind = halo ? ' stroke="#ffffff" stroke-width="5" paint-order="stroke"' : ''; // other lines run on behind it
  return `<text x="${x}" y="${y}" dominant-baseline="central" xml:space="preserve" ${attributes}${behind}>${escaped}</text>`;
}

/** @param {Point} from @param {Point} to @param {string} color @param {StrokeStyle} [style] */
function stroke([x1, y1], [x2, y2], color, { width = 1, opacity = 1, dash } = {}) {
  const style = `stroke="${color}" stroke-width="${width}" stroke-opacity="${opacity}"`;
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" ${style}${dash ? ` stroke-dasharray="${dash}"` : ''}/>`;
}

/** @param {number} x @param {number} y @param {number} r @param {string} color @param {boolean} isHollow */
function circle(x, y, r, color, isHollow) {
  return `<circle cx="${x}" cy="${y}" r="${r}" fill="${isHollow ? '#ffffff' : color}" stroke="${color}" stroke-width="2"/>`;
}

/** What a contender cannot do. @param {number} x @param {number} y */
function cross(x, y) {
  const path = `M${x - 5} ${y - 5}l10 10m-10 0l10 -10`;
  return `<path d="${path}" stroke="${ALARM}" stroke-width="2.4" stroke-linecap="round"/>`;
}
