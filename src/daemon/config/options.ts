/**
 * The options that flags and the environment can say: one table, from which come the flags of the command, its help, its
 * completions, and the names in the environment. What a value may be, the schema of the file says (config-schema.ts). Each has the name of its key in a configuration file: `shutdownGraceMs` is
 * `--shutdown-grace-ms` and EPOLL_REACTOR_SHUTDOWN_GRACE_MS.
 */
import { ACCESS_LOG_FORMATS, LOG_LEVELS, SANDBOX_MODES } from './config.js';

export interface Option {
  /** In a configuration file. */
  readonly key: string;
  /** What stands for the value in help; undefined: a switch. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** Digits stand for a number; elsewhere, as in the name of a user, they are text. */
  readonly isNumber?: boolean;
  /** It may be given several times; in the environment its values are separated by commas. */
  readonly isList?: boolean;
  readonly description: string;
}

export const PORT: Option = {
  key: 'port',
  value: 'PORT',
  isNumber: true,
  description: 'port to listen on; 0 lets the system choose (default: 9369)',
};

export const GROUPS: Readonly<Record<string, readonly Option[]>> = {
  'Where to listen': [
    { key: 'host', value: 'HOST', description: 'address or name to listen on (default: 127.0.0.1)' },
    PORT,
    {
      key: 'listen',
      value: 'ADDRESS',
      isList: true,
      description: 'instead of both: 127.0.0.1:9369, [::]:80 or unix:/run/site.sock; may be given again',
    },
    {
      key: 'trustedProxies',
      value: 'NETWORK',
      isList: true,
      description: 'believe these when they say for whom they ask: 10.0.0.0/8; may be given again',
    },
  ],
  'What to serve': [
    { key: 'index', value: 'NAME', description: 'the page of a folder (default: index.html)' },
    { key: 'cleanUrls', description: 'serve /page from page.html' },
    {
      key: 'fallback',
      value: 'FILE',
      description: 'answer what names no file with this one: for applications with routes of their own',
    },
    { key: 'notFoundPage', value: 'FILE', description: 'the text of a 404' },
    { key: 'listing', description: 'list folders that have no page' },
    { key: 'dotFiles', description: 'serve names that begin with a dot, too' },
    { key: 'followSymlinks', description: 'treat symbolic links as if they were not there' },
    {
      key: 'precompressed',
      description: 'send name.br, name.zst, name.gz for name, where they are there and not older',
    },
    { key: 'compress', description: 'compress text for those who understand it, once, and keep the result' },
  ],
  'How to run': [
    {
      key: 'workers',
      value: 'N',
      isNumber: true,
      description:
        'processes that serve, under one that watches them; auto: one for each processor (default: 0, this one)',
    },
    { key: 'user', value: 'NAME', description: 'whose rights to serve with, once the ports are open' },
    { key: 'group', value: 'NAME', description: 'with the rights of which group (default: that of the user)' },
    {
      key: 'sandbox',
      value: 'MODE',
      choices: SANDBOX_MODES,
      description: 'give up all rights that serving does not need (default: on, as far as the kernel can)',
    },
    {
      key: 'shutdownGraceMs',
      value: 'MS',
      isNumber: true,
      description: 'how long responses may go on after SIGTERM (default: 8000)',
    },
    {
      key: 'limits',
      value: 'NAME=N',
      isList: true,
      description: 'what clients are held to, such as connectionsMax=10000 or =inf; may be given again',
    },
  ],
  'What to tell': [
    { key: 'accessLog', value: 'PATH', description: 'write each request there; stdout or off will do (default: off)' },
    {
      key: 'accessLogFormat',
      value: 'FORMAT',
      choices: ACCESS_LOG_FORMATS,
      description: 'the form of its lines (default: combined)',
    },
    { key: 'errorLog', value: 'PATH', description: 'write what goes wrong there (default: stderr)' },
    { key: 'logLevel', value: 'LEVEL', choices: LOG_LEVELS, description: 'how much is written there (default: info)' },
    {
      key: 'admin',
      value: 'ADDRESS',
      isList: true,
      description: 'tell health and metrics there, on this machine only (default: nowhere)',
    },
  ],
};

export const OPTIONS: readonly Option[] = Object.values(GROUPS).flat();

/** The folder, which is no flag, but the first argument. */
export const ROOT: Option = { key: 'root', value: 'DIR', description: 'the folder to serve' };

/** `--clean-urls`; what is true by default has a flag to take it back. */
export function flagOf({ key, value }: Option): string {
  const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (key === 'followSymlinks') return `--no-${name}`;
  if (key === 'limits') return `--limit <${value}>`;
  return value === undefined ? `--${name}` : `--${name} <${value}>`;
}

export function environmentNameOf({ key }: Option): string {
  return `EPOLL_REACTOR_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
