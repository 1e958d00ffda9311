/**
 * `epoll-reactor xray [MODEL|DIR]`, and `epoll-reactor DIR --xray`: shows a server at work in the browser. This process serves the page.
 * The server is a child, so that a pause stops the server and not the page.
 */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { HttpError } from '../http/http-error.js';
import { MODELS } from '../models/catalog.js';
import { PACKAGE_FOLDER } from '../native/package-folder.js';
import { nearestName } from '../options/nearest-name.js';
import { report } from '../server/safe-hook.js';
import { XrayServer } from '../xray/serve-xray.js';
import type { ProgramEnd, ProgramStart, StartedProgram } from '../xray/session/observed-program.js';
import { startProgram } from '../xray/session/session.js';
import { openBrowser } from './browser.js';
import { explainListenError, UserError } from './config/user-error.js';
import { nodeFlags } from './sandbox/inspector.js';
import { handleSignals } from './signals.js';

export interface XrayOptions {
  /** Of the page; 0 lets the system choose. */
  readonly port: number;
  /** Open a browser, on a terminal. */
  readonly open: boolean;
}

/** Shows a model, or the real server, until a signal ends both processes. */
export async function xrayCommand(shown: string | undefined = 'epoll', { port, open }: XrayOptions): Promise<void> {
  const start = isModel(shown) ? startOfModel(shown) : startOfFolder(shown);
  const xray = openXray(port);
  let isEnding = false;
  const end = async (): Promise<void> => {
    if (isEnding) process.exit();
    isEnding = true;
    await xray.close();
    process.exit();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end());
  xray.observe(await started(start));
  console.log(`epoll-reactor shows ${shown} at ${xray.url} (stop with Ctrl-C)`);
  if (open && process.stdout.isTTY === true) openBrowser(xray.urlToOpen);
}

/**
 * Starts this command again, with the same arguments but this one, as a server that is observed. Its output, its end and its signals are those of this
 * process.
 */
export async function serveUnderXray(): Promise<void> {
  if (process.env['NOTIFY_SOCKET'] !== undefined || process.env['LISTEN_FDS'] !== undefined) {
    throw new UserError('--xray cannot run as a systemd service', 'start it in a terminal');
  }
  const xray = openXray(0);
  const args = process.argv.slice(2).filter((arg) => arg !== '--xray');
  const program = await started({ model: 'server', command: commandOf(args), stdio: 'inherit' });
  const pass = (signal: NodeJS.Signals) => () => program.kill(signal);
  handleSignals({
    SIGTERM: pass('SIGTERM'),
    SIGINT: pass('SIGINT'),
    SIGHUP: pass('SIGHUP'),
    SIGUSR1: pass('SIGUSR1'),
    SIGUSR2: () => console.error('epoll-reactor: SIGUSR2: an observed server cannot be upgraded'),
  });
  xray.observe(program);
  console.log(`epoll-reactor shows its X-ray at ${xray.url}`);
  const end = await program.ended;
  await xray.close();
  process.exit(exitCodeOf(end));
}

const isModel = (name: string): boolean => MODELS.some((model) => model.name === name);

function startOfModel(name: string): ProgramStart {
  return { model: name, command: commandOf(['model', name, '--port', '0']), stdio: 'ignore' };
}

/** @throws  UserError */
function startOfFolder(folder: string): ProgramStart {
  if (existsSync(folder)) {
    return { model: 'server', command: commandOf([folder, '--port', '0']), stdio: 'ignore' };
  }
  const names = MODELS.map(({ name }) => name);
  const nearest = nearestName(folder, names);
  const hint = nearest === undefined ? `the models are ${names.join(', ')}` : `did you mean the model ${nearest}?`;
  throw new UserError(`there is no model ${folder}, and no folder of that name`, hint);
}

/** This command with other arguments. */
function commandOf(args: readonly string[]): ProgramStart['command'] {
  return [process.execPath, ...nodeFlags(), process.argv[1] as string, ...args];
}

/** @throws  UserError */
function openXray(port: number): XrayServer {
  try {
    return new XrayServer({
      page: join(PACKAGE_FOLDER, 'dist/xray'),
      port,
      models: MODELS.map(({ load: _, ...about }) => about),
      startModel: async (name) => {
        if (!isModel(name)) throw new HttpError(404, `there is no model ${name}`);
        const program = await startProgram(startOfModel(name));
        if ('code' in program) throw new HttpError(502, `the model ${name} has ended: ${exitCodeOf(program)}`);
        return program;
      },
      onError: (error) => report('the X-ray failed', error),
    });
  } catch (error) {
    throw explainListenError(error);
  }
}

/** Of a program that cannot be started. */
function explainStartError(error: unknown): unknown {
  const { syscall, message } = error as NodeJS.ErrnoException;
  return syscall === 'mkdtemp' ? new UserError(message, 'set TMPDIR to a folder in which you can write') : error;
}

/** The program; if it ends before it listens, so does this process. It has printed the reason itself. */
async function started(start: ProgramStart): Promise<StartedProgram> {
  const program = await startProgram(start).catch((error: unknown) => {
    throw explainStartError(error);
  });
  return 'code' in program ? process.exit(exitCodeOf(program)) : program;
}

/** As shells give it. */
function exitCodeOf({ code, signal }: ProgramEnd): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
