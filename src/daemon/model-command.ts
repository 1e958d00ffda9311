/** `epoll-reactor model NAME [DIR]`: runs one of the tutorial's servers. */
import { resolve } from 'node:path';
import { MODELS } from '../models/catalog.js';
import { SystemError } from '../native/system-error.js';
import { SAMPLE_SITE } from './config/sample-site.js';
import { explainFolderError, explainListenError, UserError } from './config/user-error.js';

export interface ModelOptions {
  readonly port: number;
}

/** Serves until the process is ended: like the tutorial's servers, a model does not shut down gracefully. */
export async function modelCommand(name: string, folder: string | undefined, { port }: ModelOptions): Promise<void> {
  const model = MODELS.find((candidate) => candidate.name === name);
  if (model === undefined) {
    throw new UserError(`there is no model ${name}`, `the models are ${MODELS.map((each) => each.name).join(', ')}`);
  }
  const path = resolve(folder ?? SAMPLE_SITE);
  const { serve } = await model.load();
  try {
    await serve(path, port);
  } catch (error) {
    const isFolders = error instanceof SystemError && error.syscall === 'openat2';
    throw isFolders ? explainFolderError(error, path) : explainListenError(error);
  }
}

/** Prints a line for each model: what it teaches. */
export function listModels(): void {
  const width = Math.max(...MODELS.map((model) => model.name.length));
  for (const model of MODELS) console.log(`${model.name.padEnd(width)}  ${model.teaches}`);
}
