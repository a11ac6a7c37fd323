/** Who may have a connection: the pool's decisions, of facts alone, and what a timeout says about them. */
import type { Route } from "../dial/route.ts";
import { hasRoom, type SharedEntry } from "./shared_list.ts";

/** How many connections there may be. `Infinity` is no limit. */
export interface PoolLimits {
  /** All connections: being made, in use and idle. */
  readonly maxConnections: number;
  /** Whether `maxConnections` was chosen by default: then some calls may exceed it (see `GrowingLimit`). Default: `false`. */
  readonly isDefault?: boolean;
  /** Idle connections. */
  readonly maxKeepaliveConnections: number;
  /** How long a connection may be idle, in milliseconds. */
  readonly keepaliveExpiryMs: number;
}

/** What to do for a call that found no idle connection of its own origin. */
export type Choice = "open" | "evictAndOpen" | "wait";

/** The pool's one decision, of what it counts alone. */
export function choose(known: {
  readonly connections: number;
  readonly idle: number;
  readonly maxConnections: number;
}): Choice {
  if (known.connections < known.maxConnections) return "open";
  return known.idle > 0 ? "evictAndOpen" : "wait";
}

/** Whether a connection that has just come free is what a waiter waits for. */
export function mayTake(
  { route, wantsNew }: { readonly route: Route; readonly wantsNew: boolean },
  entry: SharedEntry & { readonly connection: { readonly isShared: boolean } },
): boolean {
  if (route.key !== entry.route.key || !hasRoom(entry)) return false;
  return !wantsNew || entry.connection.isShared;
}

/** The connections of one origin that are in use. */
export interface Holder {
  /** Where they lead. */
  readonly origin: string;
  readonly connections: number;
  /** How long the first of them has been in use, in milliseconds. */
  readonly longestMs: number;
}

/** What is known of a connection in use. */
export interface HoldingEntry {
  readonly route: Route;
  readonly isIdle: boolean;
  /** Since when it is in use, in the clock's milliseconds. */
  readonly usedSince: number;
}

/** Which origins hold connections, the one with the most first. */
export function holdersOf(entries: Iterable<HoldingEntry>, nowMs: number): Holder[] {
  const byOrigin = new Map<string, { connections: number; usedSince: number }>();
  for (const { route, isIdle, usedSince } of entries) {
    if (isIdle) continue;
    const name = nameOf(route);
    const known = byOrigin.get(name) ?? { connections: 0, usedSince };
    known.connections++;
    known.usedSince = Math.min(known.usedSince, usedSince);
    byOrigin.set(name, known);
  }
  return [...byOrigin]
    .map(([origin, { connections, usedSince }]) => ({
      origin,
      connections,
      longestMs: Math.max(0, Math.round(nowMs - usedSince)),
    }))
    .sort((a, b) => b.connections - a.connections);
}

/** So many origins are named in a message. */
const NAMED_ORIGINS = 3;

/** What holds the connections that a call has waited for in vain, and the usual cause. */
export function describeHolders(
  holders: readonly Holder[],
  counts: { readonly connecting: number; readonly maxConnections: number },
): string {
  const { connecting, maxConnections } = counts;
  const named = holders.slice(0, NAMED_ORIGINS).map(({ origin, connections, longestMs }) =>
    `${connections} by ${origin} for up to ${longestMs} ms`
  );
  const others = holders.slice(NAMED_ORIGINS).reduce((sum, holder) => sum + holder.connections, 0);
  if (others > 0) named.push(`${others} by other origins`);
  if (connecting > 0) named.push(`${connecting} still connecting`);
  return `connections held (of ${maxConnections}): ${named.join(", ")}; ` +
    "a streamed response holds its connection until it is read or closed";
}

/** An origin as it is named in messages and counts; requests that a proxy forwards share its connections. */
export function nameOf({ target, way }: Route): string {
  return way.kind === "forwarded" ? `proxy ${way.proxy.name}` : target.origin;
}
