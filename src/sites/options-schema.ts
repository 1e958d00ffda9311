/**
 * The shape of a site's options: the keys, and the type of each. The code that uses a value checks its meaning. It is a
 * valibot schema, so that it can be published as JSON Schema. Each text names the expected value.
 */
import * as v from 'valibot';
import type { CorsOptions } from './cors.js';
import type { AuthOptions, RedirectOptions, Rule, SiteOptions } from './site-options.js';

/** The most sites of a server, and hosts of a site. */
const SITES_MAX = 1_000;
const HOSTS_MAX = 1_000;

/** The most rules of a site: for a path that is not remembered, each is tried. */
export const RULES_MAX = 1_000;

/** Length of a pattern, and of the target of a redirect or a rewrite. */
export const PATTERN_CHARACTERS_MAX = 1_024;

/** A schema for every key of an interface, so that no option is forgotten. */
type Entries<Options> = Record<keyof Options, v.GenericSchema>;

const REDIRECT_STATUSES = [301, 302, 303, 307, 308] as const;

const flag = v.optional(v.boolean('true or false'));
const fileName = v.optional(v.pipe(v.string('the name of a file'), v.regex(/^[^\0]+$/, 'the name of a file')));
const pattern = v.pipe(
  v.string('a pattern of paths'),
  v.maxLength(PATTERN_CHARACTERS_MAX, `a pattern of at most ${PATTERN_CHARACTERS_MAX} characters`),
);

function names(what: string) {
  return v.array(v.string(`a ${what}`), `a list of ${what}s`);
}

/** An object with these keys only. */
function object(entries: v.ObjectEntries): v.GenericSchema {
  return v.strictObject(entries, Object.keys(entries).join(', '));
}

/** `false` undoes the setting of an earlier rule. */
function orFalse(schema: v.GenericSchema, expected: string): v.GenericSchema {
  return v.optional(v.union([v.literal(false), schema], `${expected}, or false`));
}

const CORS = {
  origins: v.union(
    [v.literal('*'), v.pipe(v.array(v.string('an origin')), v.minLength(1, 'at least one origin'))],
    'a list of origins, or "*"',
  ),
  methods: v.optional(names('method')),
  requestHeaders: v.optional(v.union([v.literal('*'), names('name')], 'a list of names, or "*"')),
  exposedHeaders: v.optional(v.union([v.literal('*'), names('name')], 'a list of names, or "*"')),
  credentials: flag,
  maxAgeSeconds: v.optional(
    v.pipe(
      v.number('a number of seconds'),
      v.integer('a whole number of seconds'),
      v.minValue(0, 'a whole number of seconds from 0'),
    ),
  ),
} satisfies Entries<CorsOptions>;

const AUTH = {
  realm: v.string('a text for people'),
  users: v.record(v.string(), v.string('the hash of a password'), 'names of users with the hashes of their passwords'),
} satisfies Entries<AuthOptions>;

const REDIRECT = {
  to: pattern,
  status: v.optional(v.picklist(REDIRECT_STATUSES, '301, 302, 303, 307 or 308')),
} satisfies Entries<RedirectOptions>;

const RULE = {
  path: v.union(
    [pattern, v.pipe(v.array(pattern), v.minLength(1, 'at least one pattern'))],
    'a pattern of paths, or a list',
  ),
  hashedNames: v.optional(v.literal(true, 'true, or nothing')),
  headers: v.optional(
    v.record(
      v.string(),
      v.union([v.literal(false), v.string()], 'a text, or false'),
      'names of headers with their values',
    ),
  ),
  cacheControl: orFalse(v.string(), 'directives such as "no-cache"'),
  contentType: orFalse(v.string(), 'a media type'),
  cors: orFalse(object(CORS), 'origins and what they may do'),
  auth: orFalse(object(AUTH), 'a realm and its users'),
  redirect: orFalse(object(REDIRECT), 'an object such as { to: "/new/$1" }'),
  rewrite: orFalse(pattern, 'a path'),
} satisfies Entries<Rule>;

export const siteEntries = {
  root: v.pipe(v.string('a folder'), v.minLength(1, 'a folder')),
  hosts: v.optional(
    v.pipe(names('host'), v.minLength(1, 'at least one host'), v.maxLength(HOSTS_MAX, `at most ${HOSTS_MAX} hosts`)),
  ),
  rules: v.optional(
    v.pipe(v.array(object(RULE), 'a list of rules'), v.maxLength(RULES_MAX, `at most ${RULES_MAX} rules`)),
  ),
  index: fileName,
  cleanUrls: flag,
  fallback: fileName,
  single: flag,
  notFoundPage: fileName,
  listing: flag,
  dotFiles: flag,
  followSymlinks: flag,
  precompressed: flag,
  compress: flag,
} satisfies Entries<SiteOptions>;

export const siteSchema = object(siteEntries);

export const sitesSchema = v.pipe(
  v.array(siteSchema, 'a list of sites'),
  v.minLength(1, 'at least one site'),
  v.maxLength(SITES_MAX, `at most ${SITES_MAX} sites`),
);
