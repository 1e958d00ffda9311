/** Dates as they are read; test/http/tables.test.ts has them as they are written. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { httpDate, parseHttpDate } from '../../src/http/http-date.js';

const NOW = Date.UTC(2026, 6, 15, 12, 0, 0);
const EXAMPLE = 784_111_777_000;

describe('a date is read', () => {
  test.each([
    ['IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT', EXAMPLE],
    ['RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT', EXAMPLE],
    ['asctime', 'Sun Nov  6 08:49:37 1994', EXAMPLE],
    ['asctime with two digits of day', 'Sun Nov 06 08:49:37 1994', EXAMPLE],
    ['asctime, later in the month', 'Wed Nov 16 08:49:37 1994', EXAMPLE + 10 * 86_400_000],
    ['the beginning of the count', 'Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['before it', 'Wed, 31 Dec 1969 23:59:59 GMT', -1000],
    ['the first year there is', 'Mon, 01 Jan 1900 00:00:00 GMT', Date.UTC(1900, 0, 1)],
    ['the last one', 'Fri, 31 Dec 9999 23:59:59 GMT', Date.UTC(9999, 11, 31, 23, 59, 59)],
    ['a leap day', 'Tue, 29 Feb 2000 00:00:00 GMT', Date.UTC(2000, 1, 29)],
    ['the longest name of a day', 'Wednesday, 15-Jul-26 12:00:00 GMT', NOW],
    ['a leap second, which is the next one', 'Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
    ['the wrong day of the week', 'Mon, 06 Nov 1994 08:49:37 GMT', EXAMPLE],
    ['the wrong day of the week, in RFC 850', 'Friday, 06-Nov-94 08:49:37 GMT', EXAMPLE],
    ['the wrong day of the week, in asctime', 'Fri Nov  6 08:49:37 1994', EXAMPLE],
  ])('%s: %s', (_, text, ms) => {
    expect(parseHttpDate(text, NOW)).toBe(ms);
  });
});

describe('a text that is no date:', () => {
  test.each([
    // Moments that do not exist.
    'Mon, 30 Feb 2026 00:00:00 GMT',
    'Sun, 29 Feb 1900 00:00:00 GMT',
    'Sun, 29 Feb 2026 00:00:00 GMT',
    'Wed, 31 Apr 2026 00:00:00 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 32 Dec 1994 08:49:37 GMT',
    'Sun, 99 Nov 1994 08:49:37 GMT',
    'Sunday, 29-Feb-25 08:49:37 GMT',
    'Sun Feb 30 08:49:37 1994',
    'Sun Nov  0 08:49:37 1994',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 06 Nov 1994 08:49:60 GMT', // a leap second is the last one of a day
    'Sun, 06 Nov 1994 23:59:61 GMT',
    'Sun, 31 Dec 1899 23:59:59 GMT', // before 1900, where two-digit years of JavaScript also begin
    'Sun, 06 Nov 0094 08:49:37 GMT',
    // Case.
    'sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 nov 1994 08:49:37 GMT',
    'Sun, 06 NOV 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 gmt',
    // Blanks, lengths, zones.
    '',
    ' ',
    'Sun',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun,  6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'Sun, 06 Nov 1994 8:49:37 GMT',
    'Sun, 06 Nov 1994 08:49 GMT',
    'Sun,06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov  1994 08:49:37 GMT',
    'Sun, 06  Nov 1994 08:49:37 GMT',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT ',
    'Sun, 06 Nov 1994 08:49:37 GMT\n',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 06 Nov 1994 08:49:37 GMT+1',
    'Sun, 06-Nov-1994 08:49:37 GMT',
    'Sun, 06-Nov-94 08:49:37 GMT', // RFC 850 writes the day out
    'Sunday, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-1994 08:49:37 GMT',
    'Foo, 06 Nov 1994 08:49:37 GMT',
    '06 Nov 1994 08:49:37 GMT',
    'Sun Nov 6 08:49:37 1994',
    'Sun Nov  6 08:49:37 94',
    'Sun Nov  6 08:49:37 1994 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT', // two lines of a field
    'Sun, 06 Nov 1994 08:49:37 GMT; length=42', // of Netscape
    '1994-11-06T08:49:37Z',
    '784111777',
    '0',
    '"Sun, 06 Nov 1994 08:49:37 GMT"',
    'Sun, ٠٦ Nov 1994 08:49:37 GMT',
  ])('%j', (text) => {
    expect(parseHttpDate(text, NOW)).toBeUndefined();
  });
});

describe('a year of two digits', () => {
  const yearOf = (text: string, nowMs: number): number | undefined => {
    const ms = parseHttpDate(text, nowMs);
    return ms === undefined ? undefined : new Date(ms).getUTCFullYear();
  };

  test.each([
    ['is this century', 'Sunday, 06-Nov-00 08:49:37 GMT', NOW, 2000],
    ['may be in the future', 'Sunday, 06-Nov-70 08:49:37 GMT', NOW, 2070],
    ['may be 50 years from now, to the second', 'Wednesday, 15-Jul-76 12:00:00 GMT', NOW, 2076],
    ['may not be a second more than that', 'Wednesday, 15-Jul-76 12:00:01 GMT', NOW, 1976],
    ['is in the past when it would be further', 'Sunday, 06-Nov-77 08:49:37 GMT', NOW, 1977],
    ['is in the past when it would be much further', 'Sunday, 06-Nov-99 08:49:37 GMT', NOW, 1999],
    ['moves with the clock', 'Sunday, 06-Nov-77 08:49:37 GMT', Date.UTC(2030, 0), 2077],
    ['of another century', 'Sunday, 06-Nov-94 08:49:37 GMT', Date.UTC(2126, 0), 2094],
    ['at the turn of it', 'Friday, 31-Dec-99 23:59:59 GMT', Date.UTC(2099, 11, 31), 2099],
    ['after the turn of it', 'Friday, 31-Dec-99 23:59:59 GMT', Date.UTC(2100, 0, 1), 2099],
    ['seen from a leap day', 'Monday, 01-Mar-78 00:00:00 GMT', Date.UTC(2028, 1, 29), 2078],
    ['with a leap day in this century', 'Tuesday, 29-Feb-00 00:00:00 GMT', NOW, 2000],
    [
      'with a leap day that the century before has not',
      'Thursday, 29-Feb-00 00:00:00 GMT',
      Date.UTC(2101, 0),
      undefined,
    ],
    ['with a leap day in the future', 'Wednesday, 29-Feb-96 00:00:00 GMT', NOW, 1996],
  ])('%s: %s', (_, text, nowMs, year) => {
    expect(yearOf(text, nowMs)).toBe(year);
  });
});

describe('any date', () => {
  const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59);
  const ms = fc.integer({ min: Date.UTC(1900, 0) / 1000, max: LATEST / 1000 }).map((seconds) => seconds * 1000);

  /** As C writes it. */
  const asctime = (date: string): string => {
    const [, name, day, month, year, time] = /^(...), (..) (...) (....) (.{8}) GMT$/.exec(date) as RegExpExecArray;
    return `${name} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
  };

  test('is read as it was written', () => {
    fc.assert(
      fc.property(ms, (moment) => {
        const text = new Date(moment).toUTCString();
        expect(parseHttpDate(text, NOW)).toBe(moment);
        expect(parseHttpDate(asctime(text), NOW)).toBe(moment);
      }),
    );
  });

  test('is the same when it is read and written again, except for the day of the week', () => {
    const digits = (length: number) => fc.nat({ max: 10 ** length - 1 }).map((n) => String(n).padStart(length, '0'));
    const month = fc.constantFrom('Jan', 'Feb', 'Mar', 'Apr', 'Jun', 'Nov', 'Dec', 'Foo');
    const parts = fc.tuple(digits(2), month, digits(4), digits(2), digits(2), digits(2));
    fc.assert(
      fc.property(parts, ([day, name, year, hour, minute, second]) => {
        const rest = `${day} ${name} ${year} ${hour}:${minute}:${second} GMT`;
        const moment = parseHttpDate(`Mon, ${rest}`, NOW);
        if (moment === undefined || second === '60') return;
        expect(httpDate(moment).slice(5)).toBe(rest);
      }),
      { numRuns: 2000 },
    );
  });

  test('with a year of two digits is within the next 50 years or the 100 before', () => {
    fc.assert(
      fc.property(ms, ms, (moment, nowMs) => {
        const [, day, month, year, time] = /^..., (..) (...) ..(..) (.{8}) GMT$/.exec(
          new Date(moment).toUTCString(),
        ) as RegExpExecArray;
        const read = parseHttpDate(`Monday, ${day}-${month}-${year} ${time} GMT`, nowMs);
        if (read === undefined) return;
        const years = new Date(read).getUTCFullYear() - new Date(nowMs).getUTCFullYear();
        expect(years).toBeLessThanOrEqual(50);
        expect(years).toBeGreaterThan(-100);
        expect(new Date(read).getUTCFullYear() % 100).toBe(Number(year));
      }),
    );
  });

  test('is read or refused at once, however long the text', () => {
    const start = performance.now();
    for (const part of ['Sun, ', 'S', ' ', '0', 'Sun, 06 Nov 1994 08:49:37 GMT', ', ']) {
      const text = part.repeat((16 * 1024) / part.length);
      for (let i = 0; i < 100; i++) expect(parseHttpDate(text, NOW)).toBeUndefined();
    }
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.double(), (text, nowMs) => {
        expect(parseHttpDate(text, nowMs)).toBeUndefined();
      }),
    );
  });
});
