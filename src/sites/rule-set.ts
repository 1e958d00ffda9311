/** The rules of a site, compiled once. Their result for a path is remembered, so that a repeated path costs one look-up. */
import type { FileRemarks, FileTarget } from '../files/file-target.js';
import { NO_NAME } from '../files/resolve-path.js';
import { Memo } from '../http/memo.js';
import { withDefaults } from '../http/response/default-headers.js';
import type { ResponseHeaders } from '../http/response/response-head.js';
import type { OptionPath } from '../options/option-errors.js';
import type { BasicAuth } from './basic-auth.js';
import { type CompiledRule, compileRule } from './compiled-rule.js';
import type { Cors } from './cors.js';
import { hasHashedName } from './hashed-name.js';
import type { Captures } from './path-pattern.js';
import type { RedirectTemplate } from './path-template.js';
import type { Rule } from './site-options.js';
import { sitePath } from './site-path.js';

/** Paths whose rules are remembered: an entry takes 500 bytes and the path. */
const RULED_PATHS_MAX = 8_192;
/** For a longer path the rules are evaluated each time. */
const RULED_PATH_CHARACTERS_MAX = 512;

/** The result of the rules for a path. */
export interface PathRules {
  readonly common: CommonRules;
  readonly redirect: Redirect | undefined;
  readonly target: FileTarget;
  /** The response depends on the path alone. */
  readonly isPlain: boolean;
}

export interface Redirect {
  readonly template: RedirectTemplate;
  readonly captures: Captures;
  readonly status: number;
}

/** The result for all paths that the same rules match. */
export interface CommonRules {
  readonly headers: ResponseHeaders | undefined;
  /** `headers` with the headers of CORS, by origin. */
  readonly headersByOrigin: Map<string, ResponseHeaders>;
  readonly cors: Cors | undefined;
  readonly auth: BasicAuth | undefined;
  readonly remarks: FileRemarks;
}

type Match = readonly [rule: CompiledRule, captures: Captures];

export class RuleSet {
  readonly #rules: readonly CompiledRule[];
  readonly #paths = new Memo<PathRules>(RULED_PATHS_MAX, RULED_PATH_CHARACTERS_MAX);
  /**
   * By the indices of the matching rules. There is one object for each set, because a cached response is found by the
   * identity of its headers.
   */
  readonly #common = new Memo<CommonRules>(RULED_PATHS_MAX);
  readonly #fallbackRemarks: FileRemarks;
  /** The same for paths with a password: a shared cache must not store that such a path names no file. */
  readonly #privateFallbackRemarks: FileRemarks;

  /**
   * @param fallback  the page for paths that name no file: it gets the remarks of its own path, not of the requested one
   * @throws          TypeError naming the option
   */
  constructor(rules: readonly Rule[], fallback: string | undefined, at: OptionPath) {
    this.#rules = rules.map((rule, index) => compileRule(rule, index, [...at, index]));
    this.#fallbackRemarks = fallback === undefined ? {} : this.#commonOf(this.#matches(fallback)).remarks;
    const { cacheControl } = this.#fallbackRemarks;
    this.#privateFallbackRemarks =
      cacheControl === undefined
        ? this.#fallbackRemarks
        : { ...this.#fallbackRemarks, cacheControl: forOneUser(cacheControl) };
  }

  /** @param path  as sent */
  for(path: string): PathRules {
    const remembered = this.#paths.get(path);
    if (remembered !== undefined) return remembered;
    const rules = this.#workOut(path);
    this.#paths.set(path, rules);
    return rules;
  }

  #workOut(path: string): PathRules {
    const name = sitePath(path);
    const matches = this.#matches(name);
    const common = this.#commonOf(matches);
    const { auth, cors, remarks, headers } = common;
    const redirect = last(matches, ({ redirect }) => redirect);
    const rewrite = last(matches, ({ rewrite }) => rewrite);
    return {
      common,
      redirect: redirect && { ...redirect.said, captures: redirect.captures },
      target: {
        key: path,
        name: rewrite === undefined ? name : rewrite.said.name(rewrite.captures),
        remarks,
        fallbackRemarks: auth === undefined ? this.#fallbackRemarks : this.#privateFallbackRemarks,
        defaultHeaders: headers,
      },
      isPlain: auth === undefined && redirect === undefined && cors?.isStatic !== false,
    };
  }

  /** A path that is not a valid name is matched by `/**` alone. */
  #matches(name: string | typeof NO_NAME): Match[] {
    const segments = name?.split('/');
    const matches: Match[] = [];
    for (const rule of this.#rules) {
      if (rule.needsHashedName && (name === NO_NAME || !hasHashedName(name))) continue;
      const captures = capturesOf(rule, segments);
      if (captures !== undefined) matches.push([rule, captures]);
    }
    return matches;
  }

  #commonOf(matches: readonly Match[]): CommonRules {
    const key = matches.map(([{ index }]) => index).join();
    let common = this.#common.get(key);
    if (common === undefined) {
      common = combined(matches);
      this.#common.set(key, common);
    }
    return common;
  }
}

function capturesOf({ patterns }: CompiledRule, path: readonly string[] | typeof NO_NAME): Captures | undefined {
  for (const pattern of patterns) {
    const captures = path === NO_NAME ? (pattern.isEverything ? [''] : undefined) : pattern.match(path);
    if (captures !== undefined) return captures;
  }
  return undefined;
}

/** The value of the last rule that sets it; undefined if that is `false`, or if none does. */
function last<Said>(
  matches: readonly Match[],
  ask: (rule: CompiledRule) => Said | false | undefined,
): { readonly said: Said; readonly captures: Captures } | undefined {
  const match = matches.findLast(([rule]) => ask(rule) !== undefined);
  const said = match && ask(match[0]);
  return match === undefined || said === undefined || said === false ? undefined : { said, captures: match[1] };
}

function combined(matches: readonly Match[]): CommonRules {
  const auth = last(matches, ({ auth }) => auth)?.said;
  const cors = last(matches, ({ cors }) => cors)?.said;
  const cacheControl = last(matches, ({ cacheControl }) => cacheControl)?.said;
  const contentType = last(matches, ({ contentType }) => contentType)?.said;
  const own = headersOf(matches);
  let headers: ResponseHeaders | undefined = own.length === 0 ? undefined : own;
  if (cors !== undefined) headers = withDefaults(cors.headers, own);
  // For responses without a Cache-Control of their own: caches may store a redirect or a 404 too (RFC 9110 §15.1).
  if (auth !== undefined) headers = withDefaults(headers ?? {}, { 'Cache-Control': 'private' });
  return {
    headers,
    headersByOrigin: new Map(),
    cors,
    auth,
    remarks: {
      ...(cacheControl !== undefined && { cacheControl: auth === undefined ? cacheControl : forOneUser(cacheControl) }),
      ...(contentType !== undefined && { contentType }),
    },
  };
}

function headersOf(matches: readonly Match[]): [name: string, value: string][] {
  const headers = new Map<string, [string, string]>();
  for (const [rule] of matches) {
    for (const [name, value] of rule.headers) {
      if (value === false) headers.delete(name.toLowerCase());
      else headers.set(name.toLowerCase(), [name, value]);
    }
  }
  return [...headers.values()];
}

/**
 * Adds "private", and removes the directives that let a shared cache store the response nevertheless: "public",
 * "must-revalidate" and "s-maxage" (RFC 9111 §3.5). `Vary: Authorization` is then unnecessary, and would only keep browsers
 * from using their cache.
 */
function forOneUser(cacheControl: string): string {
  const directives = cacheControl
    .split(',')
    .map((directive) => directive.trim())
    .filter((directive) => !/^(?:public|private|must-revalidate|s-maxage\s*=.*)$/i.test(directive));
  return ['private', ...directives].join(', ');
}
