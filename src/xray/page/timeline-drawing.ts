/** Draws the timeline. Colours are those of the style sheet, which knows light and dark. */
import { duration } from '../desk/figures.js';
import { LANES_MAX, type Lane, type Layout, type Mark } from '../desk/timeline-layout.js';
import type { Words } from '../desk/words-en.js';

export const LANE_LABEL_WIDTH = 104;
const LANE_HEIGHT = 26;
const HEAD_HEIGHT = 20;
const LANES_MIN = 4;
/** A narrower mark has no room for its duration. */
const DURATION_WIDTH = 44;

const COLOURS = [
  'ink',
  'muted',
  'rule',
  'kernel',
  'raised',
  'ready',
  'call-in',
  'call-out',
  'call-open',
  'call-other',
  'bad',
] as const;

type Palette = Readonly<Record<(typeof COLOURS)[number], string>>;

/** Where to draw, and how it looks. */
interface Brush {
  readonly context: CanvasRenderingContext2D;
  readonly palette: Palette;
  readonly font: string;
  readonly width: number;
  readonly height: number;
}

export function heightOf({ lanes }: Layout): number {
  return HEAD_HEIGHT + Math.min(LANES_MAX, Math.max(LANES_MIN, lanes.length)) * LANE_HEIGHT + 4;
}

/**
 * @param width   in pixels of the style sheet
 * @param scheme  the colours that are shown
 */
export function draw(
  canvas: HTMLCanvasElement,
  layout: Layout,
  width: number,
  chosen: Mark | undefined,
  words: Words,
  scheme: string,
): void {
  const context = canvas.getContext('2d');
  if (context === null || width === 0) return;
  const brush: Brush = { context, ...looksOf(canvas, scheme), width, height: heightOf(layout) };
  clear(canvas, brush);
  drawLanes(brush, layout.lanes, words);
  context.translate(LANE_LABEL_WIDTH, 0);
  context.beginPath();
  context.rect(0, 0, width - LANE_LABEL_WIDTH, brush.height);
  context.clip();
  drawTurns(brush, layout);
  const rows = new Map(layout.lanes.map(({ key }, i) => [key, laneY(i)]));
  for (const mark of layout.marks) {
    const y = rows.get(mark.lane);
    if (y !== undefined) drawMark(brush, mark, y, mark === chosen);
  }
  drawDurations(brush, layout.marks, rows);
  context.fillStyle = brush.palette.ready;
  context.fillRect(layout.playheadX, 0, 2, brush.height);
}

function laneY(i: number): number {
  return HEAD_HEIGHT + (i + 0.5) * LANE_HEIGHT;
}

/** A canvas that gets a size gets new memory, so it gets one only when the size changes. */
function clear(canvas: HTMLCanvasElement, { context, width, height }: Brush): void {
  const scale = devicePixelRatio;
  const pixels = { width: Math.round(width * scale), height: Math.round(height * scale) };
  if (canvas.width !== pixels.width) canvas.width = pixels.width;
  if (canvas.height !== pixels.height) canvas.height = pixels.height;
  context.reset();
  context.scale(scale, scale);
  context.textBaseline = 'middle';
}

function drawLanes({ context, palette, font, width }: Brush, lanes: readonly Lane[], words: Words): void {
  context.fillStyle = palette.rule;
  for (const i of lanes.keys()) context.fillRect(LANE_LABEL_WIDTH - 8, Math.round(laneY(i)), width, 1);
  // Setting a font is slow, so it is set once for all texts.
  context.font = `11px ${font}`;
  context.fillStyle = palette.muted;
  for (const [i, { fd, kind }] of lanes.entries()) {
    context.fillText(nameOf(kind, words), fd === undefined ? 0 : 26, laneY(i));
  }
  context.font = `600 12px ${font}`;
  context.fillStyle = palette.ink;
  for (const [i, { fd }] of lanes.entries()) if (fd !== undefined) context.fillText(`${fd}`, 0, laneY(i));
}

function nameOf(kind: Lane['kind'], { timeline, kinds }: Words): string {
  if (kind === 'clients' || kind === 'waits' || kind === 'listener' || kind === 'files') return timeline[kind];
  return kinds[kind];
}

function drawTurns({ context, palette, font, height }: Brush, { turns }: Layout): void {
  context.font = `11px ${font}`;
  for (const { turn, x, width } of turns) {
    if (turn % 2 === 0) {
      context.globalAlpha = 0.55;
      context.fillStyle = palette.kernel;
      context.fillRect(x, 0, width, height);
      context.globalAlpha = 1;
    }
    context.fillStyle = palette.muted;
    if (width > 18) context.fillText(`${turn}`, x + 5, HEAD_HEIGHT / 2);
  }
}

function drawMark({ context, palette }: Brush, mark: Mark, y: number, isChosen: boolean): void {
  const { x, width, height, kind, isBlocked, isBad, isPast } = mark;
  context.globalAlpha = isPast ? 1 : 0.35;
  context.beginPath();
  if (kind === 'client') context.arc(x + width / 2, y, 3.5, 0, 2 * Math.PI);
  else context.roundRect(x, y - height / 2, width, height, Math.min(3, width / 2));
  context.lineWidth = 1.5;
  context.strokeStyle = colourOf(mark, palette);
  context.fillStyle = kind === 'wait' || isBlocked ? palette.raised : context.strokeStyle;
  context.fill();
  context.stroke();
  if (isBad) cross(context, x + width / 2, y);
  if (isChosen) {
    context.strokeStyle = palette.ink;
    context.lineWidth = 2;
    context.strokeRect(x - 2.5, y - 11.5, width + 5, 23);
  }
  context.globalAlpha = 1;
}

/** An error has its own form too, for readers who cannot see its colour. */
function cross(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath();
  for (const side of [-1, 1]) {
    context.moveTo(x - 5, y - 5 * side);
    context.lineTo(x + 5, y + 5 * side);
  }
  context.stroke();
}

/** How long the program has waited. */
function drawDurations(
  { context, palette, font }: Brush,
  marks: readonly Mark[],
  rows: ReadonlyMap<string, number>,
): void {
  context.font = `10px ${font}`;
  context.fillStyle = palette.muted;
  context.textAlign = 'center';
  for (const { kind, lane, record, x, width } of marks) {
    const y = rows.get(lane);
    if (kind !== 'wait' || y === undefined || width < DURATION_WIDTH || !('dur' in record)) continue;
    context.fillText(duration(record.dur), x + width / 2, y + 0.5);
  }
}

function colourOf({ kind, isBad }: Mark, palette: Palette): string {
  if (isBad) return palette.bad;
  if (kind === 'client') return palette.ink;
  return kind === 'wait' ? palette['call-other'] : palette[`call-${kind}`];
}

interface Looks {
  readonly scheme: string;
  readonly palette: Palette;
  readonly font: string;
}

let known: Looks | undefined;

/** A canvas cannot read custom properties that depend on the colour scheme, but an element resolves them. */
function looksOf(canvas: HTMLCanvasElement, scheme: string): Looks {
  if (known?.scheme === scheme) return known;
  const { style } = canvas;
  const computed = getComputedStyle(canvas);
  const entries = COLOURS.map((name) => {
    style.color = `var(--${name})`;
    return [name, computed.color] as const;
  });
  style.color = '';
  known = { scheme, palette: Object.fromEntries(entries) as Palette, font: computed.fontFamily };
  return known;
}
