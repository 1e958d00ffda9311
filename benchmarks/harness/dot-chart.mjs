/** A row for each contender, with dots on a logarithmic axis: for values that differ by powers of ten. */
import { ALARM, createChart, cross, frame, GRID, INK, logTicks, MUTED, stroke, text } from './chart-style.mjs';

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} color
 * @property {{ value: number, isHollow: boolean }[]} dots  joined by a line where there are two
 * @property {string} note       at the right
 * @property {boolean} isAlarm   the note tells what it cannot do
 */

const WIDTH = 1000;
const ROW_HEIGHT = 28;
const TOP = 104;

/**
 * @param {object} chart
 * @param {string} chart.title
 * @param {string} chart.subtitle
 * @param {string} chart.noteName  what the notes at the right say
 * @param {readonly Row[]} chart.rows
 * @param {(value: number) => string} chart.formatTick
 * @param {number} chart.noteWidth
 * @param {number} [chart.nameWidth]
 * @param {readonly number[]} [chart.ticks]  where 1, 2, 5 are not the right ones
 * @returns {string}  SVG
 */
export function dotChart({ title, subtitle, noteName, rows, formatTick, noteWidth, nameWidth = 130, ticks: given }) {
  const plot = { left: nameWidth, right: noteWidth + 34, top: TOP, height: rows.length * ROW_HEIGHT };
  const bottom = plot.top + plot.height;
  const right = WIDTH - plot.right;
  const values = rows.flatMap(({ dots }) => dots.map(({ value }) => value));
  const ticks = given ?? logTicks(values);
  const chart = createChart(WIDTH, bottom + 40);
  const axis = { show: false, min: 0, max: 1 };
  chart.setOption({ ...frame(title, subtitle), grid: plot, xAxis: axis, yAxis: axis });
  const [low, high] = [/** @type {number} */ (ticks[0]), /** @type {number} */ (ticks.at(-1))];
  const at = (/** @type {number} */ value) =>
    Math.round(plot.left + (Math.log(value / low) / Math.log(high / low)) * (right - plot.left));
  chart.setOption({
    graphic: [
      ...ticks.flatMap((tick) => [
        { ...stroke([at(tick), plot.top - 4], [at(tick), bottom], GRID), z: -1 },
        text(formatTick(tick), at(tick), bottom + 14, { color: MUTED, size: 12, align: 'center' }),
      ]),
      text(noteName, right + 30, plot.top - 16, { color: MUTED, size: 12 }),
      ...rows.flatMap((row, i) => rowElements(row, plot.top + (i + 0.5) * ROW_HEIGHT, at, plot.left, right)),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/**
 * @param {Row} row @param {number} y @param {(value: number) => number} at
 * @param {number} left @param {number} right
 */
function rowElements(row, y, at, left, right) {
  const xs = row.dots.map(({ value }) => at(value));
  return [
    text(row.name, left - 14, y, { align: 'right', color: INK, weight: 500 }),
    { ...stroke([left, y], [right, y], GRID, { lineDash: [2, 3] }), z: -1 },
    ...(xs.length === 2 ? [stroke([xs[0] ?? 0, y], [xs[1] ?? 0, y], row.color, { lineWidth: 3, opacity: 0.45 })] : []),
    ...row.dots.map((dot) => ({
      type: 'circle',
      silent: true,
      shape: { cx: at(dot.value), cy: y, r: dot.isHollow ? 5 : 6 },
      style: { fill: dot.isHollow ? '#ffffff' : row.color, stroke: row.color, lineWidth: 2 },
      z: dot.isHollow ? 2 : 3,
    })),
    ...(row.isAlarm ? cross(right + 16, y, ALARM) : []),
    text(row.note, right + 30, y, { color: row.isAlarm ? ALARM : INK, weight: row.isAlarm ? 600 : 400 }),
  ];
}
