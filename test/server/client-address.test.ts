/** For whom a request was sent, where proxies stand between. */
import { BlockList } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { forwardedClient, isTrusted } from '../../src/server/client-address.js';

const PROXY = { address: '10.0.0.1', port: 1 };

const proxies = new BlockList();
proxies.addSubnet('10.0.0.0', 8, 'ipv4');
proxies.addSubnet('2001:db8:aaaa::', 48, 'ipv6');

function client(forwarded: string | undefined, xForwardedFor?: string): string {
  const address = forwardedClient(PROXY, proxies, forwarded, xForwardedFor);
  return 'path' in address ? address.path : address.address;
}

describe('a proxy', () => {
  test.each([
    ['10.0.0.1', true],
    ['10.255.255.255', true],
    ['11.0.0.1', false],
    ['::ffff:10.0.0.1', true],
    ['::ffff:11.0.0.1', false],
    ['2001:db8:aaaa::1', true],
    ['2001:db8:aaab::1', false],
    ['no address', false],
    ['', false],
  ])('of the address "%s" is trusted: %j', (address, isBelieved) => {
    expect(isTrusted({ address, port: 0 }, proxies)).toBe(isBelieved);
  });

  test('that connects by a Unix socket is trusted', () => {
    expect(isTrusted({ path: '' }, proxies)).toBe(true);
  });
});

describe.each([
  ['X-Forwarded-For', (nodes: string) => client(undefined, nodes)],
  ['Forwarded', (nodes: string) => client(nodes.replace(/[^ ,]+/g, (node) => `for="${node}"`))],
  [
    'both headers, when they agree,',
    (nodes: string) =>
      client(
        nodes.replace(/[^ ,]+/g, (node) => `for="${node}"`),
        nodes,
      ),
  ],
])('by %s', (_name, clientOf) => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:4711', '192.0.2.1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['192.0.2.1, 10.0.0.2', '192.0.2.1'],
    ['192.0.2.1, 10.0.0.3, [2001:db8:aaaa::7], 10.0.0.2', '192.0.2.1'],
    ['198.51.100.66, 192.0.2.1', '192.0.2.1'], // what stands left of the first stranger, the stranger has written
    ['10.0.0.66, 192.0.2.1', '192.0.2.1'],
    ['10.0.0.3, 10.0.0.2', '10.0.0.3'], // a client within the network of the proxies
    ['unknown', '10.0.0.1'],
    ['192.0.2.1, unknown', '10.0.0.1'],
    ['192.0.2.1, unknown, 10.0.0.2', '10.0.0.2'],
    ['192.0.2.1, _hidden, 10.0.0.2', '10.0.0.2'],
    ['999.0.0.1', '10.0.0.1'],
    ['1:2:3', '10.0.0.1'],
    ['junk', '10.0.0.1'],
    ['', '10.0.0.1'],
  ])('%j names the client %s', (nodes, address) => {
    expect(clientOf(nodes)).toBe(address);
  });
});

test('two headers that disagree are both ignored: the client may have written one of them', () => {
  expect(client('for=198.51.100.66', '192.0.2.1')).toBe(PROXY.address);
  expect(client('for=198.51.100.66, for=10.0.0.2', '192.0.2.1')).toBe(PROXY.address);
  expect(client('unknown', '192.0.2.1')).toBe(PROXY.address);
  expect(client('for=192.0.2.1;proto=https', '192.0.2.1')).toBe('192.0.2.1');
});
