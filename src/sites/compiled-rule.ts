/** Compiles a rule from its options, and reports every mistake in it. */
import { isToken } from '../http/tokens.js';
import { impossibleOption, type OptionPath, wrongOption } from '../options/option-errors.js';
import { BasicAuth } from './basic-auth.js';
import { Cors, type CorsOptions } from './cors.js';
import { type PasswordHash, PasswordHashError, parsePasswordHash, preparedPassword } from './password-hash.js';
import { PathPattern, PatternError } from './path-pattern.js';
import { RedirectTemplate, RewriteTemplate, TemplateError } from './path-template.js';
import { checkHeader, checkHeaderValue } from './rule-headers.js';
import type { AuthOptions, Rule } from './site-options.js';

/** A member that is `false` undoes the setting of an earlier rule; undefined sets nothing. */
export interface CompiledRule {
  /** Its place among the rules. */
  readonly index: number;
  readonly patterns: readonly PathPattern[];
  readonly needsHashedName: boolean;
  readonly headers: readonly (readonly [name: string, value: string | false])[];
  readonly cacheControl: string | false | undefined;
  readonly contentType: string | false | undefined;
  readonly cors: Cors | false | undefined;
  readonly auth: BasicAuth | false | undefined;
  readonly redirect: { readonly template: RedirectTemplate; readonly status: number } | false | undefined;
  readonly rewrite: RewriteTemplate | false | undefined;
}

const REDIRECT_STATUS = 302;

/**
 * @param rule  of the right shape
 * @throws      TypeError naming the option
 */
export function compileRule(rule: Rule, index: number, at: OptionPath): CompiledRule {
  const { path, headers = {}, cacheControl, contentType } = rule;
  const patterns =
    typeof path === 'string'
      ? [patternOf(path, [...at, 'path'])]
      : path.map((one, place) => patternOf(one, [...at, 'path', place]));
  for (const [name, value] of Object.entries(headers)) checkHeader(name, value, [...at, 'headers', name]);
  checkOptionalValue('Cache-Control', cacheControl, [...at, 'cacheControl']);
  checkOptionalValue('Content-Type', contentType, [...at, 'contentType']);
  return {
    index,
    patterns,
    needsHashedName: rule.hashedNames === true,
    headers: Object.entries(headers),
    cacheControl,
    contentType,
    cors: rule.cors && corsOf(rule.cors, [...at, 'cors']),
    auth: rule.auth && authOf(rule.auth, [...at, 'auth']),
    redirect: rule.redirect && {
      template: templateOf(RedirectTemplate, rule.redirect.to, patterns, [...at, 'redirect', 'to']),
      status: rule.redirect.status ?? REDIRECT_STATUS,
    },
    rewrite:
      typeof rule.rewrite === 'string'
        ? templateOf(RewriteTemplate, rule.rewrite, patterns, [...at, 'rewrite'])
        : rule.rewrite,
  };
}

function patternOf(pattern: string, at: OptionPath): PathPattern {
  return orExplained(() => new PathPattern(pattern), PatternError, pattern, at);
}

function templateOf<Template extends { readonly starsMax: number }>(
  Kind: new (to: string) => Template,
  to: string,
  patterns: readonly PathPattern[],
  at: OptionPath,
): Template {
  const template = orExplained(() => new Kind(to), TemplateError, to, at);
  const starCount = Math.min(...patterns.map((pattern) => pattern.starCount));
  if (template.starsMax <= starCount) return template;
  throw wrongOption(
    at,
    starCount === 0 ? 'no $, since the path has no star' : `$1 to $${starCount} at most, for the stars of the path`,
    to,
  );
}

function checkOptionalValue(name: string, value: string | false | undefined, at: OptionPath): void {
  if (value === undefined || value === false) return;
  if (value.trim() === '') throw wrongOption(at, 'something to say', value);
  checkHeaderValue(name, value, at);
}

function corsOf(options: CorsOptions, at: OptionPath): Cors {
  const { origins, methods = [], requestHeaders, exposedHeaders, credentials } = options;
  if (origins !== '*') {
    for (const [index, origin] of origins.entries()) checkOrigin(origin, [...at, 'origins', index]);
  }
  checkTokens(methods, [...at, 'methods']);
  for (const [key, names] of Object.entries({ requestHeaders, exposedHeaders })) {
    if (names !== undefined && names !== '*') checkTokens(names, [...at, key]);
    // With credentials, "*" means a header of that name (Fetch, "CORS protocol and credentials").
    if (names === '*' && credentials === true)
      throw impossibleOption([...at, key], '"*" has no meaning with credentials');
  }
  if (origins === '*' && credentials === true) {
    throw impossibleOption([...at, 'credentials'], 'cannot be allowed to all origins: list those that are trusted');
  }
  return new Cors(options);
}

function checkOrigin(origin: string, at: OptionPath): void {
  // An origin must be written as a browser writes it: scheme and host in lower case, no default port, no slash.
  const written = URL.canParse(origin) ? new URL(origin).origin : undefined;
  if (origin !== '*' && origin.includes('*')) throw wrongOption(at, 'an origin without a star', origin);
  if (written === origin && written !== 'null') return;
  const hint =
    written === undefined || written === 'null' ? 'an origin such as "https://app.example"' : JSON.stringify(written);
  throw wrongOption(at, hint, origin);
}

function checkTokens(names: readonly string[], at: OptionPath): void {
  names.forEach((name, index) => {
    if (!isToken(name)) throw wrongOption([...at, index], 'a name without spaces', name);
  });
}

function authOf({ realm, users }: AuthOptions, at: OptionPath): BasicAuth {
  checkHeaderValue('WWW-Authenticate', realm, [...at, 'realm']);
  const hashes = new Map<string, PasswordHash>();
  for (const [user, hash] of Object.entries(users)) {
    const here = [...at, 'users', user];
    const name = preparedPassword(user);
    if (name === undefined || user.includes(':')) {
      throw impossibleOption(here, 'a name has no colon and no control characters (RFC 7617 §2)');
    }
    hashes.set(
      name,
      orExplained(() => parsePasswordHash(hash), PasswordHashError, hash, here),
    );
  }
  if (hashes.size === 0) throw wrongOption([...at, 'users'], 'at least one user', users);
  return new BasicAuth(realm, hashes);
}

function orExplained<Result>(
  make: () => Result,
  Expected: new (message: string) => Error,
  value: unknown,
  at: OptionPath,
): Result {
  try {
    return make();
  } catch (error) {
    throw error instanceof Expected ? wrongOption(at, error.message, value) : error;
  }
}
