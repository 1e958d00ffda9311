/** The commands of a page of docs/, with what the page says that they print: run in bash, and compared. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Folder } from '../support/sockets.js';

const ROOT = new URL('../..', import.meta.url).pathname;

export interface Command {
  readonly input: string;
  readonly output: string;
}

/** What a page has beneath one heading. */
export interface Section {
  readonly title: string;
  /** Blocks of `sh`: definitions, without output. */
  readonly setup: string;
  /** Blocks of `console`: a command after each `$ `, and its output. */
  readonly commands: readonly Command[];
  /** Indented blocks: traces of system calls. */
  readonly traced: readonly string[];
}

export function sectionsOf(page: string): Section[] {
  const pieces = readFileSync(`${ROOT}/${page}`, 'utf8').split(/^## /m);
  return pieces.map((piece) => ({
    title: piece.split('\n', 1)[0] as string,
    setup: blocksOf(piece, 'sh').join(''),
    commands: blocksOf(piece, 'console').flatMap(commandsOf),
    traced: piece
      .replace(/^```[\s\S]*?^```/gm, '')
      .split('\n')
      .flatMap((line) => (line.startsWith('    ') ? [line.slice(4)] : [])),
  }));
}

function blocksOf(piece: string, language: string): string[] {
  return [...piece.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, code]) => code as string,
  );
}

/** The lines of a here-document belong to the input. */
function commandsOf(block: string): Command[] {
  return block.split(/^\$ /m).flatMap((piece) => {
    if (piece === '') return [];
    const end = /<<'(\w+)'/.exec(piece.split('\n', 1)[0] as string)?.[1];
    const input = end === undefined ? piece.indexOf('\n') + 1 : piece.indexOf(`\n${end}\n`) + end.length + 2;
    return [{ input: piece.slice(0, input), output: piece.slice(input) }];
  });
}

/** This Node, and the system's own programs before those that a user has put in their place. */
const PATH = `${dirname(process.execPath)}:/usr/bin:${process.env['PATH']}`;

/** Printed by bash after each command. */
const MARK = '\x01';

/**
 * Runs the commands in one bash.
 * @param cwd       where they run, and leave their files
 * @param replaced  texts that the page has in place of others: a port, a folder
 * @returns         what each of them printed, on stdout and stderr
 */
export async function run(
  { setup, commands }: Pick<Section, 'setup' | 'commands'>,
  cwd: string,
  replaced: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const inputs = commands.map(({ input }) => `${input}printf '${MARK}'\n`);
  const script = Object.entries(replaced).reduce(
    (all, [from, to]) => all.replaceAll(from, to),
    setup + inputs.join(''),
  );
  using folder = new Folder();
  const file = join(folder.path, 'script.sh');
  writeFileSync(file, script);
  // A group of its own, which ends with the script: a page may leave servers behind.
  const bash = spawn('bash', ['-c', `exec 2>&1; cd ${cwd}; source ${file}`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH },
  });
  const ended = once(bash, 'exit').then(() => process.kill(-(bash.pid as number), 'SIGKILL'));
  const printed = await text(bash.stdout);
  await ended.catch(() => {}); // nothing was left of the group
  const outputs = printed.split(MARK).slice(0, -1);
  return outputs.map((output) =>
    Object.entries(replaced).reduce((all, [from, to]) => all.replaceAll(to, from), output),
  );
}

/** The parts that vary from run to run and from machine to machine, and a text in their place. */
const MASKS: readonly (readonly [pattern: RegExp, mask: string])[] = [
  [/\d+ milliseconds/g, 'N milliseconds'],
  [/^ *[\d.]+ +[\d.]+ +\d+ +\d+ +(?:\d+ +)?(\w+)$/gm, 'N N N N $1'], // strace -c
  [/^ *\d+ \w+ +\d+ +\d+ +\d+ +\d+ +\d+ R +[\d.]+ .* (node|python3)$/gm, 'top: R, $1'],
  [/^ {1,3}\d+ +\d{4,}$/gm, 'NLWP RSS'],
  [/^ {4,6}\d+ (?:\d+|(pong|timeout))$/gm, 'uniq: N $1'],
  [/(?:Process)? *$/gm, ''], // the last column of ss, which is empty
  [/^tfd: +\d+ events: +(\w+) data: .*$/gm, 'tfd: N events: $1'],
  [/u32=\d+, u64=\d+/g, 'u32=N, u64=N'],
  [/epoll_wait\(\d+,/g, 'epoll_wait(FD,'],
  [/after (\d)\.\d s/g, 'after $1 s'],
  [/^(?!20971520$)\d{7,8}$/gm, 'a part of 20971520'],
  [/\r$/gm, ''],
  [/pid=\d+/g, 'pid=N'],
  [/0x[\da-f]{8,}/g, '0xADDRESS'],
  [/^[\da-f]{8,}-[\da-f]{8,} (.*) \d+ +anon_inode/gm, 'ADDRESS $1 anon_inode'], // /proc/PID/maps
  [/^[5-9] of 10 requests/gm, 'most requests'],
  [/probes sent: [1-9]\d*/g, 'probes sent: N'],
  // The server has closed before the request came, or after.
  [/^curl: \((?:52\) Empty reply from server|56\) Recv failure: Connection reset by peer)$/gm, 'curl: (52) or (56)'],
];

export function masked(output: string): string {
  return MASKS.reduce((all, [pattern, mask]) => all.replace(pattern, mask), output);
}

/** A line of a trace as a pattern: numbers of two digits and more vary (descriptors, ports, sizes), and `…` stands for anything. */
export function tracePattern(line: string): RegExp {
  const [call = ''] = line.split(/ {4,}[┐│┘]| {4,}#/);
  const literal = call.trimEnd().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(
    `^${literal
      .replace(/\d{2,}/g, '\\d+')
      .replaceAll('…', '.*')
      .replace(/ +/g, ' +')}`,
  );
}

/** The lines that are missing from a trace, or not in this order. */
export function missingFrom(trace: readonly string[], lines: readonly string[]): string[] {
  let at = 0;
  for (const [i, line] of lines.entries()) {
    if (line.startsWith('…')) continue;
    const found = trace.findIndex((traced, n) => n >= at && tracePattern(line).test(traced));
    if (found === -1) return lines.slice(i, i + 1);
    at = found + 1;
  }
  return [];
}

/** A port of four digits, as those of the pages: a text with it is cut at the same place. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 3000 + Math.floor(7000 * Math.random());
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('listening', () => resolve(true)).once('error', () => resolve(false));
    });
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}
