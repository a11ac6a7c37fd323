/**
 * A private cache: a middleware that stores responses and reuses them as RFC 9111 allows.
 *
 * @example The second request is answered here
 * ```ts
 * import { cache } from "@httpx/httpx/cache";
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport(() =>
 *   new Response(200, { headers: { "Cache-Control": "max-age=60" }, json: { name: "Ada" } })
 * );
 * await using client = new Client({ transport, middleware: [cache()] }); // leave the transport out for the network
 *
 * await client.get("https://example.org/users/1");
 * const response = await client.get("https://example.org/users/1");
 * assertEquals(await response.json(), { name: "Ada" });
 * assertEquals(response.extensions.cache?.status, "hit");
 * assertEquals(response.headers.get("age"), "0");
 * ```
 *
 * `Client`, the client of `@httpx/httpx/fetch` and `SyncClient` take the same object. In a list of middleware the cache
 * stands before `retry()`: a hit needs no retry.
 *
 * ## What is reused
 *
 * - A fresh response to GET or QUERY, and for HEAD what GET brought. Freshness is `max-age`, else `Expires`, else a tenth
 *   of the time since `Last-Modified`, a day at most. `Age` and clocks that differ are accounted for.
 * - A stale one after the server confirmed it: by `If-None-Match` and `If-Modified-Since`. A 304 updates the stored fields.
 * - A stale one without asking, if the server allows it: `stale-while-revalidate` (which asks in the background; a
 *   `SyncClient` asks at once), `stale-if-error` (RFC 5861), or the request's `max-stale`.
 * - A range of what is stored. Parts with the same strong `ETag` are put together, in the end to the whole.
 *
 * `Vary` is respected: values are compared without blanks, and without order and case if they are preferences.
 * `immutable` (RFC 8246) and `must-understand` are too. `no-store`, `Vary: *`, bodies that broke off and bodies that were
 * not read to the end are never stored. POST, PUT, DELETE and other unsafe methods make what is stored for their URL
 * useless, and for `Location` and `Content-Location` on its origin. What must be revalidated and can't be, because the
 * server is out of reach, is a 504 response (RFC 9111 §5.2.2.2), with the failure in `extensions.cache.error`.
 *
 * A precondition of the caller's own (`If-None-Match` …) passes to the server, and its 304 to the caller. A range that
 * can't be served is sent on as it is. A request with a `verify` of its own is neither answered here nor stored: what an
unverified server sent is for no other request.
 *
 * ## Whose response it is
 *
 * Responses are kept apart by `Authorization` and `Cookie`: what one user was sent is never given to another, nor to
 * a request without credentials. Only a hash of them is stored. If a client has one user, whose tokens change, say so:
 * `cache({ partition: () => "me" })`. Cookies that a stored response sets are set once, when it arrives.
 *
 * ## Many requests at once
 *
 * Concurrent requests for the same share one exchange, also while its body is still coming. Each reads at its own pace,
 * and may leave: the exchange ends with the last. A failure reaches all. What must not be reused is not shared either;
 * then each asks for itself. `coalesce: false` turns it off.
 *
 * ## Where responses are kept
 *
 * | storage | |
 * |---|---|
 * | `MemoryStorage` | 64 MiB by default; gone with the program |
 * | `SQLiteStorage` | a file, for one process or several at once; the runtime's own SQLite |
 * | your own | six methods of `ResponseStorage`; `examples/cache_in_deno_kv.ts` has one over Deno KV |
 *
 * The least recently used responses go first; one takes at most a tenth of all.
 *
 * @example In a file, for a program that runs again
 * ```ts ignore
 * import { cache, SQLiteStorage } from "@httpx/httpx/cache";
 * import { Client } from "@httpx/httpx";
 *
 * const storage = new SQLiteStorage("cache.db", { maxBytes: 200_000_000 });
 * await using client = new Client({ middleware: [cache({ storage })] }); // closes the storage, too
 * ```
 *
 * ## For one request
 *
 * `extensions: { cache: mode }` takes the modes of the Fetch standard, `client.fetch(url, { cache: mode })` too: `default`,
 * `no-store`, `reload`, `no-cache`, `force-cache`, `only-if-cached`. The directives of `Cache-Control` in a request count as
 * RFC 9111 says.
 *
 * @example What is there, however old
 * ```ts
 * import { cache } from "@httpx/httpx/cache";
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const transport = new MockTransport(() => new Response(200, { headers: { "Cache-Control": "max-age=0" } }));
 * await using client = new Client({ transport, middleware: [cache()] });
 * await client.get("https://example.org/");
 * const response = await client.get("https://example.org/", { extensions: { cache: "force-cache" } });
 * assertEquals(response.extensions.cache?.status, "stale");
 * ```
 *
 * ## What it did
 *
 * `response.extensions.cache` says it: `status` (`hit`, `stale`, `revalidated`, `miss`, `bypass`), `reason`, the age, and why a
 * response was not stored. `cacheStatus: true` adds the `Cache-Status` field (RFC 9211).
 *
 * ## How it was checked
 *
 * By the public suite `http-tests/cache-tests` (commit b55b8bd), as a private cache, by its own engine over
 * `client.fetch()` of a client without a cookie jar:
 *
 * | | required (137) | optimal (77) |
 * |---|---:|---:|
 * | this cache | 136 | 71 |
 * | no cache | 76 | 0 |
 *
 * | fails | why |
 * |---|---|
 * | `headers-store-Transfer-Encoding` | the response has a transfer coding that does not exist, which is an error (RFC 9112 §6.1) |
 * | `other-cookie` | a request with cookies does not get what one without was sent, by default |
 * | `partial-store-partial-reuse-partial`, `…-absent`, `…-byterange`, `…-suffix` | the stored part has five bytes and announces six: it is incomplete |
 * | `partial-store-partial-complete` | the part has no validator, so the rest could not be joined to it (RFC 9111 §3.4) |
 *
 * @module
 */
export { cache, type CacheOptions } from "./cache.ts";
export type { DualMiddleware } from "../middleware.ts";
export { CacheStorageError, SQLiteStorage } from "./storage/sqlite_storage.ts";
export { MemoryStorage, type StorageLimits } from "./storage/memory_storage.ts";
export type {
  Awaitable,
  ResponseStorage,
  SelectingField,
  StoredHead,
  StoredRange,
} from "./storage/stored_response.ts";
export type { CacheMode } from "../../message/request.ts";
export type { CacheOutcome } from "../../message/response/extensions.ts";
