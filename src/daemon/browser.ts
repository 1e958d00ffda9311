/** Opens the user's browser, as the desktop does it: xdg-open(1). */
import { spawnSync } from 'node:child_process';
import type { SocketAddress } from '../linux/socket-address.js';
import type { Config } from './config/config.js';
import { browserUrl } from './start-message.js';

/** In a session of its own, so that Ctrl-C does not end it; the shell ends at once, since a confined process waits for no child. */
const SCRIPT = 'command -v xdg-open >/dev/null || exit 1; setsid xdg-open "$0" >/dev/null 2>&1 &';

/** @returns  whether the system has a desktop */
export function openBrowser(url: string): boolean {
  return spawnSync('sh', ['-c', SCRIPT, url], { stdio: 'ignore' }).status === 0;
}

/** Call it when the sockets listen, and before the sandbox, which starts no program. */
export function openSite(config: Config, addresses: readonly SocketAddress[]): void {
  const url = browserUrl(config, addresses);
  if (url !== undefined && !openBrowser(url))
    console.error(`epoll-reactor: --open: there is no xdg-open; open ${url} yourself`);
}
