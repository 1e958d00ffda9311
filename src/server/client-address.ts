/** For whom a request was sent: whoever has connected, or, where that is a proxy which is believed, whom it names. */
import { type BlockList, isIP } from 'node:net';
import { addressOfNode, forwardedNodes } from '../http/forwarded.js';
import type { ProxySource } from '../http/proxy-protocol.js';
import { constants, native } from '../native.js';
import type { SocketAddress } from '../socket-address.js';

/** Whether a peer may say for whom it speaks. Whoever comes by a Unix socket is on this machine, and was let in by its mode. */
export function isTrusted(peer: SocketAddress, proxies: BlockList): boolean {
  if ('path' in peer) return true;
  const family = isIP(peer.address);
  return family !== 0 && proxies.check(peer.address, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Follows the proxies from the nearest one outwards, as long as they are believed.
 * @param peer       who has connected
 * @param forwarded  the header's value; where there is one, it counts, and the other does not
 */
export function forwardedClient(
  peer: SocketAddress,
  proxies: BlockList,
  forwarded: string | undefined,
  xForwardedFor: string | undefined,
): SocketAddress {
  if (!isTrusted(peer, proxies)) return peer;
  let client = peer;
  for (const node of forwardedNodes(forwarded, xForwardedFor)) {
    const address = addressOfNode(node);
    if (address === undefined || isIP(address) === 0) return client; // hidden: the nearest that is known
    client = { address, port: 0 };
    if (!isTrusted(client, proxies)) return client;
  }
  return client;
}

/** undefined for what is no address. */
export function proxiedAddress(source: ProxySource): SocketAddress | undefined {
  const { family, port } = source;
  if ('bytes' in source) {
    return { address: native.inet_ntop(family === 4 ? constants.AF_INET : constants.AF_INET6, source.bytes), port };
  }
  return isIP(source.text) === family ? { address: source.text, port } : undefined;
}
