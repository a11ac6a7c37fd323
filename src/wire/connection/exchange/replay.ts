/**
 * Two risky judgements in one place: may a request that got no response be sent again, by the caller, and unasked by
 * the transport?
 */
import { isIdempotent } from "../../../semantics/methods.ts";
import type { Failure } from "./failure.ts";

/** What is known of an exchange whose connection broke. */
export interface BrokenExchange {
  readonly method: string;
  readonly responseBytes: number;
  readonly requestSent: "no" | "partly" | "yes";
  /** Whether the same body can be sent again. */
  readonly isBodyReplayable: boolean;
}

/** Whether a second sending can have no effect that the first had not (RFC 9110 §9.2.2). */
export function isSafeToRetry(broken: BrokenExchange): boolean {
  if (!broken.isBodyReplayable) return false;
  if (broken.responseBytes > 0) return false; // the server has begun to answer
  if (broken.requestSent === "no") return true; // the server can't have acted on it
  return isIdempotent(broken.method);
}

/** Whether the transport sends it again by itself, once, on another connection (RFC 9112 §9.3.1). */
export function mayReplay(
  { by, verdict }: Failure,
  known: { readonly isSafeToRetry: boolean; readonly isReused: boolean },
): boolean {
  if (!known.isSafeToRetry) return false;
  if (by === "caller" || by === "client") return false; // it would be refused again, and a closed client is closed
  if (verdict === "unprocessed") return true; // the server has said that it did nothing
  if (verdict === "rejected") return false; // the server has answered, though not with a response
  // A fresh connection that dies would die again. One that others share may have died of them.
  return known.isReused;
}
