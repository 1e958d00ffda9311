/** Three small charts over the last turns. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { count, duration } from '../desk/figures.js';
import { words } from '../desk/settings.js';
import type { State, TurnSummary } from '../view/state.js';

const TURNS_SHOWN = 120;
const HEIGHT = 72;

export function Charts({ state, colours }: { readonly state: State; readonly colours: string }) {
  const { charts } = words();
  const { calls, requests, asleepMs, skippedCalls } = state.counts;
  const turns = state.turns.slice(-TURNS_SHOWN);
  const last = turns.at(-1);
  const allCalls = calls + skippedCalls;
  return (
    <section class="panel charts" aria-label={charts.title}>
      <Chart
        title={charts.events}
        value={last ? count(last.events) : '–'}
        turns={turns}
        pick={(turn) => turn.events}
        colours={colours}
      />
      <Chart
        title={charts.calls}
        value={requests > 0 ? (calls / requests).toFixed(1) : '–'}
        note={requests > 0 ? charts.total(count(allCalls), count(requests)) : charts.noRequests}
        turns={turns}
        pick={(turn) => turn.calls}
        colours={colours}
      />
      <Chart
        title={charts.sleep}
        value={duration(asleepMs * 1_000)}
        turns={turns}
        pick={(turn) => turn.sleptMs}
        colours={colours}
      />
    </section>
  );
}

interface ChartProps {
  readonly title: string;
  readonly value: string;
  readonly note?: string;
  readonly turns: readonly TurnSummary[];
  pick(turn: TurnSummary): number;
  /** Changes when the colours change: the chart is drawn anew. */
  readonly colours: string;
}

function Chart({ title, value, note, turns, pick, colours }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = new uPlot(optionsOf(element), [[], []], element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [colours]);

  useEffect(() => {
    plot.current?.setData([turns.map(({ turn }) => turn), turns.map(pick)]);
  }, [turns.at(-1)?.turn, turns.length, turns.at(-1)?.calls, colours]);

  return (
    <figure class="chart" aria-label={`${title}: ${value}`}>
      <figcaption>
        <span>{title}</span>
        <b>{value}</b>
      </figcaption>
      <div ref={place} class="plot" aria-hidden="true" />
      <small class="note">{note}</small>
    </figure>
  );
}

function optionsOf(element: HTMLElement): uPlot.Options {
  const { color } = getComputedStyle(element);
  const bars = uPlot.paths.bars?.({ size: [0.7, 12], align: 0 });
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [4, 0, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    axes: [{ show: false }, { show: false }],
    scales: {
      x: { time: false, range: (_, least, most) => [most - Math.max(24, most - least) - 0.5, most + 0.5] },
      y: { range: (_, __, most) => [0, Math.max(1, most)] },
    },
    series: [{}, { fill: color, stroke: color, width: 0, points: { show: false }, ...(bars && { paths: bars }) }],
  };
}
