/** An HTTP/2 connection on a scripted socket, with an owner that writes down what it is told. */
import { assertEquals } from "@std/assert";
import { Deadline, type TimeoutLimits } from "../../../src/clock/deadline.ts";
import type { IncomingResponse, OutgoingRequest } from "../../../src/wire/connection/connection.ts";
import { Http2Connection } from "../../../src/wire/connection/http2_connection.ts";
import type { Http2Limits } from "../../../src/wire/http2/engine.ts";
import { describeFrames, joined, settings } from "../http2/frames.ts";
import { ManualTime } from "../manual_clock.ts";
import { get } from "./connection_house.ts";
import { settle } from "./fake_connections.ts";
import { ScriptedSocket } from "./scripted_socket.ts";

const NONE: TimeoutLimits = { pool: null, connect: null, write: null, read: null, total: null };

/** A connection whose server has said hello. */
export class Http2House {
  readonly time = new ManualTime();
  readonly socket = new ScriptedSocket();
  readonly told: string[] = [];
  readonly connection: Http2Connection;

  constructor(hello: Uint8Array = settings(), limits: Partial<Http2Limits> = {}) {
    this.connection = new Http2Connection({
      socket: this.socket,
      clock: this.time.clock,
      peer: "example.org:443",
      scheme: "https",
      limits,
    });
    this.connection.owner = {
      onReleased: () => this.told.push("released"),
      onRoom: () => this.told.push("room"),
      onClosed: () => this.told.push("closed"),
    };
    this.socket.deliver(hello);
    this.told.length = 0;
  }

  send(
    request: Partial<OutgoingRequest> = {},
    limits: Partial<TimeoutLimits> = {},
    signal: AbortSignal | null = null,
  ): Promise<IncomingResponse> {
    const outgoing = get(request);
    const init = { limits: { ...NONE, ...limits }, signal, request: outgoing };
    const promise = this.connection.exchange(outgoing, new Deadline(this.time.clock, init));
    promise.catch(() => {});
    return promise;
  }

  deliver(...frames: readonly Uint8Array[]): void {
    this.socket.deliver(joined(...frames));
  }

  /** The frames written since the last call. */
  async sent(): Promise<string[]> {
    await settle();
    const bytes = Uint8Array.from(this.socket.sent, (c) => c.charCodeAt(0));
    this.socket.sent = "";
    return describeFrames(bytes);
  }

  /** Nothing waits and nothing is armed. */
  assertQuiet(): void {
    assertEquals(this.time.clock.size, 0);
  }
}
