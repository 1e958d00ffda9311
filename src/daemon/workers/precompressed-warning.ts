/** Warns the operator of compressed files that are not sent because their originals are newer. Clients see no difference. */
import { COUNTED_NAMES_MAX, countPrecompressed } from '../../files/precompressed.js';
import { printable } from '../../native/printable-text.js';
import type { Config } from '../config/config.js';
import type { ErrorLog } from '../logs/error-log.js';

/** A thread counts them while the server serves: the start does not wait. */
export async function warnOfOutdatedFiles({ sites }: Config, log: ErrorLog): Promise<void> {
  const roots = new Set(sites.filter(({ precompressed }) => precompressed === true).map(({ root }) => root));
  for (const root of roots) {
    const { files, outdated, example, isBounded } = await countPrecompressed(root);
    if (outdated === 0) continue;
    const which = isBounded ? `compressed files among the first ${COUNTED_NAMES_MAX}` : 'compressed files';
    log.warn(
      `precompressed: ${outdated} of ${files} ${which} below ${printable(root)} are not sent, such as ${printable(example)}: ` +
        'they are more than 2 s older than their files; compress these again, or copy them with their times (cp -p, rsync -t)',
    );
  }
}
