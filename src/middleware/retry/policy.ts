/**
 * Whether a try may be followed by another: a pure decision over what is known of it. What the wait allows (deadline,
 * budget) is decided by the loop in retry.ts, after it.
 */
import {
  CloseError,
  LocalProtocolError,
  ProxyError,
  TransportError,
  UnsupportedProtocol,
} from "../../errors.ts";
import type { StopReason } from "../../attempt.ts";
import type { RetryRules } from "../../message/retry_options.ts";
import {
  certificateFault,
  isBrokenHandshake,
  isPermissionMissing,
} from "../../runtime/failures.ts";
import { isIdempotent } from "../../semantics/methods.ts";

/** What is known of a try. */
export interface Try {
  /** 1 for the first. */
  readonly number: number;
  readonly method: string;
  /** Whether the request has the field `Idempotency-Key`. */
  readonly hasIdempotencyKey: boolean;
  /** Whether the same body can be sent again; true for a request without one. */
  readonly isBodyReplayable: boolean;
  /** The status of the response, or `null`. */
  readonly status: number | null;
  /** Why there is none, or none that could be read. */
  readonly error: unknown;
}

type Rules = Pick<RetryRules, "limit" | "methods" | "statuses">;

/**
 * Why a try can't be followed by another, whatever the caller's function decides; `null` if it can. The first reason
 * that applies counts.
 */
export function obstacle(tried: Try, rules: Rules): StopReason | null {
  const { number, status, error, isBodyReplayable } = tried;
  if (status === null && !isTransient(error)) return "error";
  const isFinal = number > rules.limit || !isBodyReplayable;
  if (!isFinal) return null;
  if (status !== null && !rules.statuses.has(status)) return "success";
  return number > rules.limit ? "limit" : "body";
}

/** Why the rules have no further try for one that could be followed by another; `null` if they have. */
export function refusal(tried: Try, { methods, statuses }: Rules): StopReason | null {
  const { method, status, error, hasIdempotencyKey } = tried;
  if (status !== null && !statuses.has(status)) return "success";
  if (methods.has(method) || hasIdempotencyKey) return null;
  return status === null && wasNotProcessed(error, method) ? null : "method";
}

/**
 * Whether the server provably has not acted on the request. For a method that is not idempotent `safeToRetry` means just
 * that; for one that is, it may also mean that acting twice is harmless, and then the rules decide.
 */
export function wasNotProcessed(error: unknown, method: string): boolean {
  if (!(error instanceof TransportError) || !error.safeToRetry) return false;
  return error.requestSent === "no" || !isIdempotent(method);
}

/** Whether the same request may succeed next time. Only failures on the way to and from the server are of this kind. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof TransportError)) return false; // the caller ended the call, or the calling code is wrong
  if (error instanceof LocalProtocolError || error instanceof UnsupportedProtocol) return false;
  if (error instanceof CloseError) return false; // the client is closed
  if (error instanceof ProxyError) return isTransientRefusal(error.status);
  const causes = causesOf(error);
  if (causes.some((cause) => certificateFault(cause) !== null || isPermissionMissing(cause))) {
    return false;
  }
  // Whatever else fails in TLS fails again: no common version, no common cipher, a certificate of ours.
  return error.phase !== "tls" || error.requestSent !== "no" || causes.some(isBrokenHandshake);
}

/** Whether a proxy that has refused a tunnel may open the next one: by HTTP status, or by the replies of RFC 1928 §6. */
function isTransientRefusal(status: number | undefined): boolean {
  if (status === undefined || status >= 500) return true;
  return status === 408 || status === 429 || 3 <= status && status <= 6;
}

/** `fetch` has the runtime's error one or two levels down. */
function causesOf(error: Error): unknown[] {
  const causes: unknown[] = [];
  for (let { cause } = error; cause instanceof Error && causes.length < 3; { cause } = cause) {
    causes.push(cause);
  }
  return causes;
}
