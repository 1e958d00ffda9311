/** `epoll-reactor [DIR]`: serves until a signal stops it. */

import { networkInterfaces } from 'node:os';
import type { Config } from './config/config.js';
import { type ConfigSources, readConfig } from './config/read-config.js';
import type { Running, ServeHooks } from './run-alone.js';
import { startMessage } from './start-message.js';
import { type ReadSettings, withCertificates } from './tls/settings.js';

/** A stop that takes longer prints what it waits for. */
const SLOW_STOP_MS = 500;

export async function serveCommand(sources: ConfigSources): Promise<void> {
  // EPIPE: the reader of its messages has gone, and the server goes on. console.error() holds back the first error of a turn only.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const isTerminal = process.stdout.isTTY === true;
  const read = async (): Promise<ReadSettings> => {
    const config = await readConfig(sources);
    if (config.tlsSelfSigned) (await import('./tls/self-signed-files.js')).keepSelfSigned(config);
    return withCertificates(isTerminal && !config.quiet ? withRequestLines(config) : config);
  };
  const network = isTerminal ? networkInterfaces() : undefined; // before the sandbox, which forbids it
  const settings = await read();
  const { config } = settings;
  // Sockets from systemd, or of an upgrade: a service, whose user sits elsewhere.
  const browser = config.open && process.env['LISTEN_FDS'] === undefined ? await import('./browser.js') : undefined;
  const running = await run(settings, read, {
    onListening: (addresses) => browser?.openSite(config, addresses),
    onStopping: (countResponses) => isTerminal && !config.quiet && tellIfSlow(countResponses),
  });
  if (!config.quiet) console.log(startMessage(config, running, network));
}

async function run(settings: ReadSettings, reread: () => Promise<ReadSettings>, hooks: ServeHooks): Promise<Running> {
  const { config } = settings;
  if (config.admin.length > 0) await (await import('./metrics-text.js')).loadMetricsLibrary();
  if (config.workers === 0) return (await import('./run-alone.js')).runAlone(settings, hooks);
  return (await import('./run-supervised.js')).runSupervised(settings, reread, hooks);
}

/** A terminal shows the requests, unless a log does. */
function withRequestLines(config: Config): Config {
  return config.accessLog === 'off' ? { ...config, accessLog: 'stdout', accessLogFormat: 'terminal' } : config;
}

function tellIfSlow(countResponses: () => number | Promise<number>): void {
  const tell = async (): Promise<void> => {
    const count = await countResponses();
    if (count === 0) return;
    console.log(`waiting for ${count} ${count === 1 ? 'response' : 'responses'}, Ctrl-C again ends at once`);
  };
  setTimeout(() => void tell(), SLOW_STOP_MS).unref();
}
