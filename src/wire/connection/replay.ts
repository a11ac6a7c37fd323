/**
 * One risky judgement in one place: may a request whose connection died be sent again unasked?
 */
import { ReadError, RemoteProtocolError, TransportError, WriteError } from "../../errors.ts";
import { isIdempotent } from "../../semantics/methods.ts";
import { ResetError, UnprocessedError, ViolationError } from "../http2/reasons.ts";

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

/** Whether the transport sends it again by itself, once, on a new connection (RFC 9112 §9.3.1). */
export function mayReplay(error: unknown): boolean {
  if (!(error instanceof TransportError)) return false; // the caller ended it, or a bug did
  if (isUnprocessed(error)) return error.safeToRetry; // the server has said that it did nothing
  if (!error.reusedConnection) return false; // a fresh connection that dies would die again
  if (!error.safeToRetry) return false;
  // A server that answered is no connection that was closed meanwhile, be it by ending the stream or by nonsense.
  if (error.cause instanceof ResetError || error.cause instanceof ViolationError) return false;
  // A server that was too slow is not one that closed an idle connection, and a closed client is closed.
  return error instanceof ReadError || error instanceof WriteError ||
    error instanceof RemoteProtocolError;
}

/** Whether the server has said that it has not processed the request (RFC 9113 §8.7). */
export function isUnprocessed(error: unknown): boolean {
  return error instanceof RemoteProtocolError && error.cause instanceof UnprocessedError;
}
