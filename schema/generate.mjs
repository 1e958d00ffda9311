/**
 * Writes config.schema.json: the schema that the command checks a configuration file by (src/daemon/config/config-schema.ts), for editors.
 * What is said of a key is what its docstring says, or the help of its flag.
 *
 *     npm run build:schema               after npm run build
 *     node schema/generate.mjs --check   exits with 1 where the file is not what it would write
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { configSchema } from '../dist/daemon/config/config-schema.js';
import { OPTIONS } from '../dist/daemon/config/options.js';

const FILE = new URL('config.schema.json', import.meta.url);

const CONFIG = docstrings('daemon/config/config-schema.ts', 'ConfigFile');
const SITE = {
  ...docstrings('files/file-options.ts', 'FileHandlerOptions'),
  ...docstrings('sites/site-options.ts', 'SiteOptions'),
};
const RULE = docstrings('sites/site-options.ts', 'Rule');
const FLAGS = Object.fromEntries(OPTIONS.map(({ key, description }) => [key, sentence(description)]));

/** Of the keys of an object, by where the object stands: the keys of others above it, with neither numbers nor alternatives. */
const DESCRIPTIONS = {
  '': { ...FLAGS, ...CONFIG, ...SITE },
  listen: docstrings('daemon/config/config-schema.ts', 'ListenTable'),
  limits: docstrings('limits.ts', 'DEFAULT_LIMITS'),
  sites: SITE,
  rules: RULE,
  'rules.cors': docstrings('sites/cors.ts', 'CorsOptions'),
  'rules.auth': docstrings('sites/site-options.ts', 'AuthOptions'),
  'rules.redirect': docstrings('sites/site-options.ts', 'RedirectOptions'),
};
for (const [at, those] of Object.entries(DESCRIPTIONS)) if (at.startsWith('rules')) DESCRIPTIONS[`sites.${at}`] = those;

/** What an interface, or an object, says of its keys. */
function docstrings(path, name) {
  const source = readFileSync(new URL(`../src/${path}`, import.meta.url), 'utf8');
  const [, body] = new RegExp(`^export (?:interface|const) ${name}\\b[^\\n]*\\{\\n(.*?)^\\}`, 'ms').exec(source) ?? [];
  if (body === undefined) throw new Error(`${path} has no ${name}`);
  const texts = {};
  for (const [, text, key] of body.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s*(?:readonly )?([\w$]+)\??:/gs)) {
    const plain = text
      .replaceAll(/\n\s*\*/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim();
    texts[key] = plain.replaceAll(/ \([\w/-]+\.ts\)/g, ''); // where the code is helps nobody who writes a file
  }
  return texts;
}

function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** @returns  the schema, with what is said of its keys, and of those within */
function described(schema, at = '') {
  const { properties, items, anyOf, allOf } = schema;
  const texts = DESCRIPTIONS[at] ?? {};
  const within = (key) => (at === '' ? key : `${at}.${key}`);
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, value]) => {
          const { $schema: _, ...inner } = described(value, within(key));
          if (texts[key] === undefined) throw new Error(`nothing is said of ${within(key)}`);
          return [key, { description: texts[key], ...inner }];
        }),
      ),
    }),
    ...(items && { items: described(items, at) }),
    ...(anyOf && { anyOf: anyOf.map((each) => described(each, at)) }),
    ...(allOf && { allOf: allOf.map((each) => described(each, at)) }),
  };
}

const { $schema, ...schema } = described(toJsonSchema(configSchema, { target: 'draft-07', errorMode: 'throw' }));
const text = `${JSON.stringify({ $schema, title: 'A configuration of epoll-reactor', ...schema }, null, 2)}\n`;

if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (readFileSync(FILE, 'utf8') !== text) {
  console.error('schema/config.schema.json is not what src/ says: npm run build:schema');
  process.exitCode = 1;
}
