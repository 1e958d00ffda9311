/** The models that run on this system: a container, or an administrator, may refuse io_uring. */
import { MODELS } from '../../src/models/catalog.js';
import { hasIoUring } from '../support/io-uring.js';

/** Their names. */
export const MODELS_HERE = MODELS.map(({ name }) => name).filter((name) => name !== 'io-uring' || hasIoUring);
