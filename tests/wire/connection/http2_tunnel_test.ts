/** A request for a WebSocket over HTTP/2 (RFC 8441): an extended CONNECT, and a stream of raw bytes. */
import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as errors from "../../../src/errors.ts";
import type { NetworkStream } from "../../../src/semantics/network_stream.ts";
import { text } from "../../support/connections/connection_fixture.ts";
import { settle } from "../../support/connections/fake_connections.ts";
import { Http2Fixture } from "../../support/connections/http2_fixture.ts";
import { data, F, frame, headers, settings, T, uint32 } from "../../support/http2/frames.ts";

const ALLOWED = settings(8, 1);
const FIELDS = [
  ...["Host", "example.org", "Connection", "Upgrade", "Upgrade", "websocket"],
  ...["Sec-WebSocket-Key", "x", "Sec-WebSocket-Version", "13"],
];

/** A connection with a tunnel, whose frames so far were looked at. */
async function tunnelled(
  hello = ALLOWED,
): Promise<{ fixture: Http2Fixture; stream: NetworkStream }> {
  const fixture = new Http2Fixture(hello);
  const sent = fixture.send({ fields: FIELDS }, { read: 100 });
  fixture.deliver(headers(1));
  const { upgraded, status, body } = await sent;
  assertEquals([status, await body.read()], [200, null]);
  await fixture.sent();
  return { fixture, stream: upgraded! };
}

const bytes = (content: string) => new TextEncoder().encode(content);

describe("Http2Connection, extended CONNECT", () => {
  it("waits for the server's settings, and is part of the call's deadline until then", async () => {
    const fixture = new Http2Fixture(new Uint8Array(0));
    const sent = fixture.send({ fields: FIELDS }, { read: 100 });
    assertEquals((await fixture.sent()).includes("HEADERS 1"), false);
    fixture.deliver(ALLOWED);
    assertEquals((await fixture.sent()).filter((line) => line.startsWith("HEADERS")), [
      "HEADERS 1",
    ]);
    fixture.time.advance(150);
    await assertRejects(() => sent, errors.ReadTimeout);

    const silent = new Http2Fixture(new Uint8Array(0));
    const waiting = silent.send({ fields: FIELDS }, { read: 100 });
    silent.time.advance(150);
    await assertRejects(() => waiting, errors.ReadTimeout);
    silent.assertQuiet();
  });

  it("carries bytes both ways, with no deadline of the call", async () => {
    const { fixture, stream } = await tunnelled();
    fixture.time.advance(10_000);
    const reading = stream.read();
    fixture.deliver(data(1, "hello"));
    assertEquals(text(await reading), "hello");
    await stream.write(bytes("hi"));
    await stream.write(bytes("again"));
    assertEquals(await fixture.sent(), ["DATA 1 2", "DATA 1 5"]);
    fixture.assertQuiet();
  });

  it("a write waits for the window", async () => {
    const { fixture, stream } = await tunnelled(settings(8, 1, 4, 3));
    let isDone = false;
    const writing = stream.write(bytes("hello")).then(() => isDone = true);
    assertEquals([await fixture.sent(), isDone], [["DATA 1 3"], false]);
    fixture.deliver(frame(T.WINDOW_UPDATE, 0, 1, uint32(10)));
    await writing;
    assertEquals(await fixture.sent(), ["DATA 1 2"]);
  });

  it("slows the peer of a tunnel that is not read", async () => {
    const { fixture, stream } = await tunnelled();
    const chunk = "x".repeat(16_000);
    for (let i = 0; i < 12; i++) fixture.deliver(data(1, chunk));
    assertEquals((await fixture.sent()).filter((line) => line.startsWith("WINDOW_UPDATE 1")), []);
    for (let left = 12 * 16_000; left > 0;) left -= (await stream.read())?.length ?? left;
    assertEquals((await fixture.sent()).some((line) => line.startsWith("WINDOW_UPDATE 1")), true);
  });

  it("each side ends by itself", async () => {
    const { fixture, stream } = await tunnelled();
    fixture.deliver(data(1, "last", F.END_STREAM));
    assertEquals([text(await stream.read()), await stream.read()], ["last", null]);
    await stream.write(bytes("more"));
    stream.end();
    assertEquals(await fixture.sent(), ["DATA 1 4", "DATA 1 0 ends"]);
    await settle();
    assertEquals([fixture.connection.engine.streamCount, fixture.told.at(-1)], [0, "released"]);
    await assertRejects(() => stream.write(bytes("x")), errors.StreamClosed);
    fixture.assertQuiet();
  });

  it("close() resets the stream; what waits is refused", async () => {
    const { fixture, stream } = await tunnelled();
    const reading = stream.read().catch((error) => error);
    await stream.close();
    assertInstanceOf(await reading, errors.StreamClosed);
    assertEquals(await fixture.sent(), ["RST_STREAM 1 CANCEL"]);
    await assertRejects(() => stream.read(), errors.StreamClosed);
    assertEquals(fixture.told.at(-1), "released");
  });

  it("a wait of its own ends it", async () => {
    const { fixture, stream } = await tunnelled();
    const reading = stream.read({ timeout: 50 }).catch((error) => error);
    fixture.time.advance(100);
    assertInstanceOf(await reading, errors.ReadTimeout);
    assertEquals(await fixture.sent(), ["RST_STREAM 1 CANCEL"]);
    fixture.assertQuiet();
  });

  it("fails with its connection and its client", async () => {
    for (const how of ["connection", "client"] as const) {
      const { fixture, stream } = await tunnelled();
      const reading = stream.read().catch((error) => error);
      const writing = stream.write(new Uint8Array(1_000_000)).catch((error) => error);
      if (how === "client") {
        fixture.connection.close(new errors.CloseError("the client was closed"));
      } else fixture.socket.deliverEnd();
      const type = how === "client" ? errors.CloseError : errors.RemoteProtocolError;
      assertInstanceOf(await reading, type);
      assertInstanceOf(await writing, errors.StreamClosed);
      fixture.assertQuiet();
    }
  });

  it("another status is a response as any other", async () => {
    const fixture = new Http2Fixture(ALLOWED);
    const sent = fixture.send({ fields: FIELDS });
    fixture.deliver(headers(1, { ":status": "403" }), data(1, "no", F.END_STREAM));
    const { status, body, upgraded } = await sent;
    assertEquals([status, text(await body.readAll()), upgraded], [403, "no", null]);
    assertEquals((await fixture.sent()).at(-1), "RST_STREAM 1 NO_ERROR");
    fixture.assertQuiet();
  });

  it("a server without it gets nothing; the request asks for HTTP/1.1", async () => {
    for (const upgrade of ["websocket", "h2c"]) {
      const fixture = new Http2Fixture();
      await fixture.sent();
      const fields = ["Host", "a", "Upgrade", upgrade];
      await assertRejects(() => fixture.send({ fields }), errors.LocalProtocolError, "HTTP/2");
      assertEquals([await fixture.sent(), fixture.requests[0]?.needsHttp1], [[], true]);
      fixture.assertQuiet();
    }
  });
});
