/** A case that is requests: the same for all contenders, over a number of connections, as fast as they are answered. */
import { Cannot } from '../harness/cannot.mjs';
import { withServer } from '../harness/contender.mjs';
import { measureRequests, writeRequests } from '../harness/request-load.mjs';
import { checkExchanges, getFile } from '../harness/response-check.mjs';
import { createSite } from '../harness/site.mjs';
import { OF_LOAD } from '../report/figures.mjs';

/** @import { Case, Exchange, Requests, Server, Site } from '../types.js' */

export const CONNECTIONS = 64;

/**
 * @typedef {object} RequestOptions
 * @property {() => Site} [site]    a file of 1 KiB
 * @property {number} [connections]  64
 * @property {number} [depth]        requests that are sent at once, pipelined: 1
 * @property {boolean} [closes]      each connection is for one request
 * @property {(server: Server, site: Site) => Exchange[] | Promise<Exchange[]>} [exchanges]  a plain GET of the site's path
 */

/**
 * @param {Omit<Case, 'prepare' | 'figures'> & { figures?: Case['figures'] } & RequestOptions} options  figures: OF_LOAD
 * @returns {Case & { requests: Requests }}
 */
export function requestCase({
  site = createSite,
  figures = OF_LOAD,
  connections = CONNECTIONS,
  depth = 1,
  closes = false,
  exchanges = (_, file) => [getFile(file)],
  ...about
}) {
  const checkAndWrite = async (/** @type {Server} */ server, /** @type {Site} */ folder) => {
    const wanted = await exchanges(server, folder);
    // A contender that answers differently has no figure: it was asked another question.
    await checkExchanges(server.port, wanted, { depth, closes }).catch((error) => {
      throw new Cannot(error.message);
    });
    return writeRequests(wanted.map(({ request }) => request.repeat(depth)));
  };
  return {
    ...about,
    figures,
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
