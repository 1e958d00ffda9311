#!/usr/bin/env node
/** The command: `epoll-reactor`. */
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { serveCommand } from './serve-command.js';
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
  .version(version)
  .showHelpAfterError('Try epoll-reactor --help.')
  .action(serveCommand);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`epoll-reactor: ${error.message}\n  ${error.hint}`);
  process.exitCode = 1;
}
