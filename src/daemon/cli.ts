#!/usr/bin/env node
/** The command: `epoll-reactor`. Each of its actions is loaded when it is asked for. */
import { readFileSync } from 'node:fs';
import { Command, Option as Flag, InvalidArgumentError } from 'commander';
import type { ModelOptions } from './model-command.js';
import { flagOf, GROUPS, OPTIONS, type Option, parsePort } from './options.js';
import type { Flags } from './read-config.js';
import { UserError } from './user-error.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('epoll-reactor')
  .description('Serves a folder over HTTP, from threads that wait in epoll.')
  .argument('[DIR]', 'the folder to serve (default: the sample site of the package)')
  .version(version)
  .enablePositionalOptions()
  .showHelpAfterError('Try epoll-reactor --help.')
  .action(runServer);

for (const [group, options] of Object.entries(GROUPS)) {
  for (const option of options) program.addOption(toFlag(option).helpGroup(`${group}:`));
}
program
  .addOption(new Flag('--config <FILE>', 'read all of this from a file: TOML, or JSON').helpGroup('Configuration:'))
  .addOption(new Flag('--check', 'say whether it can be served so, and end').helpGroup('Configuration:'))
  .addOption(new Flag('--print-config', 'say what it all comes to, as TOML, and end').helpGroup('Configuration:'));

/** Of the table, for the library. */
function toFlag(option: Option): Flag {
  const flag = new Flag(flagOf(option), option.description);
  if (option.choices !== undefined) flag.choices([...option.choices]);
  else if (option.value !== undefined) {
    flag.argParser((text: string, before: unknown) => {
      const value = parsed(option, text);
      return option.isList === true ? [...((before as unknown[]) ?? []), value] : value;
    });
  }
  flag.attributeName = () => option.key; // also where the flag is called otherwise: --limit, --no-follow-symlinks
  return flag;
}

function parsed({ parse = String }: Option, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

async function runServer(folder: string | undefined): Promise<void> {
  const flags: Record<string, unknown> = {};
  for (const { key } of OPTIONS) {
    if (program.getOptionValueSource(key) === 'cli') flags[key] = program.getOptionValue(key);
  }
  const { config, check, printConfig } = program.opts<{ config?: string; check?: true; printConfig?: true }>();
  const sources = { folder, configFile: config, flags: flags as Flags, environment: process.env };
  if (check || printConfig) {
    const { checkCommand } = await import('./check-command.js');
    await checkCommand(sources, printConfig === true);
  } else {
    const { serveCommand } = await import('./serve-command.js');
    await serveCommand(sources);
  }
}

program
  .command('model')
  .description('Runs one of the servers of the tutorial, to watch and to measure.')
  .argument('[NAME]', 'which; --list tells')
  .argument('[DIR]', 'the folder to serve (default: the sample site of the package)')
  .addOption(
    new Flag('--port <PORT>', 'port on 127.0.0.1 to listen on; 0 lets the system choose')
      .argParser((text) => parsed({ key: 'port', description: '', parse: parsePort }, text))
      .default(9369),
  )
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

program
  .command('hash-password')
  .description('Reads a password from the terminal, or a line of stdin, and prints its hash for a rule with auth.')
  .action(async () => (await import('./hash-password-command.js')).hashPasswordCommand());

program
  .command('completion')
  .description('Prints a script that completes this command in a shell: eval "$(epoll-reactor completion bash)".')
  .addArgument(program.createArgument('<SHELL>').choices(['bash', 'zsh', 'fish']))
  .action(async (shell: 'bash' | 'zsh' | 'fish') => {
    const { completionScript } = await import('./completion.js');
    process.stdout.write(completionScript(program, shell));
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof UserError) console.error(`epoll-reactor: ${error.message}\n  ${error.hint}`);
  else if ((error as NodeJS.ErrnoException).code === 'ERR_ADDON_NOT_BUILT')
    console.error(`epoll-reactor: ${(error as Error).message}`);
  else throw error;
  process.exit(1); // whatever is open by now: nothing is to be half-started
}
