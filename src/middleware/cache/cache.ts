/** The middleware: its options, and the storage and flights that it holds. */
import { runBlocking, runWaiting } from "../../message/dual_flow.ts";
import { CloseError } from "../../errors.ts";
import { badOption, checkOptionNames } from "../../options/bad_option.ts";
import type { Request } from "../../message/request.ts";
import type { Response } from "../../message/response/response.ts";
import { isToken } from "../../semantics/fields.ts";
import type { DualMiddleware, Next } from "../middleware.ts";
import { deadlineOf } from "./exchange/raw_body.ts";
import type { CacheContext } from "./exchange/context.ts";
import { FlightTable } from "./exchange/flights.ts";
import { respond } from "./exchange/respond.ts";
import { Shelf } from "./exchange/shelf.ts";
import { CredentialHashes } from "./plan.ts";
import { MemoryStorage } from "./storage/memory_storage.ts";
import type { ResponseStorage } from "./storage/stored_response.ts";

/**
 * Options of a cache.
 *
 * @example One user for all credentials
 * ```ts
 * import { cache, type CacheOptions } from "@httpx/httpx/cache";
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const options: CacheOptions = { partition: () => "me", maxBytes: 8_000_000 };
 * const transport = new MockTransport(() => new Response(200, { headers: { "Cache-Control": "max-age=60" } }));
 * await using client = new Client({ transport, middleware: [cache(options)] });
 * await client.get("https://example.org/", { headers: { Authorization: "Bearer old" } });
 * const response = await client.get("https://example.org/", { headers: { Authorization: "Bearer new" } });
 * assertEquals(response.extensions.cache?.status, "hit");
 * ```
 */
export interface CacheOptions {
  /** Where responses are kept; closed with the client. Default: a `MemoryStorage` of `maxBytes`. */
  readonly storage?: ResponseStorage | undefined;
  /** The most bytes that the default storage takes; a storage that is given has its own limit. Default: 64 MiB. */
  readonly maxBytes?: number | undefined;
  /**
   * Whose response a request may get: the same text, the same responses. Default: a hash of `Authorization` and `Cookie`,
   * so that one user never gets what another was sent.
   */
  readonly partition?: ((request: Request) => string) | undefined;
  /** Whether concurrent requests for the same share one exchange. Default: `true`. */
  readonly coalesce?: boolean | undefined;
  /**
   * How long a response without a lifetime is fresh, as a fraction of the time since its `Last-Modified`, a day at most
   * (RFC 9111 §4.2.2); 0 revalidates each time. Default: 0.1.
   */
  readonly heuristicFraction?: number | undefined;
  /** The most revalidations in the background at once (`stale-while-revalidate`). Default: 8. */
  readonly maxRevalidations?: number | undefined;
  /** Whether responses get a `Cache-Status` field (RFC 9211): a name for it, or `true` for `"httpx"`. Default: `false`. */
  readonly cacheStatus?: boolean | string | undefined;
  /**
   * Receives failures of the storage; requests then continue as if nothing were stored. Default: they reject with the
   * failure.
   */
  readonly onStorageError?: ((error: unknown) => void) | undefined;
}

const OPTION_NAMES: ReadonlySet<string> = new Set(Object.keys(
  {
    storage: true,
    maxBytes: true,
    partition: true,
    coalesce: true,
    heuristicFraction: true,
    maxRevalidations: true,
    cacheStatus: true,
    onStorageError: true,
  } satisfies { readonly [Name in keyof CacheOptions]-?: true },
));

/**
 * Makes a cache: a middleware that stores responses and reuses them as RFC 9111 allows a private cache.
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind
 *
 * @example Asked once, answered twice
 * ```ts
 * import { cache } from "@httpx/httpx/cache";
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * let requests = 0;
 * const transport = new MockTransport(() => {
 *   requests++;
 *   return new Response(200, { headers: { "Cache-Control": "max-age=60" }, text: "hello" });
 * });
 * await using client = new Client({ transport, middleware: [cache()] });
 * await client.get("https://example.org/");
 * const response = await client.get("https://example.org/");
 * assertEquals([requests, await response.text()], [1, "hello"]);
 * assertEquals(response.extensions.cache?.status, "hit");
 * ```
 */
export function cache(options: CacheOptions = {}): DualMiddleware {
  return new CacheMiddleware(options);
}

/** One cache, with a clock of its own for tests. */
export class CacheMiddleware implements DualMiddleware {
  readonly #context: CacheContext;
  readonly #hashes = new CredentialHashes();

  /** @param now the time, in milliseconds since 1970 */
  constructor(options: CacheOptions = {}, now: () => number = Date.now) {
    checkOptionNames("cache()", { options, known: OPTION_NAMES });
    const { storage, partition = null, onStorageError = null } = options;
    checkKind("partition", partition ?? cache, "function");
    checkKind("onStorageError", onStorageError ?? cache, "function");
    this.#context = {
      shelf: new Shelf(
        storage === undefined ? ownStorage(options) : given(options),
        onStorageError,
      ),
      partitions: { partitionOf: partition, hashes: this.#hashes },
      flights: new FlightTable(),
      heuristicFraction: fraction(options.heuristicFraction ?? 0.1),
      coalesces: options.coalesce ?? true,
      maxRevalidations: options.maxRevalidations ?? 8,
      revalidations: new Set(),
      statusName: statusName(options.cacheStatus ?? false),
      now,
    };
    checkKind("coalesce", this.#context.coalesces, "boolean");
    checkKind("maxRevalidations", this.#context.maxRevalidations, "number");
  }

  /** Answers a request, or sends it on. */
  handle(request: Request, next: Next): Promise<Response> {
    const steps = respond({ cache: this.#context, request, next });
    const deadline = deadlineOf(request);
    return runWaiting(steps, {
      send: next,
      ...(deadline === null ? {} : { bound: (work) => deadline.bound(work) }),
    });
  }

  /** The same for callers that block. */
  handleSync(request: Request, next: (request: Request) => Response): Response {
    return runBlocking(respond({ cache: this.#context, request, next: null }), next);
  }

  /** Ends what is under way, and closes the storage. */
  async close(): Promise<void> {
    const { flights, revalidations, shelf } = this.#context;
    const reason = new CloseError("Cannot finish the request: the cache was closed");
    for (const [id, flight] of [...flights]) {
      flight.abort(reason);
      flights.remove(id, flight);
    }
    for (const flight of revalidations) flight.abort(reason);
    this.#hashes.clear();
    await shelf.close();
  }
}

function ownStorage({ maxBytes }: CacheOptions): ResponseStorage {
  return new MemoryStorage(maxBytes === undefined ? {} : { maxBytes });
}

function given({ storage, maxBytes }: CacheOptions): ResponseStorage {
  if (maxBytes !== undefined) {
    throw badOption("maxBytes", "the storage that is given has a limit of its own; set it there");
  }
  const methods: readonly (keyof ResponseStorage)[] = ["find", "read", "put", "update", "delete"];
  const missing = methods.find((name) => typeof storage?.[name] !== "function");
  if (missing === undefined && typeof storage?.maxEntryBytes === "number") return storage;
  throw badOption("storage", `it has no ${missing ?? "maxEntryBytes"}; give a ResponseStorage`);
}

function fraction(value: number): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw badOption("heuristicFraction", "give a number from 0 to 1");
}

function statusName(value: boolean | string): string | null {
  const name = value === true ? "httpx" : value;
  if (name === false) return null;
  if (typeof name === "string" && isToken(name)) return name;
  throw badOption("cacheStatus", "give true, false, or a name that is a token");
}

function checkKind(name: string, value: unknown, kind: "boolean" | "function" | "number"): void {
  const found = typeof value;
  if (found !== kind) throw badOption(name, `it is of type ${found}; give a ${kind}`);
}
