/** Dates as HTTP writes them, one string a second. */

let second = Number.NaN;
let text = '';

/**
 * IMF-fixdate, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7). Nearly every response asks for the same one.
 * @param nowMs  milliseconds since 1970
 */
export function httpDate(nowMs: number): string {
  const nowSecond = Math.floor(nowMs / 1000);
  if (nowSecond !== second) {
    second = nowSecond;
    text = new Date(nowSecond * 1000).toUTCString();
  }
  return text;
}
