/** One turn of the loop as a wheel: the kernel's half below, the program's half above. Amber means ready. */
import { useEffect, useRef } from 'preact/hooks';
import { duration } from '../desk/figures.js';
import { isMotionReduced, words } from '../desk/settings.js';
import { formatBits } from '../view/bits.js';
import type { Descriptor, Phase, State } from '../view/state.js';
import { isReady } from './interest-table.js';

const CENTRE = { x: 220, y: 208 };
const RADIUS = 150;
/** Where user space ends and the kernel begins. */
const BORDER_Y = 222;

/** Degrees, clockwise from the right. The thread waits in the kernel, below. */
const ANGLES: Readonly<Record<Phase, number>> = { wait: 90, ready: 160, dispatch: 232, flush: 308, deadlines: 360 };
const PHASES: readonly Phase[] = ['wait', 'ready', 'dispatch', 'flush', 'deadlines'];
const DOTS_MAX = 15;
const DOTS_IN_A_ROW = 5;
const CHIPS_MAX = 4;

export function Wheel({ state }: { readonly state: State }) {
  const { wheel, phases, phaseHints } = words();
  const isAsleep = state.phase === 'wait' && !state.isReady;
  return (
    <figure class={isAsleep ? 'wheel asleep' : 'wheel'}>
      <svg
        viewBox="0 0 440 424"
        role="img"
        aria-label={`${wheel.title}: ${phases[state.phase]}. ${phaseHints[state.phase]}`}
      >
        <rect class="kernel" y={BORDER_Y} width="440" height={424 - BORDER_Y} />
        <path class="border" d={`M0 ${BORDER_Y}H440`} />
        <text class="realm" x="16" y="28">
          {wheel.userSpace}
        </text>
        <text class="realm" x="16" y="408">
          {wheel.kernel}
        </text>
        <circle class="ring" cx={CENTRE.x} cy={CENTRE.y} r={RADIUS} />
        {PHASES.map((phase) => (
          <Arrow key={phase} from={ANGLES[phase]} to={ANGLES[next(phase)]} />
        ))}
        <TurnNumber state={state} />
        <EventChips state={state} />
        <InterestSet state={state} />
        <Token state={state} />
        {PHASES.map((phase, i) => (
          <Station key={phase} phase={phase} number={i + 1} isActive={phase === state.phase} />
        ))}
      </svg>
      <figcaption>
        <b>{phases[state.phase]}</b> {phaseHints[state.phase]}
      </figcaption>
    </figure>
  );
}

function next(phase: Phase): Phase {
  return PHASES[(PHASES.indexOf(phase) + 1) % PHASES.length] as Phase;
}

function at(degrees: number, radius = RADIUS): { readonly x: number; readonly y: number } {
  const radians = (degrees * Math.PI) / 180;
  return { x: round(CENTRE.x + radius * Math.cos(radians)), y: round(CENTRE.y + radius * Math.sin(radians)) };
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}

/** Along the ring, from there to where the thread waits. */
function arc(degrees: number): string {
  const from = at(degrees);
  const to = at(ANGLES.wait);
  return `M${from.x} ${from.y}A${RADIUS} ${RADIUS} 0 0 1 ${to.x} ${to.y}`;
}

/** Halfway between two stations. */
function Arrow({ from, to }: { readonly from: number; readonly to: number }) {
  const middle = (from + (to > from ? to : to + 360)) / 2;
  const { x, y } = at(middle);
  return <path class="arrow" transform={`translate(${x} ${y}) rotate(${middle + 90})`} d="M-5-6 4 0-5 6" />;
}

function Station({
  phase,
  number,
  isActive,
}: {
  readonly phase: Phase;
  readonly number: number;
  readonly isActive: boolean;
}) {
  const { x, y } = at(ANGLES[phase]);
  const text = words().phases[phase];
  const width = 44 + [...text].reduce((sum, letter) => sum + (letter > '\u2e80' ? 15 : 8.6), 0);
  const left = Math.min(x - width / 2, 440 - width - 6);
  return (
    <g class={isActive ? 'station active' : 'station'}>
      <rect x={left} y={y - 18} width={width} height="36" rx="18" />
      <text class="number" x={left + 19} y={y + 5}>
        {number}
      </text>
      <text x={left + 32} y={y + 5}>
        {text}
      </text>
    </g>
  );
}

function TurnNumber({ state }: { readonly state: State }) {
  const { wheel } = words();
  const slept = state.turnRecord?.sleptMs ?? 0;
  return (
    <g class="turn-number">
      <text class="small" x={CENTRE.x} y="120">
        {wheel.turn}
      </text>
      <text class="big" x={CENTRE.x} y="156">
        {state.turn}
      </text>
      <text class="small" x={CENTRE.x} y="178">
        {state.turn === 0 ? '' : slept > 0 ? wheel.slept(duration(slept * 1_000)) : wheel.noSleep}
      </text>
    </g>
  );
}

/** The events that the wait of this turn reported. */
function EventChips({ state }: { readonly state: State }) {
  const events = state.turnRecord?.events ?? [];
  const shown = events.slice(0, events.length > CHIPS_MAX ? CHIPS_MAX - 1 : CHIPS_MAX);
  const rest = events.length - shown.length;
  const width = 46;
  const left = CENTRE.x - ((shown.length + (rest > 0 ? 1 : 0)) * width) / 2;
  return (
    <g class="chips">
      {shown.map(([fd], i) => (
        <g key={fd} class={state.lastCall?.fd === fd ? 'chip now' : 'chip'}>
          <rect x={left + i * width + 2} y="190" width={width - 4} height="24" rx="12" />
          <text x={left + i * width + width / 2} y="206.5">
            {fd}
          </text>
        </g>
      ))}
      {rest > 0 && (
        <text class="more" x={left + shown.length * width + width / 2} y="206.5">
          {words().wheel.more(rest)}
        </text>
      )}
    </g>
  );
}

/** The descriptors for which the program waits. Those that are ready now are amber. */
function InterestSet({ state }: { readonly state: State }) {
  const { wheel } = words();
  const all = [...state.descriptors.values()]
    .filter((each) => each.isOpen && each.mask !== null)
    .sort((a, b) => a.fd - b.fd);
  const shown = all.slice(0, DOTS_MAX);
  const columns = Math.min(shown.length, DOTS_IN_A_ROW);
  return (
    <g class="interest">
      <text class="small" x={CENTRE.x} y="248">
        {all.length > 0 ? `${wheel.interest}${all.length > DOTS_MAX ? ` (${all.length})` : ''}` : ''}
      </text>
      {shown.map((each, i) => (
        <Dot
          key={each.key}
          descriptor={each}
          isReported={each.eventTurn === state.turn && state.turn > 0}
          x={CENTRE.x + ((i % DOTS_IN_A_ROW) - (columns - 1) / 2) * 30}
          y={266 + Math.floor(i / DOTS_IN_A_ROW) * 25}
        />
      ))}
    </g>
  );
}

interface DotProps {
  readonly descriptor: Descriptor;
  readonly isReported: boolean;
  readonly x: number;
  readonly y: number;
}

function Dot({ descriptor, isReported, x, y }: DotProps) {
  const classes = ['dot', isReady(descriptor) && 'ready', isReported && 'reported'].filter(Boolean).join(' ');
  return (
    <g class={classes}>
      <title>{`${descriptor.fd}: ${formatBits(descriptor.mask ?? 0)}`}</title>
      <circle cx={x} cy={y} r="11" />
      <text x={x} y={y + 4}>
        {descriptor.fd}
      </text>
    </g>
  );
}

/** The program's place in its turn. It runs along the ring, and back when the reader steps back. */
function Token({ state }: { readonly state: State }) {
  const token = useRef<SVGGElement>(null);
  const before = useRef({ turn: state.turn, degrees: 0 });
  const degrees = ANGLES[state.phase] - ANGLES.wait;
  useEffect(() => {
    const { turn, degrees: from } = before.current;
    before.current = { turn: state.turn, degrees };
    const turns = state.turn - turn;
    if (Math.abs(turns) > 1 || (turns === 0 && from === degrees) || isMotionReduced()) return;
    const start = from - turns * 360;
    token.current?.animate([{ transform: `rotate(${start}deg)` }, { transform: `rotate(${degrees}deg)` }], {
      duration: 350,
      easing: 'ease-in-out',
    });
  }, [state.turn, degrees]);
  return (
    <g ref={token} class="token" transform={`rotate(${degrees})`}>
      <path class="tail" d={arc(ANGLES.wait - 62)} />
      <path class="comet" d={arc(ANGLES.wait - 40)} />
    </g>
  );
}
