/** PROXY headers as a load balancer sends them. */

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** The signature of version 2. */
export function proxyV2(versionAndCommand: number, familyAndProtocol: number, ...parts: readonly Uint8Array[]): Buffer {
  const rest = Buffer.concat(parts);
  const fixed = Uint8Array.of(versionAndCommand, familyAndProtocol, rest.length >> 8, rest.length & 0xff);
  return Buffer.concat([SIGNATURE, fixed, rest]);
}

/** A header of version 2, for a client with IPv4. */
export function proxyV2From(address: string, port: number): Buffer {
  const source = address.split('.').map(Number);
  return proxyV2(0x21, 0x11, Uint8Array.of(...source, 127, 0, 0, 1, port >> 8, port & 0xff, 0, 80));
}
