import type { Call } from '../records.js';

/** As strace(1) prints it. */
export function callText({ call, args, ret, errno }: Call): string {
  return `${call}(${args.join(', ')}) = ${ret}${errno === undefined ? '' : ` ${errno}`}`;
}
