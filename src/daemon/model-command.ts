/** `epoll-reactor model NAME [DIR]`: runs one of the tutorial's servers. */
import { resolve } from 'node:path';
import { MODELS } from '../models/catalog.js';
import { isMissingCall } from '../native/errno.js';
import { SystemError } from '../native/system-error.js';
import { type Language, languageOfEnvironment } from './config/language.js';
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
    throw explainModelError(error, path);
  }
}

function explainModelError(error: unknown, folder: string): unknown {
  if (!(error instanceof SystemError)) return error;
  if (error.syscall === 'openat2') return explainFolderError(error, folder);
  if (error.syscall === 'io_uring_setup' && isMissingCall(error.errno)) {
    return new UserError(
      `this system refuses io_uring (${error.code})`,
      'it needs Linux 5.7 and sysctl kernel.io_uring_disabled=0; in a container, a seccomp filter may refuse it (docker run --security-opt seccomp=unconfined)',
    );
  }
  return explainListenError(error);
}

/** Prints a line for each model: what it teaches. */
export function listModels(language: Language = languageOfEnvironment()): void {
  const width = Math.max(...MODELS.map((model) => model.name.length));
  for (const { name, teaches, teachesZh } of MODELS) {
    console.log(`${name.padEnd(width)}  ${language === 'zh' ? teachesZh : teaches}`);
  }
}
