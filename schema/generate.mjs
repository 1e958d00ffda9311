/**
 * Writes what follows from the table of options (src/daemon/config/options.ts): config.schema.json, by which editors check a
 * configuration file, and the options of the manual page.
 *
 *     npm run build:schema
 *     node schema/generate.mjs --check   exits with 1 where a file is not what it would write
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { importSource } from '../scripts/import-source.mjs';

const { configSchema } = await importSource('src/daemon/config/config-schema.ts');
const { defaultOf, flagOf, GROUPS, OPTIONS } = await importSource('src/daemon/config/options.ts');

const SCHEMA = new URL('config.schema.json', import.meta.url);
const PAGE = new URL('../man/epoll-reactor.1', import.meta.url);

const SITE = {
  ...docstrings('files/file-options.ts', 'FileHandlerOptions'),
  ...docstrings('sites/site-options.ts', 'SiteOptions'),
};
const RULE = docstrings('sites/site-options.ts', 'Rule');
const FLAGS = Object.fromEntries(OPTIONS.map((option) => [option.key, sentencesOf(option).join(' ')]));

/** Of the keys of an object, by where the object stands: the keys of others above it, with neither numbers nor alternatives. */
const DESCRIPTIONS = {
  '': { ...FLAGS, ...docstrings('daemon/config/config-schema.ts', 'ConfigFile'), ...SITE },
  listen: docstrings('daemon/config/value-shapes.ts', 'ListenTable'),
  redirectHttp: docstrings('daemon/config/value-shapes.ts', 'ListenTable'),
  tls: docstrings('daemon/config/value-shapes.ts', 'CertificateFiles'),
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

/** The help of an option, as sentences. */
function sentencesOf(option) {
  const { description, details, isList } = option;
  const sentences = [`${description.charAt(0).toUpperCase()}${description.slice(1)}.`];
  if (details !== undefined) sentences.push(details);
  const text = defaultOf(option);
  if (text !== undefined) sentences.push(`Default: ${text}.`);
  return isList ? [...sentences, 'Several can be given.'] : sentences;
}

/** The options of the manual page, in mdoc(7): each sentence begins a line. */
function manualOptions() {
  const item = (option) => {
    const { value = '', choices } = option;
    const argument = choices ? ` Cm ${choices.join(' | ')}` : value && ` Ar ${value.replace('=', ' Ns = Ns Ar ')}`;
    const short = option.short === undefined ? '' : `${option.short} , Fl `;
    return [`.It Fl ${short}${flagOf(option).slice(1).split(' ')[0]}${argument}`, ...sentencesOf(option)].join('\n');
  };
  const groups = Object.entries(GROUPS).map(([heading, options]) => {
    return [`${heading}:`, '.Bl -tag -width Ds', ...options.map(item), '.El', '.Pp'].join('\n');
  });
  return `${groups.join('\n')}\n`;
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
const page = readFileSync(PAGE, 'utf8');
const written = [
  [SCHEMA, `${JSON.stringify({ $schema, title: 'A configuration of epoll-reactor', ...schema }, null, 2)}\n`],
  [PAGE, page.replace(/^Where to listen:\n.*?(?=^Configuration, and the rest:)/ms, () => manualOptions())],
];

for (const [file, text] of written) {
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${file.pathname.split('/').slice(-2).join('/')} is not what src/ says: npm run build:schema`);
    process.exitCode = 1;
  }
}
