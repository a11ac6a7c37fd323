/**
 * The bridge from a response to a WebSocket connection: checks what the server has agreed to, and puts an engine on the
 * stream of the response.
 */
import { RemoteProtocolError } from "../errors.ts";
import type { Response } from "../message/response/response.ts";
import { nameOfRequest } from "../observe/mask.ts";
import { rawDeflate } from "../runtime/raw_deflate.ts";
import type { SocketHandler } from "../runtime/socket.ts";
import type { NetworkStream } from "../semantics/network_stream.ts";
import { startTimeout } from "../runtime/timers.ts";
import { type HandedSocket, UpgradedStream } from "../wire/connection/upgraded_stream.ts";
import { StreamSocket } from "../wire/connection/websocket/stream_socket.ts";
import { WebSocketConnection } from "../wire/connection/websocket/websocket_connection.ts";
import type { FillRandom } from "../wire/websocket/frames/mask.ts";
import {
  type Agreement,
  agreementOf,
  type Proposal,
  upgradeFault,
} from "../wire/websocket/handshake/opening_handshake.ts";
import type { WebSocketLimits } from "../wire/websocket/limits.ts";
import { MessageDeflate } from "../wire/websocket/messages/deflate.ts";

/** What the connection is made with. */
export interface WebSocketSettings {
  readonly limits: Partial<WebSocketLimits>;
  readonly closeTimeoutMs: number;
  readonly keepAliveMs: number | null;
  /** Messages below this size are sent uncompressed. */
  readonly deflateFromBytes: number;
}

/** A connection that has not started, and what both sides have agreed on. */
export interface OpenedWebSocket {
  readonly connection: WebSocketConnection;
  readonly protocol: string;
  readonly extensions: string;
}

const fillRandom: FillRandom = (words) => crypto.getRandomValues(words);
const NOTHING = new Uint8Array(0);

/**
 * Makes a connection of a response that accepts a handshake.
 *
 * @param accept the expected `Sec-WebSocket-Accept`; `null` over HTTP/2, which has none (RFC 8441 §5)
 * @throws {RemoteProtocolError} for an answer that does not fit the proposal; the stream is closed then
 */
export async function acceptWebSocket(
  response: Response,
  { accept, proposal, settings }: {
    readonly accept: string | null;
    readonly proposal: Proposal;
    readonly settings: WebSocketSettings;
  },
): Promise<OpenedWebSocket> {
  const stream = response.extensions.network_stream;
  const agreement = checkAnswer(response, { accept, proposal });
  if ("fault" in agreement || stream === undefined) {
    const fault = "fault" in agreement ? agreement.fault : "the transport has no stream for it";
    await stream?.close();
    throw new RemoteProtocolError(
      `Invalid WebSocket handshake for ${nameOfRequest(response.request)}: ${fault}`,
      { request: response.request, phase: "receive" },
    );
  }
  const { limits, closeTimeoutMs, keepAliveMs, deflateFromBytes } = settings;
  const connection = new WebSocketConnection({
    limits,
    closeTimeoutMs,
    keepAliveMs,
    deflateFromBytes,
    deflate: deflateOf(agreement),
    keepsBytes: keepsBytes(stream),
    fillRandom,
    now: () => performance.now(),
    startTimeout,
    takeSocket: (handler) => takeSocket(stream, handler),
  });
  return { connection, protocol: agreement.protocol, extensions: agreement.extensions };
}

function checkAnswer(
  { headers }: Response,
  { accept, proposal }: { readonly accept: string | null; readonly proposal: Proposal },
): Agreement | { fault: string } {
  const getField = (name: string) => headers.get(name);
  const fault = accept === null ? null : upgradeFault(getField, accept);
  return fault === null ? agreementOf(getField, proposal) : { fault };
}

/** Without `node:zlib` compression is not offered. */
function deflateOf({ deflate }: Agreement): MessageDeflate | null {
  const raw = deflate === null ? null : rawDeflate();
  return deflate === null || raw === null ? null : new MessageDeflate(raw, deflate);
}

function keepsBytes(stream: NetworkStream): boolean {
  return stream instanceof UpgradedStream && stream.givesBytes;
}

function takeSocket(stream: NetworkStream, handler: SocketHandler): HandedSocket {
  if (stream instanceof UpgradedStream) return stream.handOver(handler);
  const socket = new StreamSocket(stream);
  socket.attach(handler);
  return { socket, leading: NOTHING, isEnded: false, close: () => socket.close() };
}
