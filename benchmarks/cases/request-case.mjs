/** A case of requests: the same for all contenders, over a number of connections, each as soon as the one before is answered. */
import { Cannot } from '../harness/cannot.mjs';
import { withServer } from '../harness/contender.mjs';
import { measureRequests, writeRequests } from '../harness/request-load.mjs';
import { checkExchanges, getFile } from '../harness/response-check.mjs';
import { createSite } from '../harness/site.mjs';
import { OF_LOAD } from '../report/figures.mjs';

/** @import { Case, Exchange, Requests, Server, Site } from '../types.js' */

export const CONNECTIONS = 64;

/** @typedef {(server: Server, site: Site) => Exchange[] | Promise<Exchange[]>} Exchanges */

/** @typedef {Partial<Pick<Case, 'figures'> & Omit<Requests, 'checkAndWrite'>> & { exchanges?: Exchanges }} Defaults */

/**
 * Without options, GETs of a file of 1 KiB.
 * @param {Omit<Case, 'prepare' | 'figures'> & Defaults} options
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
    // A contender that answers differently gets no figure, because it does other work.
    await checkExchanges(server, wanted, { depth, closes }).catch((error) => {
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
