/** A moment as a fragment of the page's address: program, experiment, speed, turn. The token is never in it. */
import { EXPERIMENTS, type ExperimentName } from '../records.js';

export interface Moment {
  readonly model?: string;
  readonly beside?: string;
  readonly experiment?: ExperimentName;
  readonly speed?: string;
  readonly turn?: number;
}

/** @param fragment  with or without `#`. Unknown parts are ignored. */
export function parseMoment(fragment: string): Moment {
  const query = new URLSearchParams(fragment.replace(/^#/, ''));
  const name = (key: string): string | undefined => /^[\w.-]{1,40}$/.exec(query.get(key) ?? '')?.[0];
  const experiment = EXPERIMENTS.find((each) => each === query.get('experiment'));
  const turn = /^\d{1,9}$/.test(query.get('turn') ?? '') ? Number(query.get('turn')) : undefined;
  return defined({ model: name('model'), beside: name('beside'), experiment, speed: name('speed'), turn });
}

export function formatMoment(moment: Moment): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(moment)) if (value !== undefined) query.set(key, `${value}`);
  return query.size === 0 ? '' : `#${query}`;
}

function defined(moment: { readonly [K in keyof Moment]: Moment[K] | undefined }): Moment {
  return Object.fromEntries(Object.entries(moment).filter(([, value]) => value !== undefined));
}
