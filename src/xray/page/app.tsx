/** The page as a whole. What it shows of a program depends on the state of that program alone. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Desk } from '../desk/desk.js';
import { listenToKeys } from '../desk/keys.js';
import { words } from '../desk/settings.js';
import { INITIAL } from '../view/reduce.js';
import { Controls } from './controls.js';
import { Experiments } from './experiments.js';
import { Help } from './help.js';
import { Stage } from './stage.js';
import { Notices } from './status.js';
import { openRecording, TopBar } from './top-bar.js';

export function App({ desk }: { readonly desk: Desk }) {
  const isHelpOpen = useSignal(false);
  const isDropping = useSignal(false);
  const tracks = desk.projector.tracks.value;
  const state = tracks[0]?.view.value ?? INITIAL;
  useEffect(
    () =>
      listenToKeys(desk, () => {
        isHelpOpen.value = !isHelpOpen.value;
      }),
    [desk],
  );

  function onDrop(event: DragEvent): void {
    event.preventDefault();
    isDropping.value = false;
    const [file] = event.dataTransfer?.files ?? [];
    if (file) void openRecording(desk, file);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a file can be dropped anywhere, and chosen by the menu
    <div
      id="app"
      class={`${tracks.length > 1 ? 'two' : 'one'}${isDropping.value ? ' dropping' : ''}`}
      data-turn={state.turn}
      data-program={state.program}
      data-ready={state.isReady}
      data-mode={desk.isLive.value ? 'live' : 'replay'}
      data-settled={desk.projector.isSettled.value}
      data-drop={words().file.drop}
      onDragOver={(event) => {
        event.preventDefault();
        isDropping.value = true;
      }}
      onDragLeave={() => {
        isDropping.value = false;
      }}
      onDrop={onDrop}
    >
      <TopBar desk={desk} onHelp={() => (isHelpOpen.value = true)} />
      <main>
        <Notices desk={desk} state={state} />
        {desk.fileName.value === undefined && <Experiments desk={desk} />}
        <div class="stages">
          {tracks.map((track) => (
            <Stage key={track.name} desk={desk} track={track} isOne={tracks.length === 1} />
          ))}
        </div>
      </main>
      <Controls desk={desk} state={state} />
      <Help isOpen={isHelpOpen.value} onClose={() => (isHelpOpen.value = false)} />
    </div>
  );
}
