/** What every request says of itself unless it is told otherwise. */
import { contentDecoding } from "../../message/content/decoding/decoding.ts";
import { Headers, type HeadersInit } from "../../message/headers.ts";
import { VERSION } from "../version.ts";

/** The default headers with others over them. In httpx's order; `Host` comes before them, from each request's URL. */
export function defaultHeaders(headers: HeadersInit | null | undefined): Headers {
  const codings = contentDecoding().codings().join(", ");
  const defaults = new Headers([
    ["Accept", "*/*"],
    ...(codings ? [["Accept-Encoding", codings]] : []), // else fetch sends its own
    ["Connection", "keep-alive"],
    ["User-Agent", `httpx-ts/${VERSION}`],
  ]);
  if (headers !== null && headers !== undefined) defaults.update(headers);
  return defaults;
}
