/**
 * The rules of a site: compiled once, and what they come to for a path remembered, so that a path which is asked for again costs
 * one look-up.
 */
import type { FileRemarks, FileTarget } from '../files/file-target.js';
import { UNNAMED } from '../files/resolve-path.js';
import { withDefaults } from '../http/default-headers.js';
import type { ResponseHeaders } from '../http/response-head.js';
import { RULED_PATH_CHARACTERS_MAX, RULED_PATHS_MAX } from '../limits.js';
import { Memo } from '../memo.js';
import type { BasicAuth } from './basic-auth.js';
import { type CompiledRule, compileRule } from './compiled-rule.js';
import type { Cors } from './cors.js';
import { hasHashedName } from './hashed-name.js';
import type { OptionPath } from './option-errors.js';
import type { Captures } from './path-pattern.js';
import type { RedirectTemplate } from './path-template.js';
import type { Rule } from './site-options.js';
import { sitePath } from './site-path.js';

/** What the rules come to for a path. */
export interface PathRules {
  readonly common: CommonRules;
  readonly redirect: Redirect | undefined;
  readonly target: FileTarget;
  /** The answer depends on nothing but the path. */
  readonly isPlain: boolean;
}

export interface Redirect {
  readonly template: RedirectTemplate;
  readonly captures: Captures;
  readonly status: number;
}

/** What they come to for all paths that the same rules match. */
export interface CommonRules {
  readonly headers: ResponseHeaders | undefined;
  /** The same with what CORS adds for an origin. */
  readonly headersByOrigin: Map<string, ResponseHeaders>;
  readonly cors: Cors | undefined;
  readonly auth: BasicAuth | undefined;
  readonly remarks: FileRemarks;
}

type Match = readonly [rule: CompiledRule, captures: Captures];

export class RuleSet {
  readonly #rules: readonly CompiledRule[];
  readonly #paths = new Memo<PathRules>(RULED_PATHS_MAX, RULED_PATH_CHARACTERS_MAX);
  /** By the numbers of the rules that match. One object each: a response that is kept with its headers is sent for the same ones. */
  readonly #common = new Memo<CommonRules>(RULED_PATHS_MAX);
  readonly #fallbackRemarks: FileRemarks;
  /** The same for paths behind a password: that they lead to nothing is told to who has it, and not to a shared cache. */
  readonly #privateFallbackRemarks: FileRemarks;

  /**
   * @param fallback  the page of paths that name no file: it has the remarks of its own path, not of the one that was asked for
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

  /** What is no name is matched by what matches everything, and by nothing else. */
  #matches(name: string | typeof UNNAMED): Match[] {
    const segments = name?.split('/');
    const matches: Match[] = [];
    for (const rule of this.#rules) {
      if (rule.needsHashedName && (name === UNNAMED || !hasHashedName(name))) continue;
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

function capturesOf({ patterns }: CompiledRule, path: readonly string[] | typeof UNNAMED): Captures | undefined {
  for (const pattern of patterns) {
    const captures = path === UNNAMED ? (pattern.isEverything ? [''] : undefined) : pattern.match(path);
    if (captures !== undefined) return captures;
  }
  return undefined;
}

/** What the last rule says that says anything; undefined, too, where that is `false`. */
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
  // For answers that say nothing themselves: a redirect or a 404 may be cached, too (RFC 9110 §15.1).
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
 * Without what would let a shared cache give it to those who have no password: "public", "must-revalidate" and "s-maxage" do (RFC
 * 9111 §3.5). `Vary: Authorization` is not needed with it, and would only keep browsers from using what they have.
 */
function forOneUser(cacheControl: string): string {
  const directives = cacheControl
    .split(',')
    .map((directive) => directive.trim())
    .filter((directive) => !/^(?:public|private|must-revalidate|s-maxage\s*=.*)$/i.test(directive));
  return ['private', ...directives].join(', ');
}
