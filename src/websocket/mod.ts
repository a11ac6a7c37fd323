/**
 * WebSockets (RFC 6455) over a client's own connections.
 *
 * `client.websocket(url, options)` opens one with everything that the client has: proxies, TLS, UNIX sockets, cookies, auth,
 * redirects if they are followed, hooks, timeouts. Over HTTP/2 it is a stream of a shared connection if the server allows
 * that (RFC 8441), and a connection of its own over HTTP/1.1 if not. What comes back is an async iterable of messages.
 *
 * ```ts
 * import { Client } from "@httpx/httpx";
 * import { assertEquals } from "@std/assert";
 *
 * const server = Deno.serve({ port: 0, onListen() {} }, (request) => {
 *   const { socket, response } = Deno.upgradeWebSocket(request);
 *   socket.onmessage = ({ data }) => socket.send(data);
 *   return response;
 * });
 * {
 *   await using client = new Client();
 *   await using socket = await client.websocket(`ws://localhost:${server.addr.port}/`);
 *   for (const word of ["one", "two", "three"]) await socket.send(word);
 *   for await (const message of socket) {
 *     if (message === "three") break; // leaving the loop closes the WebSocket
 *   }
 *   assertEquals(socket.closeInfo?.code, 1000);
 * }
 * await server.shutdown();
 * ```
 *
 * - **Sending.** `send()` takes text, bytes, a `Blob`, or a stream, which is sent as one message with a frame for each chunk.
 *   It resolves when more may be sent: a loop that awaits it goes no faster than the server reads. Small messages of one
 *   turn leave in one write.
 * - **Receiving.** Text arrives as strings, everything else as `Uint8Array`. A loop that takes its time slows the server.
 *   `receive({ timeout, signal })` waits for one message; `readable` and `writable` are web streams.
 * - **The end.** A loop ends when the server closes with 1000, 1001 or no code. Any other code is a `WebSocketClosed` with
 *   `code` and `reason`; a connection that breaks is a `ReadError`, one that breaks the protocol a `RemoteProtocolError`.
 *   `close(code, reason)` waits for the server's answer, `closeTimeoutMs` at most. `closeInfo` and `closed` say how it ended.
 * - **A refusal.** Another answer than 101 is a `WebSocketRefused`; its `response` has status, headers and body.
 * - **Silence.** There is no read timeout. `keepAliveMs` sends a PING after so much silence, and ends the connection after
 *   as much again; `ping()` measures the way there and back.
 * - **Compression.** `compression: true` offers permessage-deflate (RFC 7692). Messages below 1 KB are sent as they are.
 *   Compressing secrets together with text that others choose can reveal the secrets: it is off by default.
 * - **Limits.** `maxMessageBytes` (64 MB) counts after decompression. A message that exceeds it closes with 1009.
 * - **The program's end.** An open WebSocket keeps the program alive only while a call waits for it.
 * - **Other code.** `webSocketOf(client)` makes a class like the web's `WebSocket`, for packages that take one.
 *
 * Not over `fetch` (`FetchClient`), and not for callers that block (`SyncClient`).
 *
 * @module
 */
export {
  ClientWebSocket,
  type WebSocketBinaryType,
  type WebSocketConstructor,
  type WebSocketDefaults,
  type WebSocketInit,
  webSocketOf,
} from "./web_socket.ts";
export type { SocketData } from "./ordered_sends.ts";
export type { WebSocketHandler } from "./socket_events.ts";
export {
  WebSocketClosed,
  type WebSocketClosedInit,
  WebSocketRefused,
} from "../client/websocket/websocket_errors.ts";
export type {
  WebSocketCompression,
  WebSocketOptions,
} from "../client/websocket/websocket_options.ts";
export {
  type WebSocketCloseInfo,
  WebSocketSession,
  type WebSocketWaitOptions,
} from "../client/websocket/websocket_session.ts";
export type { WebSocketMessage } from "../client/websocket/message_queue.ts";
export type { Sendable } from "../client/websocket/message_sender.ts";
