/**
 * HTTP dates, RFC 9110 §5.6.7: one form is written, three are read. Times are milliseconds since 1970,
 * UTC. Cookies have a looser grammar of their own (message/cookies/cookie_date.ts).
 */

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** `Sun, 06 Nov 1994 08:49:37 GMT`, the one form to send. */
const IMF_FIXDATE =
  /^(?:mon|tue|wed|thu|fri|sat|sun), (\d\d) ([a-z]{3}) (\d{4}) (\d\d):(\d\d):(\d\d) (?:gmt|utc)$/i;
/** `Sunday, 06-Nov-94 08:49:37 GMT`, obsolete. */
const RFC850_DATE =
  /^(?:mon|tues|wednes|thurs|fri|satur|sun)day, (\d\d)-([a-z]{3})-(\d\d) (\d\d):(\d\d):(\d\d) (?:gmt|utc)$/i;
/** `Sun Nov  6 08:49:37 1994`, obsolete, the form of C's asctime. */
const ASCTIME_DATE =
  /^(?:mon|tue|wed|thu|fri|sat|sun) ([a-z]{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/i;

/** Writes a time as IMF-fixdate, seconds rounded down. */
export function formatHTTPDate(timeMs: number): string {
  return new Date(timeMs).toUTCString();
}

/**
 * Reads a date in any of the three forms; `null` for anything else, an impossible day included.
 * A wrong name of the day is forgiven. A year of two digits is the one no more than 50 years ahead of `nowMs`.
 */
export function parseHTTPDate(value: string, nowMs: number = Date.now()): number | null {
  let m = IMF_FIXDATE.exec(value);
  if (m !== null) return utc(m[3], m[2], m[1], [m[4], m[5], m[6]]);
  m = ASCTIME_DATE.exec(value);
  if (m !== null) return utc(m[6], m[1], m[2], [m[3], m[4], m[5]]);
  m = RFC850_DATE.exec(value);
  if (m !== null) return utc(fullYear(Number(m[3]), nowMs), m[2], m[1], [m[4], m[5], m[6]]);
  return null;
}

function fullYear(twoDigits: number, nowMs: number): number {
  const currentYear = new Date(nowMs).getUTCFullYear();
  const year = currentYear - (currentYear % 100) + twoDigits;
  return year > currentYear + 50 ? year - 100 : year;
}

type Digits = string | undefined;

function utc(
  year: Digits | number,
  monthName: Digits,
  day: Digits,
  time: readonly Digits[],
): number | null {
  const [hour = NaN, minute = NaN, second = NaN] = time.map(Number);
  return utcTime({
    year: Number(year),
    month: MONTHS.indexOf((monthName ?? "").toLowerCase()),
    day: Number(day),
    hour,
    minute,
    second: second === 60 ? 59 : second, // a leap second counts as the one before
  });
}

/** Parts of a point in time; `month` counts from 0. */
export interface TimeParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Milliseconds since 1970, or `null` where there is no such day or time. */
export function utcTime(parts: TimeParts): number | null {
  const { year, month, day, hour, minute, second } = parts;
  const date = new Date(0);
  date.setUTCFullYear(year, month, day); // unlike Date.UTC it takes years under 100 as they are
  date.setUTCHours(hour, minute, second);
  const stands = date.getUTCFullYear() === year && date.getUTCMonth() === month &&
    date.getUTCDate() === day && date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute && date.getUTCSeconds() === second;
  return stands ? date.getTime() : null;
}
