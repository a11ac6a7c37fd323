/** An HTTP/2 connection on a scripted socket, with an owner that writes down what it is told. */
import { Http2Connection } from "../../../src/wire/connection/http2_connection.ts";
import type { Http2Limits } from "../../../src/wire/http2/engine.ts";
import { describeFrames, joined, settings } from "../http2/frames.ts";
import { ConnectionFixture } from "./connection_fixture.ts";
import { settle } from "./fake_connections.ts";

/** A connection whose server has said hello. */
export class Http2Fixture extends ConnectionFixture<Http2Connection> {
  readonly connection: Http2Connection;
  /** How often the server has required HTTP/1.1. */
  http1RequiredCount = 0;

  constructor(
    hello: Uint8Array = settings(),
    limits: Partial<Http2Limits> = {},
    { mayHttp1 = true } = {},
  ) {
    super();
    const connection = new Http2Connection({
      socket: this.socket,
      clock: this.time.clock,
      peer: "example.org:443",
      scheme: "https",
      limits,
      onHttp1Required: mayHttp1 ? () => this.http1RequiredCount++ : null,
    });
    this.connection = this.own(connection, "released");
    this.socket.deliver(hello);
    this.told.length = 0;
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
}
