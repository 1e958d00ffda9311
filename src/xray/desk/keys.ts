/** Space, arrows, digits and the question mark work everywhere, except where the focused element uses them itself. */
import { EXPERIMENTS } from '../records.js';
import type { Desk } from './desk.js';

/** @returns  ends it */
export function listenToKeys(desk: Desk, onHelp: () => void): () => void {
  function onKeyDown(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
    const experiment = EXPERIMENTS[Number(event.key) - 1];
    if (event.key === ' ') desk.toggle();
    else if (event.key === 'ArrowRight') desk.step();
    else if (event.key === 'ArrowLeft') desk.back();
    else if (event.key === '?') onHelp();
    else if (experiment !== undefined && desk.canExperiment.value) void desk.runExperiment(experiment);
    else return;
    event.preventDefault();
  }
  document.addEventListener('keydown', onKeyDown);
  return () => document.removeEventListener('keydown', onKeyDown);
}

function isTaken({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const dialog = target.closest('dialog');
  if (dialog !== null && !dialog.open) return false; // until the next frame the focus stays in a dialog that was closed
  if (dialog !== null) return key !== '?';
  if (target instanceof HTMLSelectElement) return true;
  if (target instanceof HTMLInputElement) return target.type === 'range' ? key.startsWith('Arrow') : key === ' ';
  return key === ' ' && target.closest('button, summary, label, a') !== null;
}
