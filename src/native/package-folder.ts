import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this package, with its addon and its sample site. The source and the built files lie at different depths below it. */
export const PACKAGE_FOLDER = folderOf(dirname(fileURLToPath(import.meta.url)));

function folderOf(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : folderOf(dirname(folder));
}
