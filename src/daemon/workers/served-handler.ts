/** The handler of a serving process: the sites of its configuration, or its module. */
import { pathToFileURL } from 'node:url';
import { BackgroundWork } from '../../fetch/background-work.js';
import { type FetchFunction, fetchHandler } from '../../fetch/fetch-handler.js';
import type { SiteHandler } from '../../sites/site-handler.js';
import type { Config } from '../config/config.js';
import { openSites } from '../config/open-sites.js';
import { UserError } from '../config/user-error.js';

export interface ServedHandler extends SiteHandler {
  /** Waits for what a module left to do (waitUntil), for at most `timeoutMs`. */
  whenDone?(timeoutMs: number): Promise<void>;
}

/** The default export of a module, as deno serve and bun run it. */
interface App {
  readonly fetch: FetchFunction;
}

export const LEFT_WORK_FAILED = 'what a handler left to do failed';

/**
 * @param onLeftWorkError  gets the errors of what a module left to do
 * @throws                 UserError, or what a module throws when it is loaded
 */
export async function openHandler(config: Config, onLeftWorkError: (error: unknown) => void): Promise<ServedHandler> {
  if (config.module === undefined) return openSites(config);
  const app = appOf(config.module, await load(config.module));
  const work = new BackgroundWork(onLeftWorkError);
  const handler = fetchHandler((request, info) => app.fetch(request, info), { waitUntil: (left) => work.add(left) });
  return Object.assign(handler, {
    cacheCounts: () => ({ hits: 0, misses: 0 }),
    close: () => {},
    whenDone: (timeoutMs: number) => work.whenDone(timeoutMs),
  });
}

/** @returns  its default export. @throws what the module throws: Node prints that with the place in the source */
async function load(path: string): Promise<unknown> {
  try {
    const { default: exported }: { readonly default?: unknown } = await import(pathToFileURL(path).href);
    return exported;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_FILE_EXTENSION' || !path.endsWith('ts')) throw error;
    throw new UserError(
      `${path}: Node ${process.versions.node} does not run TypeScript`,
      'Node 22.18 and newer run it; for this one, compile it to JavaScript',
    );
  }
}

function appOf(path: string, exported: unknown): App {
  if (isApp(exported)) return exported;
  throw new UserError(
    `${path}: the default export has no fetch function`,
    'export default { fetch: (request) => new Response("hello") }; a program that listens by itself is run by node',
  );
}

function isApp(exported: unknown): exported is App {
  return (
    typeof exported === 'object' && exported !== null && 'fetch' in exported && typeof exported.fetch === 'function'
  );
}
