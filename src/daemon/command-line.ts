/** The command: `epoll-reactor`. Each of its actions is loaded only when it runs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option as Flag } from 'commander';
import { PACKAGE_FOLDER } from '../native/package-folder.js';
import { nearestName } from '../options/nearest-name.js';
import type { Shell } from './completion.js';
import { isModule } from './config/is-module.js';
import { LANGUAGES, type Language } from './config/language.js';
import type { OptionText } from './config/option-value.js';
import { DEFAULTS, flagOf, GROUPS, helpOf, OPTIONS, type Option, optionOf } from './config/options.js';
import { UserError } from './config/user-error.js';
import type { LearnOptions } from './learn-command.js';
import { releaseSignals } from './signals.js';

const { version } = JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8')) as {
  version: string;
};

const program = new Command('epoll-reactor')
  .description('Serves a folder, or a module, over HTTP from one epoll loop, or one per worker process.')
  .argument(
    '[DIR]',
    'the folder to serve (default: the sample site of the package), or a module (app.mjs, app.ts) whose default export has fetch',
  )
  .option('-V, --version', 'print the versions of the package, Node, the kernel and libc, and the path of the addon')
  .enablePositionalOptions()
  .helpCommand('help [COMMAND]', 'Describes a command.')
  .showSuggestionAfterError(false)
  .configureOutput({ outputError: (text, write) => write(inOurForm(text)) })
  .addHelpText(
    'after',
    `
--access-log is accessLog in a file and EPOLL_REACTOR_ACCESS_LOG in the
environment. Flags override the environment, which overrides the file. More:
docs/configuration.md, man epoll-reactor.`,
  )
  .action(runServer)
  .hook('preSubcommand', releaseSignals);

for (const [group, options] of Object.entries(GROUPS)) {
  for (const option of options) program.addOption(toFlag(option).helpGroup(`${group}:`));
}
program
  .addOption(
    new Flag('-c, --config <FILE>', 'read options from FILE: TOML, or JSON if its name ends so').helpGroup(
      'Configuration:',
    ),
  )
  .addOption(
    new Flag('--xray', 'show the server at work on a page in a browser, and print its address').helpGroup(
      'How to run:',
    ),
  )
  .addOption(new Flag('--check', 'validate the configuration and exit').helpGroup('Configuration:'))
  .addOption(new Flag('--print-config', 'print all options as TOML and exit').helpGroup('Configuration:'));

/** The library passes the text on unchanged; read-config.ts checks it, as it does for other sources. */
function toFlag(option: Option): Flag {
  const flag = new Flag(
    option.short === undefined ? flagOf(option) : `-${option.short}, ${flagOf(option)}`,
    helpOf(option),
  );
  if (option.choices !== undefined) flag.argChoices = [...option.choices];
  if (option.isList === true) {
    flag.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text]);
  }
  flag.attributeName = () => option.key; // also if the flag has another name: --limit, --no-follow-symlinks
  return flag;
}

interface OtherFlags {
  readonly version?: true;
  readonly config?: string;
  readonly check?: true;
  readonly xray?: true;
  readonly printConfig?: true;
}

async function runServer(folder: string | undefined): Promise<void> {
  if (program.opts<OtherFlags>().version) {
    releaseSignals();
    return (await import('./version-command.js')).versionCommand(version);
  }
  if (folder !== undefined) refuseIfCommandWasMeant(folder);
  const flags: Record<string, OptionText> = {};
  for (const { key } of OPTIONS) {
    if (program.getOptionValueSource(key) === 'cli') flags[key] = program.getOptionValue(key) as OptionText;
  }
  const { config, check, printConfig, xray } = program.opts<OtherFlags>();
  const sources = { folder, configFile: config, flags, environment: process.env };
  if (check || printConfig) {
    releaseSignals();
    const { checkCommand } = await import('./check-command.js');
    await checkCommand(sources, printConfig === true);
  } else if (xray) {
    const { serveUnderXray } = await import('./xray-command.js');
    await serveUnderXray();
  } else {
    const sandbox = flags['sandbox'] ?? process.env['EPOLL_REACTOR_SANDBOX'];
    const root = folder ?? process.env['EPOLL_REACTOR_ROOT'] ?? '';
    await beginServer(sandbox ?? (isModule(root) ? 'off' : 'on'));
    const { serveCommand } = await import('./serve-command.js');
    await serveCommand(sources);
  }
}

/** A folder of that name may exist. */
function refuseIfCommandWasMeant(folder: string): void {
  const nearest = nearestName(folder, ['help', ...program.commands.map((command) => command.name())]);
  if (nearest === undefined || existsSync(folder)) return;
  throw new UserError(`there is no folder ${folder}`, `did you mean the command ${nearest}? Try epoll-reactor --help.`);
}

/**
 * Before a server has read or opened anything.
 * @param sandbox  what arguments and environment say; the file is not read yet
 */
async function beginServer(sandbox: OptionText): Promise<void> {
  const { inheritedFds } = await import('./inherited-fds.js');
  const { refuseInspector } = await import('./sandbox/inspector.js');
  const { restartWithoutIoUring } = await import('./sandbox/io-uring.js');
  // Signals that have come take effect now: the restart would lose them.
  await new Promise((resolve) => setImmediate(resolve));
  refuseInspector();
  if (sandbox !== 'off') restartWithoutIoUring(inheritedFds()); // a module keeps the rights of its user
}

program
  .command('model')
  .alias('models')
  .description('Runs a server of the tutorial, to watch and to measure.')
  .argument('[NAME]', 'its name, from --list')
  .argument('[DIR]', 'the folder to serve (default: the sample site of the package)')
  .addOption(
    new Flag('--port <PORT>', 'port on 127.0.0.1 to listen on; 0 lets the system choose').default(
      `${DEFAULTS.port}`,
      `${DEFAULTS.port}`,
    ),
  )
  .option('--trace', 'print each system call as it is made')
  .option('--no-length', 'send no Content-Length, so that the client waits for the end of the connection')
  .option('--list', 'list the models and what each teaches')
  .addOption(languageFlag())
  .action(runModel);

function languageFlag(): Flag {
  return new Flag('--lang <LANG>', 'language of the texts (default: that of the environment)').choices(LANGUAGES);
}

interface ModelFlags {
  readonly port: string;
  readonly trace?: true;
  readonly length: boolean;
  readonly list?: true;
  readonly lang?: Language;
}

async function runModel(name: string | undefined, folder: string | undefined, flags: ModelFlags): Promise<void> {
  // Before the modules are loaded that look for these; threads and processes of the model inherit them.
  if (flags.trace) process.env['EPOLL_REACTOR_TRACE'] = '1';
  if (!flags.length) process.env['EPOLL_REACTOR_NO_LENGTH'] = '1';
  const { listModels, modelCommand } = await import('./model-command.js');
  if (flags.list || name === undefined) listModels(flags.lang);
  else await modelCommand(name, folder, { port: await portOf(flags.port) });
}

program
  .command('xray')
  .description('Shows a server at work in the browser: its system calls, its interest set, its turns.')
  .argument(
    '[PROGRAM]',
    'a server of the tutorial (default: epoll), a folder, which the real server serves, or a recording (FILE.jsonl)',
  )
  .addOption(new Flag('--port <PORT>', 'port of the page on 127.0.0.1').default('0', 'the system chooses'))
  .option('--no-open', 'open no browser')
  .action(runXray);

interface XrayFlags {
  readonly port: string;
  readonly open: boolean;
}

async function runXray(shown: string | undefined, { port, open }: XrayFlags): Promise<void> {
  const { xrayCommand } = await import('./xray-command.js');
  await xrayCommand(shown, { port: await portOf(port), open });
}

async function portOf(text: string): Promise<number> {
  const { optionValue } = await import('./config/option-value.js');
  return optionValue(optionOf('port'), text, '--port') as number;
}

program
  .command('learn')
  .description('Writes exercises: servers that are broken on purpose. Each run prints what the kernel saw.')
  .argument('[DIR]', 'the folder for the exercises (default: epoll-exercises)')
  .addOption(languageFlag())
  .option(
    '--check [TIMES]',
    'test that each exercise fails at first, and that its solution passes TIMES times (default: 20)',
  )
  .action(async (folder: string | undefined, flags: LearnOptions) => {
    await (await import('./learn-command.js')).learnCommand(folder, flags);
  });

program
  .command('hash-password')
  .description('Reads a password from the terminal or stdin, and prints its hash for a rule with auth.')
  .action(async () => (await import('./hash-password-command.js')).hashPasswordCommand());

program
  .command('completion')
  .description('Prints a script that completes this command in a shell: eval "$(epoll-reactor completion bash)".')
  .addArgument(program.createArgument('<SHELL>').choices(['bash', 'zsh', 'fish']))
  .action(async (shell: Shell) => {
    const { completionScript } = await import('./completion.js');
    process.stdout.write(completionScript(program, shell));
  });

/** The library's errors, as ours. Its own suggestion for `--cores` would be `--port`. */
function inOurForm(text: string): string {
  const [error = ''] = text.trimEnd().split('\n');
  const [, unknown] = /unknown option '(--[^'=]+)/.exec(error) ?? [];
  const command = program.commands.find((each) => [each.name(), ...each.aliases()].includes(`${process.argv[2]}`));
  const flags = (command ?? program).options.map(({ long }) => `${long}`);
  const nearest = unknown && nearestName(unknown, flags);
  const hint = nearest ? `Did you mean ${nearest}? ` : '';
  return `epoll-reactor: ${error.replace(/^error: /, '').replace(/'-\w, /, "'")}\n  ${hint}Try epoll-reactor --help.\n`;
}

async function run(): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof UserError) console.error(`epoll-reactor: ${error.message}\n  ${error.hint}`);
    else if ((error as NodeJS.ErrnoException).code === 'ERR_ADDON_NOT_BUILT')
      console.error(`epoll-reactor: ${(error as Error).message}`);
    else throw error;
    process.exit(1); // even with descriptors open: no server may stay half-started
  }
}

void run();
