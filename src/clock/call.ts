/** What transports and middleware know of the call that a request belongs to: `request.extensions.call`. */
import type { CallDeadline } from "./call_deadline.ts";

/**
 * The log of a client.
 *
 * @example Into a list
 * ```ts
 * import { type CallLog } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const log: CallLog = { line: (text) => void lines.push(text) };
 * log.line("HTTP Retry: …");
 * assertEquals(lines.length, 1);
 * ```
 */
export interface CallLog {
  /** Takes a line of the level `info`. */
  line(text: string): void;
}

/**
 * The call that a request belongs to. A client makes it; a request that is handed to a transport directly has none.
 *
 * @example Only a response that is read whole can be repeated when its body breaks off
 * ```ts
 * import { Client, type Middleware, MockTransport, Response } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: boolean[] = [];
 * const looking: Middleware = (request, next) => {
 *   seen.push(request.extensions.call?.isStreamed ?? true);
 *   return next(request);
 * };
 * const transport = new MockTransport(() => new Response(200));
 * await using client = new Client({ transport, middleware: [looking] });
 * await client.get("https://example.org/");
 * await (await client.stream("GET", "https://example.org/")).close();
 * assertEquals(seen, [false, true]);
 * ```
 */
export interface Call {
  /** Whether the caller reads the body; else it is read whole before the caller sees the response. */
  readonly isStreamed: boolean;
  /** The total timeout and the signal, which bound the whole call. */
  readonly deadline: CallDeadline;
  /** The largest body that the client takes, decoded, in bytes. Default: no limit. */
  readonly maxResponseBytes?: number;
  /** How many times larger than received a body may be that is read whole and larger than 8 MB. Default: 200. */
  readonly maxDecodedRatio?: number;
  /** The client's log, if it has one. */
  readonly log?: CallLog | null;
}
