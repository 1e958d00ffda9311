/**
 * HTTP dates: written in the present form, one string a second, and read in all three forms.
 *
 *     HTTP-date    = IMF-fixdate / obs-date                                      RFC 9110 §5.6.7
 *     IMF-fixdate  = day-name "," SP day SP month SP year SP time-of-day SP GMT
 *     obs-date     = rfc850-date / asctime-date
 *     rfc850-date  = day-name-l "," SP day "-" month "-" 2DIGIT SP time-of-day SP GMT
 *     asctime-date = day-name SP month SP ( 2DIGIT / ( SP 1DIGIT ) ) SP time-of-day SP year
 *     time-of-day  = hour ":" minute ":" second            ; 00:00:00 - 23:59:60 (leap second)
 *
 * "HTTP-date is case sensitive", and its blanks are fixed.
 */

let second = Number.NaN;
let text = '';

/**
 * IMF-fixdate, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7). The last one is remembered, because most responses
 * need it.
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

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const MONTH = '(?<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const DAY_NAME = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const DAY_NAME_L = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day';
const TIME_OF_DAY = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';

const IMF_FIXDATE = new RegExp(`^${DAY_NAME}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME_OF_DAY} GMT$`);
const RFC850_DATE = new RegExp(`^${DAY_NAME_L}, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME_OF_DAY} GMT$`);
const ASCTIME_DATE = new RegExp(`^${DAY_NAME} ${MONTH} (?<day>\\d\\d| \\d) ${TIME_OF_DAY} (?<year>\\d{4})$`);

/** "The year is any numeric year 1900 or later" (RFC 5322 §3.3, which §5.6.7 refers to). */
const YEAR_MIN = 1900;
/** A two-digit year is at most this far in the future. */
const FUTURE_YEARS_MAX = 50;

/**
 * The moment of an HTTP-date in milliseconds since 1970, at a whole second.
 *
 * A wrong day of the week is accepted: RFC 5322 §3.3 forbids sending one, but recipients "are encouraged to be robust"
 * (§5.6.7), the date is complete without it, and nginx and Apache ignore it. A leap second becomes the first second of the
 * next day, as in POSIX. (nginx refuses it, Apache accepts 62 seconds in any minute.)
 *
 * @param nowMs  decides the century of a two-digit year: the present one, or the one before if the date "appears to be more
 *               than 50 years in the future" (§5.6.7). nginx and Apache always use 1970-2069
 * @returns      undefined for a text that is not a date
 */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  const full = IMF_FIXDATE.exec(text) ?? ASCTIME_DATE.exec(text);
  if (full !== null) {
    const date = full.groups as DateParts;
    return momentOf(Number(date.year), date);
  }
  const short = RFC850_DATE.exec(text);
  if (short === null) return undefined;
  const date = short.groups as DateParts;
  const nowYear = new Date(nowMs).getUTCFullYear();
  const year = nowYear - (nowYear % 100) + Number(date.year);
  const moment = momentOf(year, date);
  const latestMs = new Date(nowMs).setUTCFullYear(nowYear + FUTURE_YEARS_MAX);
  return moment !== undefined && moment > latestMs ? momentOf(year - 100, date) : moment;
}

type DateParts = Readonly<Record<'day' | 'month' | 'year' | 'hour' | 'minute' | 'second', string>>;

/** @returns  undefined for a day or a time that does not exist: 30 Feb, 24:00:00 */
function momentOf(year: number, parts: DateParts): number | undefined {
  const month = MONTHS.indexOf(parts.month) / 3;
  const day = Number(parts.day);
  const hour = Number(parts.hour);
  const minute = Number(parts.minute);
  const second = Number(parts.second);
  // Day 0 of the next month is the last day of this one.
  const dayMax = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  if (year < YEAR_MIN || day < 1 || day > dayMax) return undefined;
  const isLeapSecond = hour === 23 && minute === 59 && second === 60;
  if (hour > 23 || minute > 59 || (second > 59 && !isLeapSecond)) return undefined;
  return Date.UTC(year, month, day, hour, minute, second);
}
