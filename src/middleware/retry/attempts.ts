/** The record of the tries of one call, as the caller, the callbacks and the log see it. */
import type { Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";
import type { Attempt, StopReason } from "../../attempt.ts";
import { nameOfRequest } from "../../observe/mask.ts";

/** How a try ended. */
export type Outcome =
  | { readonly response: Response; readonly error: null }
  | { readonly response: null; readonly error: unknown };

/** What follows a try: a wait and another try, or the end. */
export type Verdict =
  | { readonly waitMs: number; readonly stoppedBy: null }
  | { readonly waitMs: null; readonly stoppedBy: StopReason };

/** What follows a try, once it is decided. */
type Follow = Pick<Attempt, "waitMs" | "stoppedBy">;

/** One try before it is known what follows. */
export interface EndedTry {
  readonly number: number;
  readonly request: Request;
  readonly outcome: Outcome;
  readonly startedAt: number;
  readonly durationMs: number;
}

/** A try with what follows it, for the record. */
export function attemptOf(
  { number, outcome: { response, error }, startedAt, durationMs }: EndedTry,
  { waitMs, stoppedBy }: Follow,
): Attempt {
  const status = response?.status ?? null;
  const outcome = response === null ? describeError(error) : describeResponse(response);
  return { number, status, error, outcome, startedAt, durationMs, waitMs, stoppedBy };
}

function describeResponse({ status, statusText }: Response): string {
  return `${status} ${statusText}`.trim();
}

/** The class alone: messages name URLs and hosts. */
function describeError(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** The log line of a try that is followed by another. */
export function retryLine({ number, outcome, waitMs }: Attempt, request: Request): string {
  const wait = `next in ${Math.round(waitMs ?? 0)} ms`;
  return `HTTP Retry: ${nameOfRequest(request)} "${outcome}" (try ${number}), ${wait}`;
}
