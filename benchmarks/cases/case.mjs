/** What a case is: a question, asked to all of its contenders in the same way. */

/** @typedef {import('../harness/contender.mjs').Contender} Contender */
/** @typedef {import('../harness/contender.mjs').Site} Site */
/** @typedef {import('../harness/response-check.mjs').Exchange} Exchange */
/** @typedef {import('../bench/figures.mjs').Figure} Figure */
/** @typedef {import('../bench/bounds.mjs').Bound} Bound */

/**
 * @typedef {object} Settings
 * @property {number} warmupMs
 * @property {number} windowMs
 * @property {number} idleConnections
 * @property {import('../harness/patience.mjs').Patience} patience
 * @property {number} memoryBytesMax
 */

/** @typedef {Record<string, number> & { complaints?: string[] }} Sample  numbers by the names of figures */

/**
 * @typedef {object} Case
 * @property {string} name      as --only takes it
 * @property {string} title
 * @property {readonly string[]} contenders
 * @property {readonly Figure[]} figures   columns of its table; the first is drawn
 * @property {readonly Bound[]} bounds
 * @property {(settings: Settings) => (contender: any) => Promise<any>} prepare  makes what all share; then measures one
 * @property {import('./request-case.mjs').Requests} [requests]  what wrk asks, where that is the case
 */
export {};
