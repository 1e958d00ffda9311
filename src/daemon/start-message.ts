/** The text that the command prints when it serves: in full for logs, in short for a person at a terminal. */
import type { networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import { withPageNames } from '../files/file-options.js';
import { RootFolder } from '../files/root-folder.js';
import type { InternetAddress, SocketAddress } from '../linux/socket-address.js';
import { formatAddress } from '../linux/socket-address.js';
import { printable } from '../native/printable-text.js';
import type { Config } from './config/config.js';
import { SAMPLE_SITE } from './config/sample-site.js';
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
    ...running.addresses.flatMap((address) => (network ? reachable(address, config, network) : [at(address)])),
    ['with', network ? inShort(config, running.sandbox) : rightsOf(running.sandbox)],
    ...(config.module !== undefined && config.watch ? [['watching', printable(dirname(config.module))] as const] : []),
    ...(network ? config.sites.flatMap(listingHint) : []),
  ];
  if (roots.includes('its sample site')) rows.push(['your own with', 'epoll-reactor DIR']);
  rows.push(['stop with', 'Ctrl-C']);
  return rows.map(([label, text]) => `${label.padStart(LABEL_CHARACTERS)}  ${text}`).join('\n');
}

/** Where a browser of this machine finds the server: an address that stands for all has none of its own. */
export function urlOf(address: InternetAddress): string {
  const own = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address.address] ?? address.address;
  return `http://${formatAddress({ ...address, address: own })}/`;
}

function at(address: SocketAddress): Row {
  return ['at', 'path' in address ? address.path : `http://${formatAddress(address)}/`];
}

/** With the addresses by which other machines of the network reach a server that listens on all. */
function reachable(address: SocketAddress, { listen }: Config, network: Network): Row[] {
  if ('path' in address) return [at(address)];
  const isWildcard = address.address === '0.0.0.0' || address.address === '::';
  if (!isWildcard) return [at(address)];
  const isOnlyIpv6 = listen.some(
    (each) => each.ipv6Only === true && 'port' in each.address && each.address.address === '::',
  );
  const families = address.address === '0.0.0.0' ? ['IPv4'] : isOnlyIpv6 ? ['IPv6'] : ['IPv4', 'IPv6'];
  const others = Object.values(network)
    .flatMap((all) => all ?? [])
    // A link-local address is one of IPv6 that a browser does not take.
    .filter((each) => !each.internal && families.includes(each.family) && !each.address.startsWith('fe80:'));
  const own = others.map(
    (each): Row => ['on the network', `http://${formatAddress({ ...address, address: each.address })}/`],
  );
  return [['at', urlOf(address)], ...own];
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
