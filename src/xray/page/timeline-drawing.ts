/** Draws the timeline. Colours are those of the style sheet, which know light and dark. */
import { duration } from '../desk/figures.js';
import { LANES_MAX, type Lane, type Layout, type Mark } from '../desk/timeline-layout.js';
import type { Words } from '../desk/words-en.js';

export const LANE_LABEL_WIDTH = 104;
const LANE_HEIGHT = 26;
const HEAD_HEIGHT = 20;
const LANES_MIN = 4;

type Colour =
  | 'ink'
  | 'muted'
  | 'rule'
  | 'kernel'
  | 'raised'
  | 'ready'
  | 'call-in'
  | 'call-out'
  | 'call-open'
  | 'call-other'
  | 'bad';
type Palette = Readonly<Record<Colour, string>>;

const COLOURS: readonly Colour[] = [
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
];

export function heightOf({ lanes }: Layout): number {
  return HEAD_HEIGHT + Math.min(LANES_MAX, Math.max(LANES_MIN, lanes.length)) * LANE_HEIGHT + 4;
}

export function draw(
  canvas: HTMLCanvasElement,
  layout: Layout,
  width: number,
  chosen: Mark | undefined,
  words: Words,
): void {
  const height = heightOf(layout);
  const scale = devicePixelRatio;
  // Setting the size also clears the canvas.
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d');
  if (context === null || width === 0) return;
  context.scale(scale, scale);
  const palette = paletteOf(canvas);
  const font = getComputedStyle(canvas).fontFamily;
  context.textBaseline = 'middle';
  drawLanes(context, layout.lanes, width, palette, font, words);
  context.translate(LANE_LABEL_WIDTH, 0);
  context.beginPath();
  context.rect(0, 0, width - LANE_LABEL_WIDTH, height);
  context.clip();
  drawTurns(context, layout, height, palette, font);
  const rows = new Map(layout.lanes.map(({ key }, i) => [key, HEAD_HEIGHT + (i + 0.5) * LANE_HEIGHT]));
  for (const mark of layout.marks) {
    const y = rows.get(mark.lane);
    if (y !== undefined) drawMark(context, mark, y, palette, font, mark === chosen);
  }
  drawPlayhead(context, layout.playheadX, height, palette);
}

function drawLanes(
  context: CanvasRenderingContext2D,
  lanes: readonly Lane[],
  width: number,
  palette: Palette,
  font: string,
  words: Words,
): void {
  for (const [i, { fd, kind }] of lanes.entries()) {
    const y = HEAD_HEIGHT + (i + 0.5) * LANE_HEIGHT;
    context.fillStyle = palette.rule;
    context.fillRect(0, Math.round(y), width, 1);
    context.fillStyle = palette.raised;
    context.fillRect(0, y - 8, LANE_LABEL_WIDTH - 10, 16);
    if (fd !== undefined) {
      context.font = `600 12px ${font}`;
      context.fillStyle = palette.ink;
      context.fillText(`${fd}`, 0, y);
    }
    context.font = `11px ${font}`;
    context.fillStyle = palette.muted;
    const name = nameOf(kind, words);
    context.fillText(name, fd === undefined ? 0 : 26, y, LANE_LABEL_WIDTH - (fd === undefined ? 10 : 36));
  }
}

function nameOf(kind: Lane['kind'], { timeline, kinds }: Words): string {
  return kind === 'clients' || kind === 'waits' || kind === 'listener' || kind === 'files'
    ? timeline[kind]
    : kinds[kind];
}

function drawTurns(
  context: CanvasRenderingContext2D,
  layout: Layout,
  height: number,
  palette: Palette,
  font: string,
): void {
  context.font = `11px ${font}`;
  for (const { turn, x, width } of layout.turns) {
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

function drawMark(
  context: CanvasRenderingContext2D,
  mark: Mark,
  y: number,
  palette: Palette,
  font: string,
  isChosen: boolean,
): void {
  const { x, width, height, kind, isBlocked, isBad, isPast, record } = mark;
  const colour = colourOf(mark, palette);
  context.globalAlpha = isPast ? 1 : 0.35;
  context.beginPath();
  if (kind === 'client') context.arc(x + width / 2, y, 3.5, 0, 2 * Math.PI);
  else context.roundRect(x, y - height / 2, width, height, Math.min(3, width / 2));
  context.lineWidth = 1.5;
  context.strokeStyle = colour;
  context.fillStyle = kind === 'wait' || isBlocked ? palette.raised : colour;
  context.fill();
  context.stroke();
  if (isBad) {
    context.strokeStyle = palette.raised;
    context.beginPath();
    context.moveTo(x + width / 2 - 3, y - 3);
    context.lineTo(x + width / 2 + 3, y + 3);
    context.stroke();
  }
  if (kind === 'wait' && 'dur' in record && width > 40) {
    context.font = `10px ${font}`;
    context.fillStyle = palette.muted;
    context.textAlign = 'center';
    context.fillText(duration(record.dur), x + width / 2, y + 0.5, width - 4);
    context.textAlign = 'start';
  }
  if (isChosen) {
    context.strokeStyle = palette.ink;
    context.lineWidth = 2;
    context.strokeRect(x - 2.5, y - 11.5, width + 5, 23);
  }
  context.globalAlpha = 1;
}

function colourOf({ kind, isBad }: Mark, palette: Palette): string {
  if (isBad) return palette.bad;
  if (kind === 'client') return palette.ink;
  return kind === 'wait' ? palette['call-other'] : palette[`call-${kind}`];
}

function drawPlayhead(context: CanvasRenderingContext2D, x: number, height: number, palette: Palette): void {
  context.fillStyle = palette.ready;
  context.fillRect(x, 0, 2, height);
}

let known: { readonly key: string; readonly palette: Palette } | undefined;

/** A canvas cannot read custom properties that depend on the colour scheme, but an element resolves them. */
function paletteOf(canvas: HTMLCanvasElement): Palette {
  const { style } = canvas;
  const key = getComputedStyle(canvas).color;
  if (known?.key === key) return known.palette;
  const entries = COLOURS.map((name) => {
    style.color = `var(--${name})`;
    return [name, getComputedStyle(canvas).color] as const;
  });
  style.color = '';
  known = { key, palette: Object.fromEntries(entries) as Palette };
  return known.palette;
}
