/**
 * A cache for a client: it stores responses and reuses them as RFC 9111 allows.
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
