/** Several sites on one server, each with the hosts that it answers for. */
import type { CacheCounts } from '../files/file-handler.js';
import { HandlerPromise } from '../server/handler-promise.js';
import type { HttpHandler } from '../server/http-connection.js';
import type { HttpResponse } from '../server/http-response.js';
import { canonicalHost, HostTable } from './host-table.js';
import { checkShape, impossibleOption, wrongOption } from './option-errors.js';
import { sitesSchema } from './options-schema.js';
import { handlerOf, Site, type SiteHandler } from './site-handler.js';
import type { SiteOptions } from './site-options.js';

/**
 * A handler for several sites. The one without `hosts` answers for whatever host no other one does. Where there is none, that is a
 * 421, for "a target URI that does not match an origin for which the server has been configured" (RFC 9110 §15.5.20).
 * @throws  as siteHandler()
 */
export function sitesHandler(options: readonly SiteOptions[]): SiteHandler {
  checkShape(sitesSchema, options, ['sites']);
  const others = checkHosts(options);
  const sites: Site[] = [];
  const close = (): void => {
    for (const site of sites) site.close();
  };
  try {
    for (const [index, site] of options.entries()) sites.push(new Site(site, ['sites', index]));
  } catch (error) {
    close();
    throw error;
  }
  // Nobody has to ask for the host then.
  if (sites.length === 1 && others === 0) return handlerOf(sites[0] as Site);
  const table = new HostTable(others === undefined ? undefined : sites[others]);
  options.forEach(({ hosts = [] }, index) => {
    for (const host of hosts) table.add(canonicalHost(host) as string, sites[index] as Site);
  });
  const handler: HttpHandler = (request, response) => {
    const site = table.find(request.authority);
    return site === undefined ? refuseHost(response) : HandlerPromise.of(site.serve(request, response), response);
  };
  return Object.assign(handler, { runsNoUserCode: true as const, close, cacheCounts: () => sumOf(sites) });
}

function sumOf(sites: readonly Site[]): CacheCounts {
  const sum = { hits: 0, misses: 0 };
  for (const { cacheCounts } of sites) {
    sum.hits += cacheCounts.hits;
    sum.misses += cacheCounts.misses;
  }
  return sum;
}

/** @returns  the number of the site for all other hosts; undefined where there is none */
function checkHosts(options: readonly SiteOptions[]): number | undefined {
  const seen = new Map<string, string>();
  let others: number | undefined;
  options.forEach(({ hosts }, index) => {
    const at = ['sites', index, 'hosts'];
    if (hosts === undefined) {
      if (others !== undefined)
        throw impossibleOption(at, `sites[${others}] has none either, and only one can answer for all others`);
      others = index;
    }
    hosts?.forEach((host, place) => {
      const canonical = /:\d*$/.test(host.replace(/^\[.*\]/, '')) ? undefined : canonicalHost(host);
      if (canonical === undefined || canonical.lastIndexOf('*') > 0 || /^\*(?!\.)/.test(canonical)) {
        throw wrongOption([...at, place], 'a host such as "example.org" or "*.example.org", without a port', host);
      }
      const before = seen.get(canonical);
      if (before !== undefined) throw impossibleOption([...at, place], `${host} is a host of ${before} already`);
      seen.set(canonical, `sites[${index}]`);
    });
  });
  return others;
}

function refuseHost(response: HttpResponse): void {
  response.send(421, { 'Content-Type': 'text/plain; charset=utf-8' }, '421: no site of this server has that name\n');
}
