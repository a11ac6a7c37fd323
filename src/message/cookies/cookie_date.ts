/**
 * The date of a cookie's `Expires`, RFC 6265bis §5.1.1: whatever stands between delimiters is tried as a
 * time, a day, a month and a year, in that order, until each is found. Much looser than HTTP's own dates.
 */
import { utcTime } from "../../semantics/dates.ts";

const DELIMITERS = /[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/;
const TIME = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)/;
const DAY_OF_MONTH = /^(\d{1,2})(?!\d)/;
const MONTH = /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/i;
const YEAR = /^(\d{2,4})(?!\d)/;

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Milliseconds since 1970, or `null` if it is not a date. */
export function parseCookieDate(value: string): number | null {
  let time: RegExpExecArray | null = null;
  let day: RegExpExecArray | null = null;
  let month: RegExpExecArray | null = null;
  let year: RegExpExecArray | null = null;
  for (const token of value.split(DELIMITERS)) {
    if (time === null && (time = TIME.exec(token)) !== null) continue;
    if (day === null && (day = DAY_OF_MONTH.exec(token)) !== null) continue;
    if (month === null && (month = MONTH.exec(token)) !== null) continue;
    if (year === null) year = YEAR.exec(token);
  }
  if (time === null || day === null || month === null || year === null) return null;
  const yearNumber = fullYear(Number(year[1]));
  if (yearNumber < 1601) return null;
  return utcTime({
    year: yearNumber,
    month: MONTHS.indexOf(month[0].toLowerCase()),
    day: Number(day[1]),
    hour: Number(time[1]),
    minute: Number(time[2]),
    second: Number(time[3]),
  });
}

/** Steps 3 and 4: 70 to 99 belong to the last century, 0 to 69 to this one. */
function fullYear(year: number): number {
  if (year >= 70 && year <= 99) return year + 1900;
  return year <= 69 ? year + 2000 : year;
}
