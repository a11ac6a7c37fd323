/** Counts what a pool holds, by origin. Walks the lists when it is asked; nothing is counted before. */
import type { OriginUsage } from "../../observe/usage.ts";
import type { Route } from "../dial/route.ts";
import { nameOf } from "./admission.ts";

/** A connection, as far as it is counted. */
interface CountedEntry {
  readonly route: Route;
  readonly isIdle: boolean;
  readonly exchanges: number;
  readonly usedSince: number;
}

/** What a pool holds. */
export interface Holdings {
  readonly entries: Iterable<CountedEntry>;
  /** Routes along which a connection is being made. */
  readonly openings: Iterable<Route>;
  /** Routes of the calls that wait. */
  readonly waiting: Iterable<Route>;
  readonly nowMs: number;
}

type Counts = { -readonly [Name in keyof OriginUsage]: OriginUsage[Name] };

/** Everything by origin, the one with the most connections in use first. */
export function usageByOrigin({ entries, openings, waiting, nowMs }: Holdings): OriginUsage[] {
  const byOrigin = new Map<string, Counts>();
  const countsOf = (route: Route): Counts => {
    const origin = nameOf(route);
    let counts = byOrigin.get(origin);
    if (counts === undefined) {
      const nothing = { connecting: 0, active: 0, idle: 0, streams: 0, waiting: 0, longestMs: 0 };
      byOrigin.set(origin, counts = { origin, ...nothing });
    }
    return counts;
  };
  for (const { route, isIdle, exchanges, usedSince } of entries) {
    const counts = countsOf(route);
    counts.streams += exchanges;
    counts[isIdle ? "idle" : "active"]++;
    if (!isIdle) counts.longestMs = Math.max(counts.longestMs, Math.round(nowMs - usedSince));
  }
  for (const route of openings) countsOf(route).connecting++;
  for (const route of waiting) countsOf(route).waiting++;
  return [...byOrigin.values()].sort((a, b) => b.active - a.active);
}
