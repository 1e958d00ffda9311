/** Reads a configuration file: TOML, or JSON where its name ends so. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse as parseToml, TomlError } from 'smol-toml';
import { CONFIG_BYTES_MAX } from '../../limits.js';
import { checkShape } from '../../sites/option-errors.js';
import { type ConfigFile, configSchema } from './config-schema.js';
import { SETTING_HINT, UserError } from './user-error.js';

/**
 * What the file says, with its paths made absolute: they are relative to its folder.
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
  return withAbsolutePaths(options as ConfigFile, dirname(resolve(path)));
}

function textOf(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new UserError(
        `there is no file ${path || 'without a name'}`,
        'give the path of a configuration file to --config',
      );
    if (code === 'EISDIR')
      throw new UserError(`${path} is a folder`, 'give the path of a configuration file to --config');
    throw new UserError(`${path} may not be read (${code})`, `look at its rights: ls -l ${path}`);
  }
  if (bytes.length > CONFIG_BYTES_MAX) {
    throw new UserError(`${path} has more than ${CONFIG_BYTES_MAX} bytes`, 'is it a configuration file?');
  }
  return bytes.toString('utf8').replace(/^\ufeff/, ''); // of editors on Windows
}

function tomlOf(path: string, text: string): unknown {
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ''] = error.message.split('\n'); // the lines behind it show the place
    const what = reason.replace(/^Invalid TOML document: /, '');
    throw new UserError(`${path}:${error.line}:${error.column}: no TOML: ${what}`, 'https://toml.io has the language');
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
    throw new UserError(`${path}${at}: no JSON: ${what}`, 'commas stand between, and not behind the last');
  }
}

function lineAndColumn(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n');
  return `${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
}

/** @param folder  where relative paths begin */
export function withAbsolutePaths(file: ConfigFile, folder: string): ConfigFile {
  const from = (path: string): string => resolve(folder, path);
  const log = (path: string, ...words: readonly string[]): string => (words.includes(path) ? path : from(path));
  return {
    ...file,
    ...(file.root !== undefined && { root: from(file.root) }),
    ...(file.sites && { sites: file.sites.map((site) => ({ ...site, root: from(site.root) })) }),
    ...(file.accessLog !== undefined && { accessLog: log(file.accessLog, 'stdout', 'off') }),
    ...(file.errorLog !== undefined && { errorLog: log(file.errorLog, 'stderr') }),
  };
}
