/** The headers that every request has unless others are given. */
import { Headers, type HeadersInit } from "../../message/headers.ts";
import { VERSION } from "../../version.ts";

/**
 * The default headers with others over them. In httpx's order; `Host` comes before them, from each request's URL.
 *
 * @param codings those of `Accept-Encoding`; none for a client over `fetch`, which sends its own
 */
export function defaultHeaders(
  headers: HeadersInit | null | undefined,
  codings: readonly string[],
): Headers {
  const defaults = new Headers([
    ["Accept", "*/*"],
    ...(codings.length > 0 ? [["Accept-Encoding", codings.join(", ")]] : []),
    ["Connection", "keep-alive"],
    ["User-Agent", `httpx-ts/${VERSION}`],
  ]);
  if (headers !== null && headers !== undefined) defaults.update(headers);
  return defaults;
}
