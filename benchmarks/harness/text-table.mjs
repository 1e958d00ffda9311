/** A table for a terminal: the first column to the left, the others to the right. */

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
export function textTable(head, rows) {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const pad = (/** @type {string} */ text, /** @type {number} */ column) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  const [first, ...others] = lines.map((line) => line.map(pad).join('   ').trimEnd());
  return [first, '─'.repeat(widths.reduce((sum, width) => sum + width + 3, -3)), ...others].join('\n');
}
