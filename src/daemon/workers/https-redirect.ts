/**
 * Plain HTTP beside HTTPS (`redirectHttp`): redirects each request to the same URL under https. It serves only the files by
 * which an authority checks a host before it signs a certificate.
 *
 * nginx redirects to any host that a request names (`return 301 https://$host$request_uri`), Caddy to those that it has
 * certificates for. This server redirects to the hosts that it has sites for, and answers 421 for others, as over HTTPS.
 */
import type { SocketAddress } from '../../linux/socket-address.js';
import type { HttpHandler } from '../../server/http-handler.js';
import type { HttpRequest } from '../../server/http-request.js';
import type { HttpResponse } from '../../server/http-response.js';
import { sendText } from '../../server/send-text.js';
import { refuseHost } from '../../sites/sites-handler.js';
import type { Config } from '../config/config.js';
import { openSites } from '../config/open-sites.js';
import type { ServedHandler } from './served-handler.js';

/** HTTP-01 of ACME: the authority asks over plain HTTP. A token is of base64url (RFC 8555 §8.3). */
const CHALLENGE = /^\/\.well-known\/acme-challenge\/[\w-]+$/;

const HTTPS_PORT = 443;

/**
 * A handler that redirects requests of plain HTTP, and passes the others on.
 * @param handler  owned from now on
 * @param https    where this server speaks HTTPS
 */
export function withRedirects(
  handler: ServedHandler,
  config: Pick<Config, 'sites' | 'module'>,
  https: readonly SocketAddress[],
): ServedHandler {
  const port = portBehindHost(https);
  // Only the folders of the sites, without their passwords, rules and fallbacks, which would keep the authority from its file.
  // A module has no folder.
  const folders =
    config.module === undefined
      ? openSites({ sites: config.sites.map(({ root, hosts }) => ({ root, ...(hosts && { hosts }) })) })
      : undefined;
  const redirecting: HttpHandler = (request, response) => {
    if (request.tls !== undefined) return handler(request, response);
    if (CHALLENGE.test(request.path)) return (folders ?? handler)(request, response);
    if (!handler.answersFor(request.authority)) return refuseHost(response);
    redirect(request, response, port);
  };
  const close = (): void => {
    folders?.close();
    handler.close();
  };
  return Object.assign(redirecting, { ...handler, close });
}

/** The port for the URL of a redirect: empty for 443, the default of https. */
function portBehindHost(https: readonly SocketAddress[]): string {
  const ports = https.flatMap((address) => ('port' in address ? address.port : []));
  return ports.length === 0 || ports.includes(HTTPS_PORT) ? '' : `:${ports[0]}`;
}

function redirect({ method, authority, path, query }: HttpRequest, response: HttpResponse, port: string): void {
  const host = authority.replace(/:\d*$/, '');
  if (host === '') {
    // HTTP/1.0. A relative reference cannot name another scheme.
    sendText(response, 400, 'a request without Host cannot be redirected to HTTPS');
    return;
  }
  const location = `https://${host}${port}${path === '*' ? '' : path}${query && `?${query}`}`;
  // Every client knows 301. After it, a client may send a GET in place of another method, but not after 308 (RFC 9110 §15.4).
  sendText(response, method === 'GET' || method === 'HEAD' ? 301 : 308, location, { Location: location });
}
