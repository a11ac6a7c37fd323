/** The errors that only WebSockets have; all others are the library's own. */
import { HTTPStatusError, type HTTPStatusErrorInit } from "../../message/response/response.ts";
import { nameError, TransportError, type TransportErrorInit } from "../../errors.ts";

/** What a `WebSocketClosed` has beside what every `TransportError` may have. */
export interface WebSocketClosedInit extends TransportErrorInit {
  /** The close code. */
  readonly code: number;
  /** The server's reason. */
  readonly reason: string;
}

/**
 * The WebSocket was closed: by the server with a code that reports a failure, or before the message could be sent.
 *
 * @example The server's code
 * ```ts
 * import { WebSocketClosed } from "@httpx/httpx/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new WebSocketClosed("closed by the server", { code: 4401, reason: "token expired" });
 * assertEquals([error.code, error.reason], [4401, "token expired"]);
 * ```
 */
export class WebSocketClosed extends TransportError {
  static readonly #isNamed: true = /* @__PURE__ */ nameError(this, "WebSocketClosed");
  /** The server's close code (RFC 6455 §7.4), or 1005 or 1006 for none. */
  readonly code: number;
  /** The server's reason, or an empty text. */
  readonly reason: string;

  /** An error with the code and the reason. */
  constructor(message: string, init: WebSocketClosedInit) {
    super(message, init);
    this.code = init.code;
    this.reason = init.reason;
  }
}

/**
 * The server answered the handshake with another status than the one that accepts it. `response` has status, headers and
 * up to 64 KB of the body.
 *
 * @example What the server answered
 * ```ts
 * import { Client, MockTransport, Response } from "@httpx/httpx";
 * import { WebSocketRefused } from "@httpx/httpx/websocket";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const transport = new MockTransport(() => new Response(403, { text: "not you" }));
 * await using client = new Client({ transport });
 * const error = await assertRejects(() => client.websocket("wss://example.org/"), WebSocketRefused);
 * assertEquals([error.response.status, await error.response.text()], [403, "not you"]);
 * ```
 */
export class WebSocketRefused extends HTTPStatusError {
  static readonly #isNamed: true = /* @__PURE__ */ nameError(this, "WebSocketRefused");

  /** An error that knows the response. */
  constructor(message: string, init: HTTPStatusErrorInit) {
    super(message, init);
  }
}
