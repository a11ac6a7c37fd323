/** What a client has done, and what its connections are doing: `client.stats()`. */
import { HTTPError } from "../errors.ts";
import type { Response } from "../message/response/response.ts";
import type { TransportUsage } from "../observe/usage.ts";

/**
 * What a client has done since it was made, and what its connections are doing now.
 *
 * @example For a health check
 * ```ts
 * import { Client, type ClientStats, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport(() => new Response(200));
 * await using client = new Client({ transport });
 * await client.get("https://example.org/");
 * const stats: ClientStats = client.stats();
 * assertEquals([stats.requests, stats.retries, stats.cacheHits, stats.active], [1, 0, 0, 0]);
 * ```
 */
export interface ClientStats extends TransportUsage {
  /** Requests, each redirect and each step of an auth flow counted; further tries of one are in `retries`. */
  readonly requests: number;
  /** Further tries of requests, by `retry`. */
  readonly retries: number;
  /** Responses of a cache: fresh, stale or revalidated. */
  readonly cacheHits: number;
}

/** The counters of one client. */
export class CallCounts {
  requests = 0;
  retries = 0;
  cacheHits = 0;

  /** Counts what came before a response. */
  onResponse({ extensions: { retries, cache } }: Response): void {
    if (retries !== undefined) this.retries += retries.length - 1;
    if (cache !== undefined && CACHED.has(cache.status)) this.cacheHits++;
  }

  /** Counts what came before an error. */
  onError(error: unknown): void {
    if (error instanceof HTTPError) this.retries += Math.max(0, error.attempts.length - 1);
  }
}

const CACHED: ReadonlySet<string> = new Set(["hit", "stale", "revalidated"]);
