/** Whether a root is a module, to judge by its name: a folder may be called so, too. */
export function isNamedLikeModule(root: string): boolean {
  return /\.[cm]?[jt]s$/.test(root);
}
