/** The calls of the program on a canvas, one lane per descriptor. */
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { scheme, words } from '../desk/settings.js';
import { type Layout, layOut, type Mark } from '../desk/timeline-layout.js';
import type { Track } from '../desk/track.js';
import { draw, heightOf, LANE_LABEL_WIDTH } from './timeline-drawing.js';

interface TimelineProps {
  readonly track: Track;
  onGoTo(position: number): void;
  /** The sentence of a mark. */
  describe(mark: Mark): string;
}

export function Timeline({ track, onGoTo, describe }: TimelineProps) {
  const { timeline } = words();
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(canvas);
  const chosen = useSignal<number | undefined>(undefined);
  const state = track.view.value;
  const layout = layOut(track, state, Math.max(0, width - LANE_LABEL_WIDTH));
  const mark = layout.marks.find(({ index }) => index === chosen.value);

  const text = mark ? describe(mark) : layout.marks.length === 0 ? timeline.empty : timeline.hint;

  useLayoutEffect(() => {
    if (canvas.current) draw(canvas.current, layout, width, mark, words(), scheme.value);
  });

  function move(by: number): void {
    const now = layout.marks.findIndex(({ index }) => index === chosen.value);
    const last = layout.marks.findLastIndex(({ isPast }) => isPast);
    const to = now === -1 ? last : now + by;
    const next = layout.marks[Math.min(layout.marks.length - 1, Math.max(0, to))];
    if (next) chosen.value = next.index;
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'ArrowLeft') move(-1);
    else if (event.key === 'ArrowRight') move(1);
    else if (event.key === 'Enter' && mark) onGoTo(mark.index + 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <section class="panel timeline" aria-label={timeline.title}>
      <header>
        <h2>{timeline.title}</h2>
        <Legend />
      </header>
      <div
        class="canvas"
        role="slider"
        tabIndex={0}
        aria-label={timeline.label}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, layout.marks.length - 1)}
        aria-valuenow={mark ? layout.marks.indexOf(mark) : Math.max(0, layout.marks.length - 1)}
        aria-valuetext={text}
        onKeyDown={onKeyDown}
      >
        <canvas
          ref={canvas}
          style={{ height: `${heightOf(layout)}px` }}
          onPointerMove={(event) => {
            chosen.value = markAt(layout, event)?.index;
          }}
          onPointerLeave={() => {
            chosen.value = undefined;
          }}
          onClick={(event) => {
            const hit = markAt(layout, event);
            if (hit) onGoTo(hit.index + 1);
          }}
        />
      </div>
      <p class="caption" aria-hidden="true">
        {text}
      </p>
    </section>
  );
}

function Legend() {
  const { legend } = words().timeline;
  return (
    <ul class="legend" aria-hidden="true">
      {(['wait', 'open', 'in', 'out', 'other', 'block', 'bad'] as const).map((kind) => (
        <li key={kind} class={kind}>
          {legend[kind]}
        </li>
      ))}
    </ul>
  );
}

/** The nearest mark in the lane under the pointer. */
function markAt(layout: Layout, event: PointerEvent | MouseEvent): Mark | undefined {
  const x = event.offsetX - LANE_LABEL_WIDTH;
  const within = layout.marks.filter((each) => x >= each.x - 3 && x <= each.x + each.width + 3);
  return within[0];
}

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return width;
}
