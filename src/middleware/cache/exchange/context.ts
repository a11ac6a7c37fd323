/** What the steps of all requests of one cache have in common. */
import { type DualFlow, paused } from "../../../message/dual_flow.ts";
import type { CacheOutcome } from "../../../message/response/extensions.ts";
import type { Request } from "../../../message/request.ts";
import type { Response } from "../../../message/response/response.ts";
import type { Next } from "../../middleware.ts";
import { cacheStatus } from "../cache_status.ts";
import type { Lookup, PartitionRules } from "../plan.ts";
import type { CachePolicy, Miss, Revalidation } from "../policy/policy.ts";
import type { Awaitable } from "../storage/stored_response.ts";
import type { Flight, FlightTable } from "./flights.ts";
import type { Shelf } from "./shelf.ts";

/** One cache. */
export interface CacheContext {
  readonly shelf: Shelf;
  readonly partitions: PartitionRules;
  /** By partition and key. */
  readonly flights: FlightTable;
  readonly heuristicFraction: number;
  readonly coalesces: boolean;
  /** The most revalidations in the background at once. */
  readonly maxRevalidations: number;
  /** Those under way. */
  readonly revalidations: Set<Flight>;
  /** The name in `Cache-Status`; `null` if the field is not wanted. */
  readonly statusName: string | null;
  /** The time, in milliseconds since 1970. */
  readonly now: () => number;
}

/** A request that passes a cache. */
export interface Hop {
  readonly cache: CacheContext;
  readonly request: Request;
  /** Sends a request on; `null` if the caller blocks. */
  readonly next: Next | null;
}

/** One that the cache can't answer by itself. */
export interface Errand extends Hop {
  readonly plan: Lookup;
  readonly policy: CachePolicy;
  readonly decision: Revalidation | Miss;
}

/** A value that a storage may have promised. */
export function* settled<Value>(value: Awaitable<Value>): DualFlow<Value> {
  return value instanceof Promise ? yield* paused(() => value, refusePromise) : value;
}

/** @throws {TypeError} always: a client that blocks can't wait for a storage */
export function refusePromise(): never {
  throw new TypeError(
    "Cannot use this storage of the cache with SyncClient: its methods return promises; give one that does not",
  );
}

/** The response, which says what the cache did. */
export function labelled(
  response: Response,
  outcome: CacheOutcome,
  { statusName: name }: Pick<CacheContext, "statusName">,
): Response {
  response.extensions.cache = outcome;
  if (name !== null) {
    const { status: forwardedStatus } = response;
    response.headers.append("Cache-Status", cacheStatus(outcome, { name, forwardedStatus }));
  }
  return response;
}
