/**
 * A site: a folder, and the rules by which it is served. A request is checked in this order: CORS preflight (which has no
 * password), password, redirect, file.
 */
import { requireAttached } from '../disk/require-attached.js';
import type { CacheCounts } from '../files/file-handler.js';
import { type FileHandler, fileHandler } from '../files/file-handler.js';
import { withPageNames } from '../files/file-options.js';
import { withDefaults } from '../http/response/default-headers.js';
import type { ResponseHeaders } from '../http/response/response-head.js';
import type { OptionPath } from '../options/option-errors.js';
import { HandlerPromise } from '../server/handler-promise.js';
import type { HttpHandler } from '../server/http-handler.js';
import type { HttpRequest } from '../server/http-request.js';
import type { HttpResponse } from '../server/http-response.js';
import { sendText } from '../server/send-text.js';
import { ALLOWED, type BasicAuth, BUSY, PASSWORD_RETRY_AFTER_SECONDS, type Verdict } from './basic-auth.js';
import { checkShape } from './check-shape.js';
import { isPreflight } from './cors.js';
import { siteSchema } from './options-schema.js';
import { type CommonRules, type PathRules, RuleSet } from './rule-set.js';
import type { SiteOptions } from './site-options.js';

/** A handler that serves a site, or several. */
export interface SiteHandler extends HttpHandler {
  /** Hits and misses of the file caches. */
  readonly cacheCounts: () => CacheCounts;
  /** @internal  Whether a site has the host. */
  readonly answersFor: (authority: string) => boolean;
  /** Closes the folders. Later requests are answered 500. */
  close(): void;
}

/**
 * A handler for one site and any host; `hosts` is for sitesHandler().
 * @throws  TypeError naming the option that is wrong; SystemError ENOENT | ENOTDIR | EACCES for the folder
 */
export function siteHandler(options: SiteOptions): SiteHandler {
  checkShape(siteSchema, options, []);
  return handlerOf(new Site(options, []));
}

export function handlerOf(site: Site): SiteHandler {
  const handler: HttpHandler = (request, response) => HandlerPromise.of(site.serve(request, response), response);
  return Object.assign(handler, {
    runsNoUserCode: true as const,
    answersFor: () => true,
    close: () => site.close(),
    cacheCounts: () => ({ ...site.cacheCounts }),
  });
}

export class Site {
  /** undefined if the site has no rules. */
  readonly #rules: RuleSet | undefined;
  readonly #folder: FileHandler;

  /**
   * @param options  of the right shape
   * @param at       their path, for errors
   */
  constructor({ root, hosts: _, rules = [], ...fileOptions }: SiteOptions, at: OptionPath) {
    this.#rules =
      rules.length === 0 ? undefined : new RuleSet(rules, withPageNames(fileOptions).fallback, [...at, 'rules']);
    this.#folder = fileHandler(root, fileOptions);
  }

  serve(request: HttpRequest, response: HttpResponse): void | Promise<void> {
    if (this.#rules === undefined) return this.#folder(request, response);
    const rules = this.#rules.for(request.path);
    response.defaultHeaders = rules.common.headers;
    if (rules.isPlain && request.method !== 'OPTIONS') return this.#folder.serve(request, response, rules.target);
    const { cors, auth } = rules.common;
    if (cors !== undefined) {
      const origin = request.header('origin');
      response.defaultHeaders = headersFor(rules.common, origin);
      if (origin !== undefined && isPreflight(request)) return response.send(204, cors.preflightHeaders(origin));
    }
    if (auth === undefined) return this.#serveAllowed(request, response, rules);
    requireAttached(request.reactor);
    const verdict = auth.check(request.header('authorization'));
    if (typeof verdict === 'string') return this.#serveIf(verdict, auth, request, response, rules);
    return verdict.then((late) => this.#serveIf(late, auth, request, response, rules));
  }

  get cacheCounts(): Readonly<CacheCounts> {
    return this.#folder.cacheCounts;
  }

  close(): void {
    this.#folder.close();
  }

  #serveIf(
    verdict: Verdict,
    auth: BasicAuth,
    request: HttpRequest,
    response: HttpResponse,
    rules: PathRules,
  ): void | Promise<void> {
    if (verdict === ALLOWED) return this.#serveAllowed(request, response, rules);
    if (verdict === BUSY) {
      const headers = { 'Retry-After': PASSWORD_RETRY_AFTER_SECONDS };
      return sendText(response, 503, 'too many passwords are being checked', headers);
    }
    sendText(response, 401, 'a name and a password, please', { 'WWW-Authenticate': auth.challenge });
  }

  #serveAllowed(request: HttpRequest, response: HttpResponse, rules: PathRules): void | Promise<void> {
    const { redirect, target } = rules;
    if (redirect === undefined) return this.#folder.serve(request, response, target);
    const location = redirect.template.location(redirect.captures, request.query);
    sendText(response, redirect.status, location, { Location: location });
  }
}

function headersFor(common: CommonRules, origin: string | undefined): ResponseHeaders | undefined {
  const { cors, headers, headersByOrigin } = common;
  const added = cors?.headersFor(origin);
  if (origin === undefined || added === undefined || headers === undefined) return headers;
  let all = headersByOrigin.get(origin);
  if (all === undefined) {
    all = withDefaults(added, headers);
    headersByOrigin.set(origin, all); // one entry for each listed origin
  }
  return all;
}
