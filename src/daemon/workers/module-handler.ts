/** The handler of a module: the `fetch` of its default export, as deno serve and bun run it. */
import { pathToFileURL } from 'node:url';
import { BackgroundWork } from '../../fetch/background-work.js';
import { type FetchFunction, fetchHandler } from '../../fetch/fetch-handler.js';
import type { SiteHandler } from '../../sites/site-handler.js';
import { UserError } from '../config/user-error.js';

/** It stands where a site does, without a folder. */
export interface ModuleHandler extends SiteHandler {
  /** Waits for what the module left to do (waitUntil), for at most `timeoutMs`. */
  whenDone(timeoutMs: number): Promise<void>;
}

interface App {
  readonly fetch: FetchFunction;
}

/**
 * @param onLeftWorkError  gets the errors of what the module left to do
 * @throws                 UserError, or what the module throws when it is loaded
 */
export async function moduleHandler(path: string, onLeftWorkError: (error: unknown) => void): Promise<ModuleHandler> {
  const app = appOf(path, await load(path));
  const work = new BackgroundWork(onLeftWorkError);
  const handler = fetchHandler((request, info) => app.fetch(request, info), { waitUntil: (left) => work.add(left) });
  return Object.assign(handler, {
    cacheCounts: () => ({ hits: 0, misses: 0 }),
    answersFor: () => true,
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
