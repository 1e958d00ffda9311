/**
 * `epoll-reactor xray [PROGRAM]`, and `epoll-reactor DIR --xray`: shows a server at work in the browser. This process serves
 * the page. The server is a child, so that a pause stops the server and not the page. A recording is shown without a server.
 */
import { existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { HttpError } from '../http/http-error.js';
import { MODELS, type Model } from '../models/catalog.js';
import { PACKAGE_FOLDER } from '../native/package-folder.js';
import { nearestName } from '../options/nearest-name.js';
import { report } from '../server/safe-hook.js';
import { readRecording, type SavedRecording } from '../xray/recording-file.js';
import { XrayServer } from '../xray/serve-xray.js';
import type { ProgramEnd, ProgramStart, StartedProgram } from '../xray/session/observed-program.js';
import { startProgram } from '../xray/session/start-program.js';
import { RecordingError } from '../xray/view/recording-text.js';
import { openBrowser } from './browser.js';
import { explainListenError, UserError } from './config/user-error.js';
import { nodeFlags } from './sandbox/inspector.js';
import { handleSignals } from './signals.js';

export interface XrayOptions {
  /** The port of the page; 0 lets the system choose. */
  readonly port: number;
  /** Open a browser, on a terminal. */
  readonly open: boolean;
}

/** Shows a model, the real server, or a recording, until a signal ends this process and its server. */
export async function xrayCommand(shown: string | undefined = 'epoll', { port, open }: XrayOptions): Promise<void> {
  const source = sourceOf(shown);
  const xray = openXray(port, 'text' in source ? [] : MODELS);
  let isEnding = false;
  const end = async (): Promise<void> => {
    if (isEnding) process.exit();
    isEnding = true;
    await xray.close();
    process.exit();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end());
  if ('text' in source) xray.show(source);
  else xray.observe(await started(source));
  console.log(`epoll-reactor shows ${shown} at ${xray.url} (stop with Ctrl-C)`);
  if (open && process.stdout.isTTY === true) openBrowser(xray.urlToOpen);
}

/**
 * Starts this command again without --xray, as a server that is observed. The server writes to this process's output and gets its
 * signals; its exit code is that of this process.
 */
export async function serveUnderXray(): Promise<void> {
  if (process.env['NOTIFY_SOCKET'] !== undefined || process.env['LISTEN_FDS'] !== undefined) {
    throw new UserError('--xray cannot run as a systemd service', 'start it in a terminal');
  }
  const xray = openXray(0, MODELS);
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
function sourceOf(shown: string): ProgramStart | SavedRecording {
  if (isModel(shown)) return startOfModel(shown);
  if (existsSync(shown)) {
    return isRecording(shown)
      ? checkedRecording(shown)
      : { model: 'server', command: commandOf([shown, '--port', '0']), stdio: 'ignore' };
  }
  const names = MODELS.map(({ name }) => name);
  const nearest = nearestName(shown, names);
  const hint = nearest === undefined ? `the models are ${names.join(', ')}` : `did you mean the model ${nearest}?`;
  throw new UserError(`there is no model ${shown}, and no folder or recording of that name`, hint);
}

const isRecording = (path: string): boolean => path.endsWith('.jsonl') && statSync(path).isFile();

/** @throws  UserError */
function checkedRecording(path: string): SavedRecording {
  try {
    return readRecording(path);
  } catch (error) {
    const isKnown = error instanceof RecordingError || (error as NodeJS.ErrnoException).syscall !== undefined;
    if (!isKnown) throw error;
    throw new UserError(`${path}: ${(error as Error).message}`, 'give a file that the X-ray has saved');
  }
}

/** This command with other arguments. */
function commandOf(args: readonly string[]): ProgramStart['command'] {
  return [process.execPath, ...nodeFlags(), process.argv[1] as string, ...args];
}

/**
 * @param models  those that the page can start
 * @throws        UserError
 */
export function openXray(port: number, models: readonly Model[]): XrayServer {
  try {
    return new XrayServer({
      page: join(PACKAGE_FOLDER, 'dist/xray'),
      port,
      models: models.map(({ load: _, ...about }) => about),
      startModel: async (name) => {
        if (!models.some((model) => model.name === name)) throw new HttpError(404, `there is no model ${name}`);
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

/** Explains why a program cannot be started. */
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

/** The exit code that a shell would report. */
function exitCodeOf({ code, signal }: ProgramEnd): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
