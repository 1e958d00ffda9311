/** Several sites on one server, by host. */
import type { CacheCounts } from '../files/file-handler.js';
import { impossibleOption, wrongOption } from '../options/option-errors.js';
import { HandlerPromise } from '../server/handler-promise.js';
import type { HttpHandler } from '../server/http-handler.js';
import type { HttpResponse } from '../server/http-response.js';
import { sendText } from '../server/send-text.js';
import { checkShape } from './check-shape.js';
import { canonicalHost, HostTable } from './host-table.js';
import { sitesSchema } from './options-schema.js';
import { handlerOf, Site, type SiteHandler } from './site-handler.js';
import type { SiteOptions } from './site-options.js';

/**
 * A handler for several sites. A site without `hosts` answers for all other hosts. Without such a site, other hosts get a
 * 421: "a target URI that does not match an origin for which the server has been configured" (RFC 9110 §15.5.20).
 * @throws  as siteHandler()
 */
export function sitesHandler(options: readonly SiteOptions[]): SiteHandler {
  checkShape(sitesSchema, options, ['sites']);
  const table = hostTableOf(options);
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
  // One site for all hosts: no look-up is needed.
  if (sites.length === 1 && options[0]?.hosts === undefined) return handlerOf(sites[0] as Site);
  const handler: HttpHandler = (request, response) => {
    const index = table.find(request.authority);
    if (index === undefined) return refuseHost(response);
    return HandlerPromise.of((sites[index] as Site).serve(request, response), response);
  };
  return Object.assign(handler, {
    runsNoUserCode: true as const,
    answersFor: (authority: string) => table.find(authority) !== undefined,
    close,
    cacheCounts: () => sumOf(sites),
  });
}

function sumOf(sites: readonly Site[]): CacheCounts {
  const sum = { hits: 0, misses: 0 };
  for (const { cacheCounts } of sites) {
    sum.hits += cacheCounts.hits;
    sum.misses += cacheCounts.misses;
  }
  return sum;
}

/** The index of the site for each host. */
function hostTableOf(options: readonly SiteOptions[]): HostTable<number> {
  const [others, another] = options.flatMap(({ hosts }, index) => (hosts === undefined ? index : []));
  if (another !== undefined) {
    const why = `sites[${others}] has none either, and only one can answer for all others`;
    throw impossibleOption(['sites', another, 'hosts'], why);
  }
  const table = new HostTable(others);
  options.forEach(({ hosts = [] }, index) => {
    hosts.forEach((host, place) => {
      const at = ['sites', index, 'hosts', place];
      const canonical = /:\d*$/.test(host.replace(/^\[.*\]/, '')) ? undefined : canonicalHost(host);
      if (canonical === undefined || canonical.lastIndexOf('*') > 0 || /^\*(?!\.)/.test(canonical)) {
        throw wrongOption(at, 'a host such as "example.org" or "*.example.org", without a port', host);
      }
      const before = table.add(canonical, index);
      if (before !== undefined) throw impossibleOption(at, `${host} is a host of sites[${before}] already`);
    });
  });
  return table;
}

/** Answers 421. */
export function refuseHost(response: HttpResponse): void {
  sendText(response, 421, 'no site of this server has that name');
}
