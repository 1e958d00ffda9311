/** Recordings as files. */
import type { Header, XrayRecord } from '../records.js';
import { parseRecording, RecordingError } from '../view/recording-text.js';

/** Longer files are refused: the page keeps the last 1,000 turns of a program. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

export function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** @throws  RecordingError  with the line that is wrong */
export async function readRecording(file: File): Promise<readonly (Header | XrayRecord)[]> {
  if (file.size > FILE_BYTES_MAX) throw new RecordingError(`longer than ${FILE_BYTES_MAX / 1024 / 1024} MiB`);
  return parseRecording(await file.text());
}
