/** `epoll-reactor [DIR]`: serves until a signal stops it. */

import type { SocketAddress } from '../linux/socket-address.js';
import { formatAddress } from '../linux/socket-address.js';
import { printable } from '../native/printable-text.js';
import type { Config } from './config/config.js';
import { type ConfigSources, readConfig } from './config/read-config.js';
import { SAMPLE_SITE } from './config/sample-site.js';
import type { Running } from './run-alone.js';

export async function serveCommand(sources: ConfigSources): Promise<void> {
  // EPIPE: the reader of its messages has gone, and the server goes on. console.error() holds back the first error of a turn only.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const config = await readConfig(sources);
  const { addresses, sandbox } = await run(config, () => readConfig(sources));
  const roots = config.sites.map(({ root }) => (root === SAMPLE_SITE ? 'its sample site' : printable(root)));
  for (const [i, root] of roots.entries())
    console.log(i === 0 ? `epoll-reactor serves  ${root}` : `                 and  ${root}`);
  for (const address of addresses) console.log(`                  at  ${url(address)}`);
  console.log(`                with  ${printable(sandbox.replace(/^sandbox: /, ''))}`);
  if (roots.includes('its sample site')) console.log('        your own with  epoll-reactor DIR');
  console.log('           stop with  Ctrl-C');
}

async function run(config: Config, reread: () => Promise<Config>): Promise<Running> {
  if (config.workers === 0) return (await import('./run-alone.js')).runAlone(config);
  return (await import('./run-supervised.js')).runSupervised(config, reread);
}

function url(address: SocketAddress): string {
  return 'path' in address ? address.path : `http://${formatAddress(address)}/`;
}
