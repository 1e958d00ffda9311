/**
 * The charts of a result, as SVG: dots for the first figure of a case, or lines for each figure of a case with steps. The
 * background is white and opaque, so that they stay readable on a dark page. Axes are logarithmic: values differ by powers of ten.
 */
import * as echarts from 'echarts';
import { OUR_CONTENDERS } from '../contenders/epoll-reactor.mjs';
import { grouped } from './figures.mjs';
import { coresOf, rowsOf, stepsOf, summaryOf } from './result.mjs';

/** @import { EChartsOption, TitleComponentOption, YAXisComponentOption } from 'echarts' */
/** @import { Case, Figure, Result, Row, Summary } from '../types.js' */

/** @typedef {Omit<EChartsOption, 'title'> & { height: number, reasons?: readonly string[] }} Plot  reasons stand below it */

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
  'io-uring': '#f08c00',
  gevent: '#2b8a3e',
});

const WIDTH = 1000;
const HEAD_HEIGHT = 100;
const LINES_HEIGHT = 450;
const ROW_HEIGHT = 28;
const TEXT_HEIGHT = 18;
const TITLE = { left: 20, padding: 0, subtextStyle: { color: MUTED, lineHeight: TEXT_HEIGHT } };
const GRID_BOX = { outerBoundsMode: /** @type {const} */ ('same'), left: 20, right: 20, top: HEAD_HEIGHT, bottom: 10 };

// Wide enough for the fonts of all readers. A character beyond ASCII counts twice, because echarts assumes the height of a
// line for its width.
echarts.setPlatformAPI({ measureText: (text) => ({ width: 6.5 * text.replace(/[^ -~]/g, '..').length }) });

/** @param {Result} result @param {readonly Case[]} cases @returns {Record<string, string>}  SVG by file name */
export function charts(result, cases) {
  const drawnBeside = new Set(cases.map(({ alone }) => alone));
  const each = cases.filter(({ name }) => !drawnBeside.has(name));
  return Object.assign({}, ...each.map((aCase) => caseCharts(result, aCase, rowsOf(result, aCase))));
}

/** @param {Result} result @param {Case} aCase @param {readonly Row[]} rows @returns {Record<string, string>} */
function caseCharts(result, aCase, rows) {
  const { name, figures } = aCase;
  const hasSteps = stepsOf(rows).length > 0;
  const drawn = (hasSteps ? figures : figures.slice(0, 1)).filter(
    (figure) => rows.filter((row) => row.figures[figure.name]).length > 1,
  );
  return Object.fromEntries(
    drawn.map((figure) => [
      hasSteps ? `${name}-${figure.isMoreBetter ? 'throughput' : 'cpu'}` : name,
      draw(head(result, aCase, rows, figure), (hasSteps ? linePlot : dotPlot)(result, aCase, rows, figure)),
    ]),
  );
}

/**
 * A row for each contender, the smallest value first, with its figures at the right, or the reason why it has none.
 * @param {Result} result @param {Case} aCase @param {readonly Row[]} rows @param {Figure} figure @returns {Plot}
 */
function dotPlot(result, { figures, alone }, rows, figure) {
  const orderOf = (/** @type {Row} */ row) => row.figures[figure.name]?.median ?? Number.MAX_VALUE;
  const sorted = rows.toSorted((a, b) => orderOf(a) - orderOf(b));
  const others = result.rows.filter((row) => row.case === alone);
  const pairs = sorted.map((row) => [summaryOf(others, row.contender, figure.name), row.figures[figure.name]]);
  const axis = logAxis(pairs.flat(), figure.least);
  /** Hollow dots show the case beside this one, and values within the noise. */
  const symbolOf = (/** @type {unknown} */ _, /** @type {{ dataIndex: number, seriesIndex: number }} */ dot) =>
    dot.dataIndex === 0 || Number(pairs[dot.seriesIndex]?.[1]?.median) < figure.least ? 'emptyCircle' : 'circle';
  const notes = sorted.map((row) => noteOf(row, figures, others));
  return {
    height: HEAD_HEIGHT + sorted.length * ROW_HEIGHT + 50,
    grid: GRID_BOX,
    xAxis: axis,
    yAxis: [
      rowAxis({
        data: sorted.map(({ contender }) => contender),
        splitLine: { show: true, lineStyle: { type: 'dotted' } },
      }),
      rowAxis({ data: notes, position: 'right', name: figure.title, nameTextStyle: { color: MUTED, align: 'left' } }),
    ],
    series: sorted.map(({ contender }, y) => ({
      ...medians(pairs[y] ?? [], colorOf(result, contender), (value) => [Math.max(value, axis.min), y]),
      type: others.length > 0 ? 'line' : 'scatter',
      symbol: symbolOf,
      symbolSize: 11,
      lineStyle: { type: 'dotted' },
    })),
  };
}

/** @param {Row} row @param {readonly Figure[]} figures @param {readonly Row[]} others  of the case that is drawn beside it */
function noteOf({ contender, figures: own, cannot, troubles = [] }, [first, second], others) {
  const alarm = cannot?.replace(/ \(.*/, '') ?? troubles.find((text) => !/^(wrk|in one round)/.test(text));
  const value = first && own[first.name];
  const beside = second ? [summaryOf(others, contender, second.name), own[second.name]] : [];
  const besides = beside.flatMap((summary) => (summary ? [second?.format(summary.median)] : []));
  return [
    ...(alarm ? ['✗'] : []),
    ...(value ? [first.format(value.median)] : []),
    ...(besides.length > 0 ? [`(${second?.title}: ${besides.join(' → ')})`] : []),
    ...(alarm ? [alarm] : []),
  ].join('  ');
}

/**
 * A line for each contender over the steps, with its name and last value at its end. A line that ends early has ✗ at its end,
 * and the reason below the chart.
 * @param {Result} result @param {Case} aCase @param {readonly Row[]} rows @param {Figure} figure @returns {Plot}
 */
function linePlot(result, { name }, rows, figure) {
  const steps = stepsOf(rows);
  const reasons = rows
    .filter(({ cannot }) => cannot && !cannot.startsWith('not tried'))
    .map(({ contender, step = 0, cannot }) => `✗ ${contender}: ${grouped(step)} ${name}: ${cannot}`);
  const reasonsHeight = reasons.length * TEXT_HEIGHT;
  const summaries = rows.map((row) => row.figures[figure.name]);
  const axis = logAxis(summaries, figure.least);
  return {
    height: HEAD_HEIGHT + LINES_HEIGHT + reasonsHeight + 30,
    grid: { ...GRID_BOX, right: 210, bottom: 30 + reasonsHeight },
    reasons,
    xAxis: {
      type: 'category',
      data: steps.map(grouped),
      boundaryGap: false,
      name: `${name} connections (steps, not to scale)`,
      nameLocation: 'middle',
      nameTextStyle: { color: MUTED },
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { alignMaxLabel: 'right' }, // names of lines that end together reach down beside it
    },
    yAxis: axis,
    series: [...new Set(rows.map(({ contender }) => contender))].map((contender) => {
      const values = steps.map((step) => summaryOf(rows, contender, figure.name, step));
      const last = values.at(-1);
      const isEmphasized = contender === 'epoll';
      return {
        ...medians(values, colorOf(result, contender), (value, i) => [i, Math.max(value, axis.min)]),
        type: 'line',
        symbol: 'circle',
        symbolSize: isEmphasized ? 8 : 5,
        z: last === undefined ? 5 : isEmphasized ? 4 : 3, // lines run on behind the name of one that has ended
        lineStyle: { width: isEmphasized ? 3.5 : 1.8, type: contender.startsWith('python') ? 'dashed' : 'solid' },
        endLabel: {
          show: true,
          color: 'inherit',
          fontWeight: isEmphasized ? 'bold' : 'normal',
          formatter: last ? `${contender}  ${figure.format(last.median)}` : `✗ ${contender}`,
          ...{ textBorderColor: '#ffffff', textBorderWidth: 4 },
        },
        labelLayout: last ? { moveOverlap: 'shiftY' } : {},
      };
    }),
  };
}

/**
 * The medians of a contender, with the range of the rounds as a thin line at each.
 * @param {readonly (Summary | undefined)[]} summaries @param {string} color
 * @param {(value: number, i: number) => [number, number]} place
 */
function medians(summaries, color, place) {
  /** @type {[{ coord: number[] }, { coord: number[] }][]} */
  const ranges = summaries.flatMap((summary, i) =>
    summary ? [[{ coord: place(summary.min, i) }, { coord: place(summary.max, i) }]] : [],
  );
  const lineStyle = { width: 2, type: /** @type {const} */ ('solid'), opacity: 0.4 };
  return {
    color,
    data: summaries.map((summary, i) => (summary ? place(summary.median, i) : [])),
    itemStyle: { opacity: 1 },
    showAllSymbol: true,
    markLine: { z: 1, data: ranges, symbol: 'none', label: { show: false }, lineStyle },
  };
}

/**
 * 1, 2, 5, 10, … from below the least to above the greatest; over more than three decades only the powers of ten.
 * @param {readonly (Summary | undefined)[]} summaries @param {number} least  smaller values are drawn there
 */
function logAxis(summaries, least) {
  const values = summaries.flatMap((summary) => (summary ? [summary.min, summary.max] : []));
  const drawn = values.map((value) => Math.max(value, least)).filter((value) => value > 0);
  const [low, high] = [Math.min(...drawn), Math.max(...drawn)];
  const digits = high / low > 1000 ? [1] : [1, 2, 5];
  const ticks = Array.from({ length: 25 }, (_, i) => digits.map((digit) => Number(`${digit}e${i - 12}`))).flat();
  return {
    type: /** @type {const} */ ('log'),
    min: ticks.findLast((tick) => tick <= low) ?? low,
    max: ticks.find((tick) => tick >= high) ?? high,
    axisLine: { show: false },
    axisTick: { show: false, customValues: ticks },
    axisLabel: {
      color: MUTED,
      customValues: ticks,
      formatter: (/** @type {number} */ tick) => (tick < 10 ? `${tick}` : grouped(tick)),
    },
    splitLine: { lineStyle: { color: GRID } },
  };
}

/** @param {YAXisComponentOption & { type?: 'category' }} axis @returns {YAXisComponentOption} */
function rowAxis(axis) {
  return {
    ...axis,
    type: 'category',
    inverse: true,
    boundaryGap: false,
    nameLocation: 'start',
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: (text) => (`${text}`.startsWith('✗') ? ALARM : INK) },
  };
}

/**
 * The message; below it the figure with its unit, and the conditions.
 * @param {Result} result @param {Case} aCase @param {readonly Row[]} rows @param {Figure} figure @returns {TitleComponentOption}
 */
function head(result, { title, message }, rows, figure) {
  const { machine, kernel, node, date, conditions } = result;
  const told = message?.(rows, figure) ?? title;
  const hasFigures = told !== title && !told.includes('NaN');
  const unit = `${figure.title}; ${figure.isMoreBetter ? 'more' : 'less'} is better; the axis is logarithmic.`;
  const where = `${machine.cpu}, ${kernel}, Node ${node}, ${date.slice(0, 10)}`;
  const text = hasFigures ? told : title;
  return {
    ...TITLE,
    text,
    top: 14,
    textStyle: { color: INK, fontSize: 16 },
    subtext: [
      `${hasFigures ? `${title}: ` : ''}${unit}`,
      `${where}. Median and range of ${conditions.rounds} interleaved rounds.`,
      coresOf(result),
    ].join('\n'),
  };
}

/** @param {TitleComponentOption} title @param {Plot} plot */
function draw(title, { height, reasons = [], ...plot }) {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  const foot = { ...TITLE, bottom: 14, subtext: reasons.join('\n') };
  chart.setOption({ animation: false, backgroundColor: '#ffffff', ...plot, title: [title, foot] });
  const svg = chart.renderToSVGString();
  chart.dispose();
  // Without the styles of hovering, and without ids that count the charts of the process: the same input gives the same text.
  return svg.replace(/<style.*<\/style>\n/s, '').replace(/ (?:class|pointer-events|ecmeta_\w+)="[^"]*"|\bzr\d+-/g, '');
}

/** @param {Result} result @param {string} contender */
function colorOf({ benchmark }, contender) {
  if (benchmark === 'models') return MODEL_COLORS[contender.replace('python ', '')] ?? OTHER_COLOR;
  if (OUR_CONTENDERS.has(contender)) return OUR_COLOR;
  return contender.endsWith('floor') || contender === 'C' ? FLOOR_COLOR : OTHER_COLOR;
}
