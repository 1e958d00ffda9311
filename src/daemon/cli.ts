#!/usr/bin/env node
/** The command: `epoll-reactor`. Each of its actions is loaded when it is asked for. */
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import type { ModelOptions } from './model-command.js';
import type { ServeOptions } from './serve-command.js';
import { UserError } from './user-error.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

const program = new Command('epoll-reactor')
  .description('Serves a folder over HTTP, from one thread that waits in epoll.')
  .argument('[DIR]', 'the folder to serve (default: the sample site of the package)')
  .option('--host <HOST>', 'address or name to listen on', '127.0.0.1')
  .option('--port <PORT>', 'port to listen on; 0 lets the system choose', parsePort, 9369)
  .option('--workers <N>', 'processes that serve', Number)
  .option('--index <NAME>', 'the page of a folder', 'index.html')
  .option('--clean-urls', 'serve /page from page.html')
  .option('--fallback <FILE>', 'answer what names no file with this one: for applications with routes of their own')
  .option('--not-found-page <FILE>', 'the text of a 404')
  .option('--listing', 'list folders that have no page')
  .option('--dot-files', 'serve names that begin with a dot, too')
  .option('--no-follow-symlinks', 'treat symbolic links as if they were not there')
  .option('--precompressed', 'send name.br, name.zst, name.gz for name, where they are there and not older')
  .option('--compress', 'compress text for those who understand it, once, and keep the result')
  .version(version)
  .enablePositionalOptions()
  .showHelpAfterError('Try epoll-reactor --help.')
  .action(async (folder: string | undefined, options: ServeOptions) => {
    const { serveCommand } = await import('./serve-command.js');
    await serveCommand(folder, options);
  });

program
  .command('model')
  .description('Runs one of the servers of the tutorial, to watch and to measure.')
  .argument('[NAME]', 'which; --list tells')
  .argument('[DIR]', 'the folder to serve (default: the sample site of the package)')
  .option('--port <PORT>', 'port on 127.0.0.1 to listen on; 0 lets the system choose', parsePort, 9369)
  .option('--trace', 'print each system call as it is made')
  .option('--list', 'say what each model teaches')
  .action(runModel);

interface ModelFlags extends ModelOptions {
  readonly trace?: true;
  readonly list?: true;
}

async function runModel(name: string | undefined, folder: string | undefined, flags: ModelFlags): Promise<void> {
  // Before the addon is loaded, which looks for it; threads and processes of the model inherit it.
  if (flags.trace) process.env['EPOLL_REACTOR_TRACE'] = '1';
  const { listModels, modelCommand } = await import('./model-command.js');
  if (flags.list || name === undefined) listModels();
  else await modelCommand(name, folder, flags);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof UserError) console.error(`epoll-reactor: ${error.message}\n  ${error.hint}`);
  else if ((error as NodeJS.ErrnoException).code === 'ERR_ADDON_NOT_BUILT')
    console.error(`epoll-reactor: ${(error as Error).message}`);
  else throw error;
  process.exitCode = 1;
}
