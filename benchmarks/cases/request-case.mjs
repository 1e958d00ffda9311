/** A case that is requests: the same to all contenders, over a number of connections, as fast as they are answered. */
import { Cannot } from '../harness/cannot.mjs';
import { withServer } from '../harness/contender.mjs';
import { measureRequests, writeRequests } from '../harness/request-load.mjs';
import { checkExchanges, getRequest } from '../harness/response-check.mjs';

/** @typedef {import('./case.mjs').Case} Case */
/** @typedef {import('./case.mjs').Site} Site */
/** @typedef {import('./case.mjs').Exchange} Exchange */
/** @typedef {import('../harness/contender.mjs').Server} Server */

export const CONNECTIONS = 64;

/**
 * @typedef {object} Requests
 * @property {() => Site} site
 * @property {number} connections
 * @property {number} depth
 * @property {boolean} closes
 * @property {(server: Server, site: Site) => Promise<string>} checkAndWrite  asks for each once; then a file of them, for wrk
 */

/**
 * @typedef {object} RequestOptions
 * @property {() => Site} site
 * @property {number} [connections]  64
 * @property {number} [depth]        requests that are sent at once, pipelined: 1
 * @property {boolean} [closes]      each connection is for one request
 * @property {(server: Server, site: Site) => Exchange[] | Promise<Exchange[]>} [exchanges]  a plain GET of the site's path
 */

/**
 * @param {Omit<Case, 'prepare'> & RequestOptions} options
 * @returns {Case & { requests: Requests }}
 */
export function requestCase({
  site,
  connections = CONNECTIONS,
  depth = 1,
  closes = false,
  exchanges = plain,
  ...about
}) {
  const checkAndWrite = async (/** @type {Server} */ server, /** @type {Site} */ folder) => {
    const wanted = await exchanges(server, folder);
    await requireRight(server, wanted, { depth, closes });
    return writeRequests(wanted.map(({ request }) => request.repeat(depth)));
  };
  return {
    ...about,
    requests: { site, connections, depth, closes, checkAndWrite },
    prepare: ({ warmupMs, windowMs }) => {
      const folder = site();
      return (contender) =>
        withServer(contender, folder, async (server) => {
          const requestsFile = await checkAndWrite(server, folder);
          return measureRequests(server, { requestsFile, connections, warmupMs, windowMs });
        });
    },
  };
}

/** @param {Server} _ @param {Site} site @returns {Exchange[]} */
function plain(_, { path, body }) {
  return [{ request: getRequest(path), status: 200, body }];
}

/**
 * A contender that answers differently has no figure: it was not asked the same question.
 * @param {Server} server @param {readonly Exchange[]} exchanges @param {{ depth: number, closes: boolean }} manner
 */
async function requireRight(server, exchanges, manner) {
  try {
    await checkExchanges(server.port, exchanges, manner);
  } catch (error) {
    throw new Cannot(/** @type {Error} */ (error).message);
  }
}
