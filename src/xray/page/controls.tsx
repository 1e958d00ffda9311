/** Pause, step, back, speed, and the place in the recording. */
import type { Desk } from '../desk/desk.js';
import { SPEEDS, type Speed } from '../desk/pace.js';
import { words } from '../desk/settings.js';
import type { State } from '../view/state.js';
import { StatusLine } from './status.js';

export function Controls({ desk, state }: { readonly desk: Desk; readonly state: State }) {
  const { controls } = words();
  const isRunning = desk.isRunning.value;
  const { shown, last } = desk.projector.place.value;
  return (
    <section class="controls" aria-label={controls.title}>
      <div class="buttons">
        <button type="button" onClick={() => desk.back()} disabled={shown === 0} aria-keyshortcuts="ArrowLeft">
          <Icon d="M11 3 4 8l7 5zM3 3h1.5v10H3z" />
          <span>{controls.back}</span>
        </button>
        <button
          type="button"
          class="main"
          onClick={() => desk.toggle()}
          disabled={!desk.canRun.value}
          aria-keyshortcuts="Space"
        >
          <Icon d={isRunning ? 'M4 3h3v10H4zM9 3h3v10H9z' : 'M4 2.5v11l9-5.5z'} />
          <span>{isRunning ? controls.pause : controls.play}</span>
        </button>
        <button type="button" onClick={() => desk.step()} disabled={!desk.canStep.value} aria-keyshortcuts="ArrowRight">
          <Icon d="M5 3l7 5-7 5zM11.5 3H13v10h-1.5z" />
          <span>{controls.step}</span>
        </button>
      </div>
      <label class="speed">
        <span class="visually-hidden">{controls.speed}</span>
        <select
          value={desk.projector.speed.value}
          onChange={(event) => desk.setSpeed(event.currentTarget.value as Speed)}
        >
          {SPEEDS.map((speed) => (
            <option key={speed} value={speed}>
              {controls.speeds[speed]}
            </option>
          ))}
        </select>
      </label>
      <label class="position">
        <span class="visually-hidden">{controls.position}</span>
        <input
          type="range"
          min={0}
          max={last}
          value={shown}
          disabled={last === 0}
          aria-valuetext={controls.of(shown, last)}
          onInput={({ currentTarget }) => desk.goBackTo((projector) => projector.goToTurn(currentTarget.valueAsNumber))}
        />
        <output aria-hidden="true">
          {shown} / {last}
        </output>
      </label>
      <StatusLine desk={desk} state={state} />
    </section>
  );
}

function Icon({ d }: { readonly d: string }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}
