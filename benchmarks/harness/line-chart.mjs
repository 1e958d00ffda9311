/**
 * Lines over numbers of connections, each named where it ends. A line that ends early ends in a cross, with its reason below
 * the chart.
 */
import {
  ALARM,
  createChart,
  cross,
  frame,
  GRID,
  INK,
  logTicks,
  MUTED,
  spreadApart,
  stroke,
  text,
} from './chart-style.mjs';

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} color
 * @property {boolean} isDashed
 * @property {boolean} isEmphasized
 * @property {(import('./statistics.mjs').Summary | undefined)[]} values  one for each category; undefined = it cannot
 * @property {string} [cannot]  why not
 */

const WIDTH = 1000;
const PLOT = { left: 66, right: 225, top: 84, height: 430 };
const LABEL_DISTANCE = 17;
const REASON_HEIGHT = 18;

/**
 * @param {object} chart
 * @param {string} chart.title
 * @param {string} chart.subtitle
 * @param {string} chart.xName
 * @param {readonly number[]} chart.categories
 * @param {readonly Line[]} chart.lines
 * @param {(value: number) => string} chart.format
 * @param {(tick: number) => string} chart.formatTick
 * @returns {string}  SVG
 */
export function lineChart({ title, subtitle, xName, categories, lines, format, formatTick }) {
  const reasons = lines.filter((line) => line.cannot);
  const bottom = PLOT.top + PLOT.height;
  const height = bottom + 62 + reasons.length * REASON_HEIGHT;
  const ticks = logTicks(
    lines.flatMap(({ values }) => values.flatMap((value) => (value ? [value.min, value.max] : []))),
  );
  const chart = createChart(WIDTH, height);
  chart.setOption({
    ...frame(title, subtitle),
    grid: { ...PLOT },
    xAxis: {
      type: 'category',
      boundaryGap: false,
      data: categories.map((n) => n.toLocaleString('en-US')),
      name: xName,
      nameLocation: 'middle',
      nameGap: 30,
      nameTextStyle: { color: MUTED, fontSize: 12.5 },
      axisLine: { lineStyle: { color: MUTED } },
      axisTick: { show: false },
      axisLabel: { color: INK, fontSize: 12.5 },
    },
    yAxis: {
      type: 'log',
      min: ticks[0],
      max: ticks.at(-1),
      axisLabel: { show: false },
      axisTick: { show: false },
      splitLine: { show: false },
    },
    series: lines.map((line) => ({
      type: 'line',
      name: line.name,
      data: line.values.map((value) => value?.median ?? null),
      symbol: 'circle',
      symbolSize: line.isEmphasized ? 8 : 5,
      z: line.isEmphasized ? 5 : 2,
      itemStyle: { color: line.color },
      lineStyle: { color: line.color, width: line.isEmphasized ? 3.5 : 1.8, type: line.isDashed ? [5, 4] : 'solid' },
    })),
  });
  const at = (/** @type {number} */ category, /** @type {number} */ value) =>
    /** @type {[number, number]} */ (chart.convertToPixel('grid', [category, value]).map(Math.round));
  chart.setOption({
    graphic: [
      ...ticks.flatMap((tick) => {
        const y = at(0, tick)[1];
        const label = text(formatTick(tick), PLOT.left - 8, y, { color: MUTED, align: 'right', size: 12 });
        return [{ ...stroke([PLOT.left, y], [WIDTH - PLOT.right, y], GRID), z: -1 }, label];
      }),
      ...lines.flatMap((line) => spreads(line, at)),
      ...endLabels(lines, categories.length, at, format, bottom),
      ...lines.flatMap((line) => stop(line, at)),
      ...reasons.flatMap((line, i) => reason(line, bottom + 62 + i * REASON_HEIGHT)),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** @typedef {(category: number, value: number) => [number, number]} At */

/** Least to most of the rounds, as a thin line. @param {Line} line @param {At} at */
function spreads(line, at) {
  return line.values.flatMap((value, i) =>
    value && value.max > value.min
      ? [stroke(at(i, value.min), at(i, value.max), line.color, { opacity: 0.4, lineWidth: 2 })]
      : [],
  );
}

/**
 * @param {readonly Line[]} lines @param {number} count @param {At} at
 * @param {(value: number) => string} format @param {number} bottom
 */
function endLabels(lines, count, at, format, bottom) {
  const x = WIDTH - PLOT.right + 34;
  const ends = lines
    .flatMap((line) => {
      const last = line.values[count - 1];
      return last ? [{ line, last, y: at(count - 1, last.median)[1], x: at(count - 1, last.median)[0] }] : [];
    })
    .sort((a, b) => a.y - b.y);
  const places = spreadApart(
    ends.map(({ y }) => y),
    LABEL_DISTANCE,
    PLOT.top,
    bottom,
  );
  return ends.flatMap(({ line, last, ...end }, i) => {
    const y = /** @type {number} */ (places[i]);
    const weight = line.isEmphasized ? 700 : 500;
    return [
      stroke([end.x + 6, end.y], [x - 5, y], line.color, { opacity: 0.45 }),
      text(line.name, x, y, { color: line.color, weight }),
      text(format(last.median), WIDTH - 22, y, { color: line.color, weight, align: 'right' }),
    ];
  });
}

/** The cross behind the last point, with the name beside it. @param {Line} line @param {At} at */
function stop(line, at) {
  const last = line.values.findLastIndex((value) => value !== undefined);
  const value = line.values[last];
  if (!line.cannot || value === undefined) return [];
  const [x, y] = at(last, value.median);
  const label = text(line.name, x + 26, y, { color: line.color, weight: 600 });
  // Other lines run on behind it.
  const halo = { ...label, style: { ...label.style, stroke: '#ffffff', lineWidth: 5 }, z: 10 };
  return [...cross(x + 15, y, ALARM).map((part) => ({ ...part, z: 10 })), halo];
}

/** @param {Line} line @param {number} y */
function reason(line, y) {
  return [...cross(30, y, ALARM), text(`${line.name}: ${line.cannot}`, 44, y, { color: MUTED, size: 12 })];
}
