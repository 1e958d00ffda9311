import { fileURLToPath } from 'node:url';

/** The folder that is served by default. It lies beside src/ and dist/. */
export const SAMPLE_SITE = fileURLToPath(new URL('../../../site', import.meta.url));
