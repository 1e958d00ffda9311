/** Reads a configuration file: TOML, or JSON where its name ends so. */
import { dirname, resolve } from 'node:path';
import { parse as parseToml, TomlError } from 'smol-toml';
import { checkShape } from '../../sites/check-shape.js';
import { type ConfigFile, configSchema } from './config-schema.js';
import { readSmallFile } from './small-file.js';
import { SETTING_HINT, UserError } from './user-error.js';

/** A file with a thousand rules has 200 KB. */
const CONFIG_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The options of the file, with absolute paths: in the file they are relative to its folder.
 * @throws  UserError
 */
export function readConfigFile(path: string): ConfigFile {
  const options = path.endsWith('.json') ? jsonOf(path, textOf(path)) : tomlOf(path, textOf(path));
  if (Array.isArray(options)) throw new UserError(`${path}: expected an object, got a list`, SETTING_HINT);
  try {
    checkShape(configSchema, options, []);
  } catch (error) {
    throw new UserError(`${path}: ${(error as Error).message}`, SETTING_HINT);
  }
  return withAbsolutePaths(options as ConfigFile, dirname(path));
}

function textOf(path: string): string {
  const bytes = readSmallFile(path, {
    bytesMax: CONFIG_BYTES_MAX,
    kind: 'configuration file',
    hint: 'give the path of a configuration file to --config',
  });
  return bytes.toString('utf8').replace(/^\ufeff/, ''); // of editors on Windows
}

function tomlOf(path: string, text: string): unknown {
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ''] = error.message.split('\n'); // the lines after it show the place
    const what = reason.replace(/^Invalid TOML document: /, '');
    throw new UserError(
      `${path}:${error.line}:${error.column}: invalid TOML: ${what}`,
      'https://toml.io has the language',
    );
  }
}

function jsonOf(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const what = message.replace(/, (?:\.\.\.)?".*/s, '').replace(/ \(line .*/, ''); // it quotes lines of the file
    const [, position] = / at position (\d+)/.exec(message) ?? [];
    const at = position === undefined ? '' : `:${lineAndColumn(text, Number(position))}`;
    throw new UserError(`${path}${at}: invalid JSON: ${what}`, 'commas stand between, and not behind the last');
  }
}

function lineAndColumn(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n');
  return `${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
}

/**
 * @param folder  where relative paths begin
 * @throws        UserError if that is the working folder, and it was removed
 */
export function withAbsolutePaths(file: ConfigFile, folder: string): ConfigFile {
  const from = (path: string): string => fromWorkingFolder(folder, path);
  const log = (path: string, ...words: readonly string[]): string => (words.includes(path) ? path : from(path));
  return {
    ...file,
    ...(file.root !== undefined && { root: from(file.root) }),
    ...(file.sites && { sites: file.sites.map((site) => ({ ...site, root: from(site.root) })) }),
    ...(file.tls && { tls: file.tls.map(({ cert, key }) => ({ cert: from(cert), key: from(key) })) }),
    ...(file.tlsCert !== undefined && { tlsCert: from(file.tlsCert) }),
    ...(file.tlsKey !== undefined && { tlsKey: from(file.tlsKey) }),
    ...(file.tlsClientCa !== undefined && { tlsClientCa: from(file.tlsClientCa) }),
    ...(file.accessLog !== undefined && { accessLog: log(file.accessLog, 'stdout', 'off') }),
    ...(file.errorLog !== undefined && { errorLog: log(file.errorLog, 'stderr') }),
  };
}

/** The working folder is looked up only for a path that begins there: if it was removed, other paths still work. */
function fromWorkingFolder(folder: string, path: string): string {
  try {
    return resolve(folder, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== 'uv_cwd') throw error;
    throw new UserError(`${path} is relative to the working folder, which is gone`, 'give a path that begins with /');
  }
}
