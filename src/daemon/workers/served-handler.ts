/** The handler of a serving process: the sites of its configuration, or its module. */
import type { SiteHandler } from '../../sites/site-handler.js';
import type { Config } from '../config/config.js';
import { openSites } from '../config/open-sites.js';
import type { ModuleHandler } from './module-handler.js';

export type ServedHandler = SiteHandler & Partial<ModuleHandler>;

export const LEFT_WORK_FAILED = 'what a handler left to do failed';

/** @throws  UserError, or as moduleHandler() */
export async function openHandler(config: Config, onLeftWorkError: (error: unknown) => void): Promise<ServedHandler> {
  if (config.module === undefined) return openSites(config);
  const { moduleHandler } = await import('./module-handler.js'); // sites do without it, and start sooner
  return moduleHandler(config.module, onLeftWorkError);
}
