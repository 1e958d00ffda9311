import { join } from 'node:path';
import { PACKAGE_FOLDER } from '../../native/package-folder.js';

/** The folder that is served by default. */
export const SAMPLE_SITE = join(PACKAGE_FOLDER, 'site');
