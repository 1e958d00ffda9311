/** A sockaddr as accept4(2) writes it (ip(7), ipv6(7)), in as large a buffer as the listener gives it. */
import { isIPv4 } from 'node:net';
import { SOCKADDR_BYTES } from '../../src/linux/socket-address.js';
import { constants } from '../../src/native/addon.js';

/** @param address  IPv4 or IPv6, as text */
export function toSockaddr(address: string, port: number): Uint8Array {
  const bytes = Buffer.alloc(SOCKADDR_BYTES, 0xee); // any bytes may follow the address
  if (isIPv4(address)) {
    bytes.writeUInt16LE(constants.AF_INET, 0);
    bytes.writeUInt16BE(port, 2);
    bytes.set(address.split('.').map(Number), 4);
  } else {
    bytes.writeUInt16LE(constants.AF_INET6, 0);
    bytes.writeUInt16BE(port, 2);
    bytes.set(groupsOf(address), 8);
  }
  return bytes;
}

function groupsOf(address: string): number[] {
  const tail = /\d+\.\d+\.\d+\.\d+$/.exec(address)?.[0];
  const hex = (tail === undefined ? address : address.slice(0, -tail.length)).replace(/([^:]):$/, '$1');
  const parse = (text: string): number[] =>
    text
      .split(':')
      .filter((group) => group !== '')
      .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);
  const [before = '', after = ''] = hex.split('::');
  const end = [...parse(after), ...(tail?.split('.').map(Number) ?? [])];
  const start = parse(before);
  return [...start, ...new Array<number>(16 - start.length - end.length).fill(0), ...end];
}
