/** Recordings as files. */
import type { Header, XrayRecord } from '../records.js';
import { checkLength, parseRecording } from '../view/recording-text.js';

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
  checkLength(file.size);
  return parseRecording(await file.text());
}
