/** What a response brings along beside its head and body. */
import type { Attempt } from "../../attempt.ts";
import type { NetworkStream } from "../../semantics/network_stream.ts";

/** What travels with a response but was not in its head, as its transport knows it. */
export interface ResponseExtensions {
  /** `"HTTP/1.0"`, `"HTTP/1.1"` or `"HTTP/2"`. */
  http_version?: string | undefined;
  /** What stood behind the status; HTTP/2 has none. */
  reason_phrase?: string | undefined;
  /** The stream that carried it, over HTTP/2. */
  stream_id?: number | null | undefined;
  /** The connection that it came over. */
  network_stream?: NetworkStream | undefined;
  /** Each try of the request, the last one too, if `retry` had to decide about one. */
  retries?: readonly Attempt[] | undefined;
  /** What a cache did with the request (`@httpx/httpx/cache`). */
  cache?: CacheOutcome | undefined;
  /** Anything else. */
  [name: string]: unknown;
}

/**
 * What a cache did with a request: `response.extensions.cache`.
 *
 * @example Why a response was not from the cache
 * ```ts
 * import { cache, type CacheOutcome } from "@httpx/httpx/cache";
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport(() => new Response(200, { headers: { "Cache-Control": "no-store" } }));
 * await using client = new Client({ transport, middleware: [cache()] });
 * const outcome: CacheOutcome | undefined = (await client.get("https://example.org/")).extensions.cache;
 * assertEquals(outcome, { status: "miss", reason: "uri-miss", notStored: "no-store", setsCookies: true });
 * ```
 */
export interface CacheOutcome {
  /**
   * Where the response is from: the cache (`hit`), the cache although it is stale (`stale`), the cache after the server
   * confirmed it (`revalidated`), the server (`miss`), or the server without a look into the cache (`bypass`).
   */
  readonly status: "hit" | "stale" | "revalidated" | "miss" | "bypass";
  /** Why, in the words of RFC 9211 or of `Cache-Control`. */
  readonly reason: string;
  /** How old a stored response is, in milliseconds. */
  readonly ageMs?: number | undefined;
  /** How much longer it is fresh, in milliseconds; negative for a stale one. */
  readonly ttlMs?: number | undefined;
  /** Why a response of the server was not stored; absent for one that is. */
  readonly notStored?: string | undefined;
  /** Why the server could not be asked about a response that must be revalidated: then the status is 504. */
  readonly error?: unknown;
  /** Whether other requests at the same time got the same response. */
  readonly isShared?: boolean | undefined;
  /** Whether the cookies that it sets are new: those of a stored response were set when it arrived. */
  readonly setsCookies: boolean;
}
