/** The text that the command prints when it serves: in full for logs, in short for a person at a terminal. */
import type { networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import { withPageNames } from '../files/file-options.js';
import { RootFolder } from '../files/root-folder.js';
import type { SocketAddress } from '../linux/socket-address.js';
import { formatAddress } from '../linux/socket-address.js';
import { printable } from '../native/printable-text.js';
import type { Config } from './config/config.js';
import { SAMPLE_SITE } from './config/sample-site.js';
import { trustedFile } from './config/self-signed-file.js';
import type { Running } from './run-alone.js';
import type { SandboxReport } from './sandbox/sandbox.js';

/** A label, and the text beside it. */
type Row = readonly [label: string, text: string];

const LABEL_CHARACTERS = 'epoll-reactor serves'.length;

/** The interfaces of the machine. */
type Network = ReturnType<typeof networkInterfaces>;

/** @param network  for a person at a terminal, who can also use the server from another machine; undefined: for a log */
export function startMessage(config: Config, running: Running, network: Network | undefined): string {
  const served = config.module === undefined ? config.sites.map(({ root }) => root) : [config.module];
  const roots = served.map((path) => (path === SAMPLE_SITE ? 'its sample site' : printable(path)));
  const rows: Row[] = [
    ...roots.map((root, i): Row => [i === 0 ? 'epoll-reactor serves' : 'and', root]),
    ...running.addresses.flatMap((address, i) => {
      if (isRedirect(config, i)) return [['redirecting', placeOf(address, 'http')] as const];
      return network ? reachable(address, config, network) : [['at', placeOf(address, schemeOf(config))] as const];
    }),
    ...(config.tlsSelfSigned ? trustRows(config) : []),
    ['with', network ? inShort(config, running.sandbox) : rightsOf(running.sandbox)],
    ...(config.module !== undefined && config.watch ? [['watching', printable(dirname(config.module))] as const] : []),
    ...(network ? config.sites.flatMap(listingHint) : []),
  ];
  if (roots.includes('its sample site')) rows.push(['your own with', 'epoll-reactor DIR']);
  rows.push(['stop with', 'Ctrl-C']);
  return rows.map(([label, text]) => `${label.padStart(LABEL_CHARACTERS)}  ${text}`).join('\n');
}

/**
 * Where a browser of this machine finds the server; undefined: only at Unix sockets.
 * @param addresses  in the order of the configuration; those of systemd follow
 */
export function browserUrl(config: Config, addresses: readonly SocketAddress[]): string | undefined {
  const address = addresses.find((each, i) => 'port' in each && !isRedirect(config, i));
  return address && placeOf(ownAddress(address), schemeOf(config));
}

function isRedirect({ listen }: Config, i: number): boolean {
  return listen[i]?.redirectsToHttps === true;
}

function schemeOf({ tls }: Config): string {
  return tls.length > 0 ? 'https' : 'http';
}

function placeOf(address: SocketAddress, scheme: string): string {
  return 'path' in address ? address.path : `${scheme}://${formatAddress(address)}/`;
}

/** `0.0.0.0` and `::` stand for the addresses of all interfaces. */
function ownAddress(address: SocketAddress): SocketAddress {
  if ('path' in address) return address;
  return { ...address, address: { '0.0.0.0': '127.0.0.1', '::': '::1' }[address.address] ?? address.address };
}

/** With the addresses by which other machines of the network reach a server that listens on all. */
function reachable(address: SocketAddress, config: Config, network: Network): Row[] {
  const { listen } = config;
  const own: Row = ['at', placeOf(ownAddress(address), schemeOf(config))];
  if ('path' in address || (address.address !== '0.0.0.0' && address.address !== '::')) return [own];
  const isOnlyIpv6 = listen.some(
    (each) => each.ipv6Only === true && 'port' in each.address && each.address.address === '::',
  );
  const families = address.address === '0.0.0.0' ? ['IPv4'] : isOnlyIpv6 ? ['IPv6'] : ['IPv4', 'IPv6'];
  const others = Object.values(network)
    .flatMap((all) => all ?? [])
    // A link-local address is one of IPv6 that a browser does not take.
    .filter((each) => !each.internal && families.includes(each.family) && !each.address.startsWith('fe80:'));
  const onNetwork = others.map(
    (each): Row => ['on the network', placeOf({ ...address, address: each.address }, schemeOf(config))],
  );
  return [own, ...onNetwork];
}

/** How programs trust a certificate that only its own key has signed. */
function trustRows({ tls }: Config): Row[] {
  return tls.flatMap(({ cert }): Row[] => {
    const file = printable(shellWord(trustedFile(cert)));
    return [
      ['trusted by', `curl --cacert ${file}`],
      ['Node.js', `NODE_EXTRA_CA_CERTS=${file}`],
      ['Chromium', `certutil -d sql:$HOME/.pki/nssdb -A -t P,, -n epoll-reactor -i ${file}`],
    ];
  });
}

function shellWord(path: string): string {
  return /^[\w./+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function inShort({ workers, sandbox: mode, verbose }: Config, sandbox: SandboxReport): string {
  const rights =
    mode === 'off'
      ? 'no sandbox'
      : sandbox.missing.length === 0
        ? 'a sandbox'
        : `a sandbox without ${sandbox.missing.map(printable).join(', ')}`;
  const ofWorkers = workers === 0 ? '' : `${workers} ${workers === 1 ? 'worker' : 'workers'}, `;
  return ofWorkers + (verbose ? rightsOf(sandbox) : rights);
}

function rightsOf({ line }: SandboxReport): string {
  return printable(line.replace(/^sandbox: /, ''));
}

/** A person who serves a folder of files expects a list of them. */
function listingHint(site: Config['sites'][number]): Row[] {
  const { root, index, listing, fallback, rules = [] } = withPageNames(site);
  const hasPage = fallback !== undefined || rules.some(({ redirect, rewrite }) => redirect || rewrite);
  if (listing === true || hasPage || hasFile(root, index)) return [];
  return [['hint', `there is no ${printable(index)}: --listing lists the files`]];
}

/** Found as it is served: the sandbox is in force already. */
function hasFile(root: string, name: string): boolean {
  const folder = new RootFolder(root);
  try {
    return folder.hasFile(name);
  } finally {
    folder.close();
  }
}
