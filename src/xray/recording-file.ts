/** A recording that was saved: what the page shows in place of a program. */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { checkLength, parseRecording } from './view/recording-text.js';

export interface SavedRecording {
  /** The name of its file. */
  readonly name: string;
  readonly text: string;
}

/**
 * Reads the file, and checks each line.
 * @throws  RecordingError  with the line that is wrong; SystemError ENOENT | EACCES …
 */
export function readRecording(path: string): SavedRecording {
  checkLength(statSync(path).size);
  const text = readFileSync(path, 'utf8');
  parseRecording(text);
  return { name: basename(path), text };
}
