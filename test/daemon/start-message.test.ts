/** The start-up message where this machine cannot make the case: networks and kernels of others. */
import type { networkInterfaces } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import type { Config } from '../../src/daemon/config/config.js';
import { readConfig } from '../../src/daemon/config/read-config.js';
import { browserUrl, startMessage } from '../../src/daemon/start-message.js';
import type { SocketAddress } from '../../src/linux/socket-address.js';

type Network = ReturnType<typeof networkInterfaces>;

const address = (family: 'IPv4' | 'IPv6', address: string, internal = false) =>
  ({ family, address, internal, netmask: '', mac: '', cidr: null, scopeid: 0 }) as NonNullable<Network[string]>[number];

const NETWORK: Network = {
  lo: [address('IPv4', '127.0.0.1', true), address('IPv6', '::1', true)],
  eth0: [address('IPv4', '192.0.2.7'), address('IPv6', '2001:db8::7'), address('IPv6', 'fe80::7')],
};

function configOf(flags: Record<string, string | readonly string[]>): Promise<Config> {
  return readConfig({ folder: undefined, configFile: undefined, environment: {}, flags });
}

async function rows(
  flags: Record<string, string | readonly string[]>,
  network: Network | undefined,
  missing: readonly string[] = [],
): Promise<string[]> {
  const config = await configOf(flags);
  const addresses = config.listen.map((each) => each.address);
  const message = startMessage(config, { addresses, sandbox: { line: 'sandbox: in full', missing } }, network);
  return message.split('\n').map((row) => row.trimStart());
}

describe('a server that listens on all addresses', () => {
  const IPV4 = 'on the network  http://192.0.2.7:9369/';
  const IPV6 = 'on the network  http://[2001:db8::7]:9369/';

  test.each([
    ['0.0.0.0:9369', ['at  http://127.0.0.1:9369/', IPV4]],
    ['[::]:9369', ['at  http://[::1]:9369/', IPV4, IPV6]],
    ['127.0.0.1:9369', ['at  http://127.0.0.1:9369/']],
    ['192.0.2.7:9369', ['at  http://192.0.2.7:9369/']],
    ['unix:/tmp/x.sock', ['at  /tmp/x.sock']],
  ])('is at each address of the network where a browser finds it: %s', async (listen, expected) => {
    const all = await rows({ listen: [listen] }, NETWORK);
    expect(all.filter((row) => /^(?:at|on the network) /.test(row))).toEqual(expected);
  });

  test('is at 0.0.0.0 in a log, as it was configured', async () => {
    expect(await rows({ listen: ['0.0.0.0:9369'] }, undefined)).toContain('at  http://0.0.0.0:9369/');
  });
});

describe('a server with a certificate', () => {
  const tls = { tlsCert: '/cert.pem', tlsKey: '/key.pem', redirectHttp: ['0.0.0.0:80'] };

  test('is at https, and names the addresses that only redirect', async () => {
    const own = ['at  https://127.0.0.1:9369/', 'redirecting  http://0.0.0.0:80/'];
    const all = await rows({ ...tls, listen: ['0.0.0.0:9369'] }, NETWORK);
    expect(all.slice(1, 4)).toEqual([own[0], 'on the network  https://192.0.2.7:9369/', own[1]]);
    expect(await rows(tls, undefined)).toEqual(expect.arrayContaining(own));
  });

  test('opens in a browser at https', async () => {
    const config = await configOf(tls);
    const [https, http] = config.listen.map((each) => each.address) as [SocketAddress, SocketAddress];
    expect(browserUrl(config, [https, http])).toBe('https://127.0.0.1:9369/');
    const atSocket = await configOf({ ...tls, listen: ['unix:/tmp/x.sock'] });
    expect(browserUrl(atSocket, [{ path: '/tmp/x.sock' }, http])).toBeUndefined();
  });
});

test('a sandbox that lacks a part says which, in short', async () => {
  const missing = ['Landlock (this kernel has none: Linux 5.13 has)', 'no_new_privs (prctl EPERM)'];
  expect(await rows({}, NETWORK, missing)).toContain(
    'with  a sandbox without Landlock (this kernel has none: Linux 5.13 has), no_new_privs (prctl EPERM)',
  );
  expect(await rows({}, undefined, missing)).toContain('with  in full');
});
