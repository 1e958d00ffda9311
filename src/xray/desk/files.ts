/** Recordings as files. */
import type { Header, XrayRecord } from '../records.js';

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

export function formatRecording(lines: readonly (Header | XrayRecord)[]): string {
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

/** @returns  undefined if it is no recording */
export async function readRecording(file: File): Promise<readonly (Header | XrayRecord)[] | undefined> {
  if (file.size > FILE_BYTES_MAX) return undefined;
  try {
    const lines = (await file.text()).split('\n').filter((line) => line !== '');
    const records = lines.map((line) => JSON.parse(line) as Header | XrayRecord);
    return records[0] !== undefined && 'xray' in records[0] && records[0].xray === 1 ? records : undefined;
  } catch {
    return undefined;
  }
}
