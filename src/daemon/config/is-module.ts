import { isFolder } from './is-folder.js';

/** Whether a root is a module, which need not exist: its name says so, and it is not a folder of such a name. */
export function isModule(root: string): boolean {
  return /\.[cm]?[jt]s$/.test(root) && !isFolder(root);
}
