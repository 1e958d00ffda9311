/** Addresses and networks of proxies, as a configuration has them. */
import { BlockList, isIP } from 'node:net';
import { UserError } from './user-error.js';

/** @throws  UserError for what is neither an address nor a network */
export function proxiesOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix, ...more] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const bits = prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix);
    const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && bits <= (family === 'ipv6' ? 128 : 32));
    if (isIP(address) === 0 || !isPrefix || more.length > 0) {
      throw new UserError(
        `trustedProxies: ${network} is neither an address nor a network`,
        'such as 127.0.0.1 or 10.0.0.0/8',
      );
    }
    list.addSubnet(address, bits, family);
  }
  return list;
}
