import { fileURLToPath } from 'node:url';

/** The folder that is served where none is named. It lies beside src/ and dist/. */
export const SAMPLE_SITE = fileURLToPath(new URL('../../../site', import.meta.url));
