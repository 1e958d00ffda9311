/**
 * Text for a line that people read. A path can contain line ends and escape sequences of terminals. They are escaped, so that
 * the path cannot begin a new line or control the terminal.
 *
 * The escaped characters are control characters (\p{Cc}), and U+2028 and U+2029, which also end a line.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => ESCAPES[character] ?? codeOf(character.charCodeAt(0)));
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function codeOf(code: number): string {
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
}
