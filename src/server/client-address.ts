/** The client of a request: the peer, or the client that a trusted proxy names. */
import { type BlockList, isIP } from 'node:net';
import { addressOfNode, forwardedNodes, xForwardedForNodes } from '../http/forwarded.js';
import type { ProxyHeader } from '../http/proxy-protocol.js';
import type { SocketAddress } from '../linux/socket-address.js';
import { constants, native } from '../native/addon.js';

/** Whether a peer is trusted to name its client. A peer on a Unix socket is on this machine, and the file's mode has admitted it. */
export function isTrusted(peer: SocketAddress, proxies: BlockList): boolean {
  if ('path' in peer) return true;
  const family = isIP(peer.address);
  return family !== 0 && proxies.check(peer.address, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Follows the proxies from the nearest one outwards, as long as they are trusted.
 *
 * Most proxies write one of the two headers and pass the other on as their client sent it. The server cannot tell which is
 * which: if both are present and disagree, it uses neither.
 * @param proxy  a trusted one, which has sent the request
 */
export function forwardedClient(
  proxy: SocketAddress,
  proxies: BlockList,
  forwarded: string | undefined,
  xForwardedFor: string | undefined,
): SocketAddress {
  const client = forwarded === undefined ? undefined : outermost(proxy, proxies, forwardedNodes(forwarded));
  if (xForwardedFor === undefined) return client ?? proxy;
  const other = outermost(proxy, proxies, xForwardedForNodes(xForwardedFor));
  return client === undefined || hostOf(client) === hostOf(other) ? other : proxy;
}

/** The client in a PROXY header; the load balancer itself if the header names none. */
export function proxiedClient({ source }: ProxyHeader, balancer: SocketAddress): SocketAddress {
  if (source === undefined) return balancer;
  const { family, port } = source;
  if ('text' in source) return { address: source.text, port };
  return { address: native.inet_ntop(family === 4 ? constants.AF_INET : constants.AF_INET6, source.bytes), port };
}

/** @param nodes  from the nearest proxy's client outwards */
function outermost(proxy: SocketAddress, proxies: BlockList, nodes: readonly string[]): SocketAddress {
  let client = proxy;
  for (const node of nodes) {
    const address = addressOfNode(node);
    if (address === undefined || isIP(address) === 0) return client; // the proxy hides it: the nearest known address
    client = { address, port: 0 };
    if (!isTrusted(client, proxies)) return client;
  }
  return client;
}

function hostOf(address: SocketAddress): string {
  return 'path' in address ? address.path : address.address;
}
