/**
 * Text for a line that people read. A path can contain line ends and escape sequences of terminals; escaped, it can neither
 * begin a line of its own nor reach the terminal.
 *
 * Escaped are control characters (\p{Cc}), and U+2028 and U+2029, which end a line as well.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => ESCAPES[character] ?? codeOf(character.charCodeAt(0)));
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function codeOf(code: number): string {
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
}
