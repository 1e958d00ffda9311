/** Opens the folders of a configuration, and compiles its rules. */
import type { SiteHandler } from '../../sites/site-handler.js';
import { sitesHandler } from '../../sites/sites-handler.js';
import type { Config } from './config.js';
import { explainSiteError } from './user-error.js';

/** Finds mistakes of the sites before anything starts. @throws UserError as openSites() */
export function checkSites(config: Config): void {
  if (config.module === undefined) openSites(config).close();
}

/** @throws  UserError naming the wrong option, or the missing folder */
export function openSites({ sites }: Pick<Config, 'sites'>): SiteHandler {
  try {
    return sitesHandler(sites);
  } catch (error) {
    throw explainSiteError(error);
  }
}
