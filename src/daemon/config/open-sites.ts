/** The sites of a configuration, for which folders are opened and rules compiled. */
import type { SiteHandler } from '../../sites/site-handler.js';
import { sitesHandler } from '../../sites/sites-handler.js';
import type { Config } from './config.js';
import { explainSiteError } from './user-error.js';

/** @throws  UserError naming the option that is wrong, or the folder that is not there */
export function openSites({ sites }: Config): SiteHandler {
  try {
    return sitesHandler(sites);
  } catch (error) {
    throw explainSiteError(error);
  }
}
