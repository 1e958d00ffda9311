/** Starts the command on a terminal of its own (pty(7)), whose output can be read as that of any command. */
import { works } from './programs.js';

/** Lines end as the command writes them: the terminal adds no carriage return. */
export const ON_A_TERMINAL: readonly string[] = [
  'python3',
  '-c',
  'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))',
  'sh',
  '-c',
  'stty -onlcr && exec "$0" "$@"',
];

export const hasTerminals = works('python3', '-c', 'import pty');
