/** Addresses and networks of trusted proxies. */
import { BlockList, isIP } from 'node:net';
import { UserError } from './user-error.js';

/** A network that has been checked, in a form that a worker can be sent. */
export interface Network {
  /** As it was written. */
  readonly text: string;
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

export function blockListOf(networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const { address, bits, family } of networks) list.addSubnet(address, bits, family);
  return list;
}

/** @throws  UserError for what is neither an address nor a network */
export function networksOf(texts: readonly string[]): readonly Network[] {
  return texts.map((network) => {
    const [address = '', prefix, ...more] = network.split('/');
    const width = isIP(address) === 6 ? 128 : 32;
    const bits = prefix === undefined ? width : Number(prefix);
    const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && bits <= width);
    if (isIP(address) === 0 || address.includes('%') || !isPrefix || more.length > 0) {
      throw new UserError(
        `trustedProxies: ${network} is neither an address nor a network`,
        'such as 127.0.0.1, 10.0.0.0/8 or fd00::/8',
      );
    }
    if (BigInt.asUintN(width - bits, numberOf(address)) !== 0n) {
      throw new UserError(
        `trustedProxies: ${network} is not a network: its address has bits set after the first ${bits}`,
        `a network ends with zeros, such as 10.0.0.0/8; one address has no prefix: ${address}`,
      );
    }
    return { text: network, address, bits, family: width === 128 ? 'ipv6' : 'ipv4' };
  });
}

/** An address as a number of 32 or 128 bits. */
function numberOf(address: string): bigint {
  if (isIP(address) === 4) return joined(address.split('.').map(Number), 8n);
  // The form of URLs has no dotted end, and at most one "::" (URL §3.5).
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = [], tail = []] = canonical
    .split('::')
    .map((half) => half.split(':').filter(Boolean))
    .map((half) => half.map((group) => Number.parseInt(group, 16)));
  return joined([...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail], 16n);
}

function joined(groups: readonly number[], bitsEach: bigint): bigint {
  return groups.reduce((sum, group) => (sum << bitsEach) | BigInt(group), 0n);
}
