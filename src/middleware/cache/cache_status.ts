/** The `Cache-Status` field (RFC 9211), for those who ask for it. */
import type { CacheOutcome } from "../../message/response/extensions.ts";

/** What the field needs beside the outcome. */
export interface CacheStatusInit {
  /** The name of the cache, a token. */
  readonly name: string;
  /** The status of the forwarded response, if the request was forwarded. */
  readonly forwardedStatus: number | null;
}

/** Reasons of §2.2; others become `detail`. */
const FORWARD_REASONS: ReadonlySet<string> = new Set(
  ["method", "uri-miss", "vary-miss", "miss", "request", "stale", "partial"],
);

/** The member for a response. */
export function cacheStatus(outcome: CacheOutcome, init: CacheStatusInit): string {
  const { status, reason, ttlMs, notStored, isShared } = outcome;
  const parts = [init.name];
  const isHit = status === "hit" || (status === "stale" && init.forwardedStatus === null);
  if (isHit) parts.push("hit");
  else parts.push(`fwd=${forwardReason(outcome)}`);
  if (!isHit && init.forwardedStatus !== null) parts.push(`fwd-status=${init.forwardedStatus}`);
  if (ttlMs !== undefined && Number.isFinite(ttlMs)) parts.push(`ttl=${Math.floor(ttlMs / 1000)}`);
  if (status === "miss" && notStored === undefined) parts.push("stored");
  if (isShared) parts.push("collapsed");
  const detail = notStored ?? (FORWARD_REASONS.has(reason) || reason === "fresh" ? null : reason);
  if (detail !== null) parts.push(`detail="${detail.replace(/["\\]/g, "\\$&")}"`);
  return parts.join("; ");
}

function forwardReason({ status, reason }: CacheOutcome): string {
  if (FORWARD_REASONS.has(reason)) return reason;
  if (/ in the request$/.test(reason)) return "request";
  return status === "bypass" ? "bypass" : "stale";
}
