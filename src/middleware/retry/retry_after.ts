/**
 * How long a server asks to wait: `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), and `retry-after-ms`, which
 * some services send beside it. Of several answers the longest counts: none is undercut.
 */
import { parseHTTPDate } from "../../semantics/dates.ts";

/** The part of a header list that is read here. */
interface HeaderLists {
  getList(name: string): readonly string[];
}

/**
 * The wait that a response asks for, in milliseconds; `null` if it asks for none that can be understood.
 *
 * @param nowMs the wall clock, for a date in a response that has no `Date`
 */
export function retryAfterMs(headers: HeaderLists, nowMs: number): number | null {
  let longestMs: number | null = null;
  const consider = (ms: number | null) => {
    if (ms !== null) longestMs = Math.max(longestMs ?? 0, ms);
  };
  for (const value of headers.getList("retry-after-ms")) consider(delay(value, 1));
  for (const value of headers.getList("retry-after")) {
    consider(delay(value, 1000) ?? untilDate(value, headers, nowMs));
  }
  return longestMs;
}

/** A number of units; some servers send fractions, which the RFC does not have. */
function delay(value: string, unitMs: number): number | null {
  return /^\d+(?:\.\d+)?$/.test(value.trim()) ? Math.ceil(Number(value) * unitMs) : null;
}

/** Counted from the response's own `Date`: the server's clock and this one may differ. */
function untilDate(value: string, headers: HeaderLists, nowMs: number): number | null {
  const untilMs = parseHTTPDate(value.trim(), nowMs);
  if (untilMs === null) return null;
  const sentMs = parseHTTPDate(headers.getList("date")[0] ?? "", nowMs);
  return Math.max(0, untilMs - (sentMs ?? nowMs));
}
