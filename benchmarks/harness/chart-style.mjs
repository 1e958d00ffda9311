/**
 * What all charts have in common. The background is white and opaque: on a page that is dark they stay readable as they are.
 * The axes are logarithmic with marks at 1, 2 and 5, which ECharts has not, and so drawn as lines of their own.
 */
import * as echarts from 'echarts';

export const INK = '#1f2328';
export const MUTED = '#59636e';
export const GRID = '#e4e8ec';
export const ALARM = '#c2241a';
// Without quotes, which ECharts would put into its attributes as they are.
const FONT = 'system-ui, -apple-system, Segoe UI, Noto Sans, Helvetica, Arial, sans-serif';

/** That fit into 1,000 px at full size. */
const TITLE_CHARACTERS = 82;

/** @param {number} width @param {number} height */
export function createChart(width, height) {
  return echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
}

/** @param {string} title  the message @param {string} subtitle  what is shown, and its unit */
export function frame(title, subtitle) {
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, color: INK },
    title: {
      text: title,
      subtext: subtitle,
      left: 20,
      top: 14,
      itemGap: 6,
      textStyle: { fontSize: title.length > TITLE_CHARACTERS ? 15 : 17, fontWeight: 600, color: INK, fontFamily: FONT },
      subtextStyle: { fontSize: 12.5, color: MUTED, fontFamily: FONT, lineHeight: 17 },
    },
  };
}

/**
 * 1, 2, 5, 10, … from below the least to above the greatest.
 * @param {readonly number[]} values  all > 0
 */
export function logTicks(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  /** @type {number[]} */
  const ticks = [];
  const decades = Math.log10(high / low);
  const steps = decades > 3 ? [1] : [1, 2, 5]; // over many decades the powers of ten are enough
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const step of steps) ticks.push(Number((step * 10 ** power).toPrecision(1)));
  }
  const first = ticks.findLastIndex((tick) => tick <= low);
  const last = ticks.findIndex((tick) => tick >= high);
  return ticks.slice(Math.max(0, first), last === -1 ? undefined : Math.max(last, first + 1) + 1);
}

/**
 * A piece of text for ECharts' `graphic`.
 * @param {string} content @param {number} x @param {number} y
 * @param {{ color?: string, size?: number, weight?: number, align?: 'left' | 'right' | 'center' }} [style]
 */
export function text(content, x, y, { color = INK, size = 12.5, weight = 400, align = 'left' } = {}) {
  const font = `${weight} ${size}px ${FONT}`;
  return {
    type: 'text',
    silent: true,
    style: { text: content, x, y, fill: color, font, align, verticalAlign: 'middle' },
  };
}

/** @param {readonly [number, number]} from @param {readonly [number, number]} to @param {string} color @param {object} [style] */
export function stroke(from, to, color, style = {}) {
  return {
    type: 'line',
    silent: true,
    shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
    style: { stroke: color, lineWidth: 1, ...style },
  };
}

/** @param {number} x @param {number} y @param {string} color */
export function cross(x, y, color) {
  const style = { lineWidth: 2.4, lineCap: 'round' };
  return [stroke([x - 5, y - 5], [x + 5, y + 5], color, style), stroke([x - 5, y + 5], [x + 5, y - 5], color, style)];
}

/**
 * Moves labels apart that would overlap, each as little as the order allows.
 * @param {readonly number[]} wanted  ascending
 * @param {number} distance @param {number} low @param {number} high
 */
export function spreadApart(wanted, distance, low, high) {
  const placed = [...wanted];
  for (let i = 0; i < placed.length; i++) {
    placed[i] = Math.max(
      /** @type {number} */ (placed[i]),
      i === 0 ? low : /** @type {number} */ (placed[i - 1]) + distance,
    );
  }
  for (let i = placed.length - 1; i >= 0; i--) {
    const above = i === placed.length - 1 ? high : /** @type {number} */ (placed[i + 1]) - distance;
    placed[i] = Math.min(/** @type {number} */ (placed[i]), above);
  }
  return placed;
}
