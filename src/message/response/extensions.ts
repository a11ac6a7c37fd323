/** What a response brings along beside its head and body. */
import type { Attempt } from "../retry/attempt.ts";
import type { NetworkStream } from "../../runtime/socket.ts";

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
  /** Anything else. */
  [name: string]: unknown;
}
