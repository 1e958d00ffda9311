/** A module that is served in place of a folder: `epoll-reactor app.ts`. */
import { existsSync } from 'node:fs';
import { type ConfigFile, SITE_KEYS } from './config-schema.js';
import { isModule } from './is-module.js';
import { UserError } from './user-error.js';

/**
 * @returns  undefined if the root is a folder
 * @throws   UserError for a module that is missing, or stands beside options of a site
 */
export function modulePathOf(said: ConfigFile): string | undefined {
  const { root, watch } = said;
  if (root === undefined || !isModule(root)) {
    if (watch !== true) return undefined;
    throw new UserError(
      'watch: a folder is always served as it is now',
      'it is for a module: epoll-reactor app.ts --watch',
    );
  }
  const other = ([...SITE_KEYS, 'sites', 'cors', 'maxAge'] as const).find((key) => said[key] !== undefined);
  if (other !== undefined) {
    throw new UserError(`${other} cannot stand beside the module ${root}`, 'a module answers all requests itself');
  }
  if (existsSync(root)) return root;
  throw new UserError(`there is no module ${root}`, 'give the path of a module that exists, or of a folder');
}
