/** Heads for tests: as if stored at a fixed time, from fields written as lines. */
import { directivesOf } from "../../../../src/middleware/cache/policy/directives.ts";
import type { CacheRequest } from "../../../../src/middleware/cache/policy/policy.ts";
import type { StoredHead } from "../../../../src/middleware/cache/storage/stored_response.ts";

/** When test responses arrive: Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's examples. */
export const NOW_MS = Date.UTC(1994, 10, 6, 8, 49, 37);

/** Field lines of `Name: value` pairs, one a line. */
export function fieldLines(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "").flatMap((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
}

/** The date that is so many seconds from `NOW_MS`. */
export function dateAt(seconds: number): string {
  return new Date(NOW_MS + seconds * 1000).toUTCString();
}

/** A head with these fields. */
export function headWith(fields: string, init: Partial<StoredHead> = {}): StoredHead {
  return {
    id: "1",
    key: "https://example.org/",
    partition: "",
    status: 200,
    reason: null,
    fields: fieldLines(fields),
    selecting: [],
    requestedAtMs: NOW_MS,
    receivedAtMs: NOW_MS,
    range: null,
    sizeBytes: 10,
    ...init,
  };
}

/** A request with these fields. */
export function requestWith(fields = "", init: Partial<CacheRequest> = {}): CacheRequest {
  const lines = fieldLines(fields);
  return { fields: lines, directives: directivesOf(lines), mode: "default", range: null, ...init };
}
