import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as errors from "../../../src/errors.ts";
import { inMemory, Tap, text, wholeText } from "../../support/connections/connection_fixture.ts";
import { Http2Fixture } from "../../support/connections/http2_fixture.ts";
import { data, F, frame, headers, settings, T, uint32 } from "../../support/http2/frames.ts";

const HELLO = ["SETTINGS 0", "WINDOW_UPDATE 0 +1073676289", "SETTINGS 0 ack"];
const END = F.END_HEADERS | F.END_STREAM;
const goaway = (last: number, code = 0) =>
  frame(T.GOAWAY, 0, 0, [...uint32(last), ...uint32(code)]);
const update = (id: number, bytes: number) => frame(T.WINDOW_UPDATE, 0, id, uint32(bytes));
const kb = (count: number) => "x".repeat(1024 * count);

/** A fixture that has sent its preface. */
async function begun(...given: ConstructorParameters<typeof Http2Fixture>): Promise<Http2Fixture> {
  const fixture = new Http2Fixture(...given);
  await fixture.sent();
  return fixture;
}

describe("Http2Connection, exchanging", () => {
  it("sends preface, head and acknowledgement in one write, and reads the response", async () => {
    const fixture = new Http2Fixture();
    const sent = fixture.send();
    assertEquals(await fixture.sent(), [...HELLO, "HEADERS 1 ends"]);
    fixture.deliver(headers(1, { ":status": "201", a: "b" }), data(1, "hi", F.END_STREAM));
    const response = await sent;
    assertEquals([response.version, response.status, response.reason], ["HTTP/2", 201, ""]);
    assertEquals(response.fields.lines as unknown, ["a", "b"]);
    assertEquals(await wholeText(response.body), "hi");
    assertEquals([fixture.told, await fixture.sent()], [["released"], []]);
    fixture.assertQuiet();
  });

  it("carries many exchanges whose responses come in any order", async () => {
    const fixture = await begun();
    const sent = [1, 2, 3].map(() => fixture.send());
    assertEquals(await fixture.sent(), ["HEADERS 1 ends", "HEADERS 3 ends", "HEADERS 5 ends"]);
    fixture.deliver(headers(5), headers(1), data(1, "one", 1), headers(3), data(5, "fi"));
    fixture.deliver(data(3, "three", 1), data(5, "ve", 1));
    const texts = await Promise.all(sent.map(async (response) => wholeText((await response).body)));
    assertEquals(texts, ["one", "three", "five"]);
    assertEquals(fixture.told.length, 3);
  });

  it("sends a small body with its head, in one write", async () => {
    const fixture = await begun();
    const fields = ["Host", "a", "Content-Length", "5"];
    const sent = fixture.send({ method: "POST", fields, body: inMemory("hello") });
    assertEquals(await fixture.sent(), ["HEADERS 1", "DATA 1 5 ends"]);
    fixture.deliver(headers(1, { ":status": "204" }, END));
    assertEquals((await sent).status, 204);
    fixture.assertQuiet();
  });

  it("sends a stream as it comes, and its end", async () => {
    const fixture = await begun();
    const tap = new Tap();
    fixture.send({ method: "POST", body: tap });
    await tap.give("hel");
    await tap.give("lo");
    await tap.give(null);
    assertEquals(await fixture.sent(), ["HEADERS 1", "DATA 1 3", "DATA 1 2", "DATA 1 0 ends"]);
  });

  it("waits with content for 100 Continue, and not for ever", async () => {
    const fixture = await begun();
    const request = { method: "POST", fields: ["Host", "a", "Expect", "100-continue"] };
    fixture.send({ ...request, body: inMemory("hello") });
    fixture.send({ ...request, body: inMemory("world") });
    assertEquals(await fixture.sent(), ["HEADERS 1", "HEADERS 3"]);
    fixture.deliver(headers(1, { ":status": "100" }));
    assertEquals((await fixture.sent()).slice(0, 1), ["DATA 1 5"]);
    fixture.time.advance(1100);
    assertEquals((await fixture.sent()).slice(0, 1), ["DATA 3 5"]);
  });

  it("tells of 1xx, and hands trailers over", async () => {
    const fixture = await begun();
    const told: number[] = [];
    const sent = fixture.send({ onInformational: (status) => told.push(status) });
    fixture.deliver(headers(1, { ":status": "103", link: "</a>" }), headers(1));
    fixture.deliver(headers(1, { "x-check": "1" }, END));
    const { body } = await sent;
    assertEquals(await wholeText(body), "");
    assertEquals([told, body.trailers as unknown], [[103], ["x-check", "1"]]);
  });

  it("while the runtime holds a write, frames gather for the next", async () => {
    const fixture = await begun();
    fixture.socket.isStuck = true;
    fixture.send();
    assertEquals(await fixture.sent(), ["HEADERS 1 ends"]);
    fixture.send();
    fixture.send();
    assertEquals(await fixture.sent(), []);
    fixture.socket.drain();
    assertEquals(await fixture.sent(), ["HEADERS 3 ends", "HEADERS 5 ends"]);
  });

  it("a response that is complete before its request ends the upload (RFC 9113 §8.1)", async () => {
    const fixture = await begun();
    const tap = new Tap();
    const sent = fixture.send({ method: "POST", body: tap });
    await tap.give("some");
    fixture.deliver(headers(1, { ":status": "413" }, END));
    assertEquals((await sent).status, 413);
    assertEquals(await fixture.sent(), ["HEADERS 1", "DATA 1 4", "RST_STREAM 1 NO_ERROR"]);
    assert(tap.isReturned);
    fixture.assertQuiet();
  });

  it("takes no more than the server allows, and says so in a way that is sent again", async () => {
    const fixture = await begun(settings(3, 1));
    fixture.send();
    assertEquals(fixture.connection.maxExchanges, 1);
    const error = await fixture.send().catch((e) => e);
    assertInstanceOf(error, errors.RemoteProtocolError);
    assert(fixture.requests[1]?.mayReplay, "nothing of it was sent");
    fixture.deliver(settings(3, 5));
    assertEquals([fixture.connection.maxExchanges, fixture.told.at(-1)], [5, "room"]);
  });
});

describe("Http2Connection, windows", () => {
  it("holds content back where a window is full, without a copy, and goes on by updates", async () => {
    const fixture = await begun(settings(4, 10));
    const tap = new Tap();
    fixture.send({ method: "POST", body: tap });
    await tap.give("0123456789abcde");
    assertEquals(await fixture.sent(), ["HEADERS 1", "DATA 1 10"]);
    fixture.deliver(update(1, 3));
    assertEquals(await fixture.sent(), ["DATA 1 3"]);
    fixture.deliver(update(1, 100));
    assertEquals(await fixture.sent(), ["DATA 1 2"]);
    await tap.give(null);
    assertEquals(await fixture.sent(), ["DATA 1 0 ends"]);
  });

  it("who has waited longest is served first, and all in turn", async () => {
    const fixture = await begun();
    const body = () => inMemory("x".repeat(60_000));
    for (let i = 0; i < 3; i++) fixture.send({ method: "POST", body: body() });
    const first = (await fixture.sent()).filter((line) => line.startsWith("DATA"));
    assertEquals(first.map((line) => line.slice(0, 6)), [...Array(4).fill("DATA 1"), "DATA 3"]);
    fixture.deliver(update(0, 100), update(0, 50));
    const next = await fixture.sent();
    assertEquals(next, ["DATA 3 100", "DATA 5 50"]);
  });

  it("a server that takes nothing is a WriteTimeout of that stream alone", async () => {
    const fixture = await begun(settings(4, 10));
    const stuck = fixture.send({ method: "POST", body: inMemory("x".repeat(20)) }, { write: 500 });
    const other = fixture.send();
    assertEquals(await fixture.sent(), ["HEADERS 1", "HEADERS 3 ends", "DATA 1 10"]);
    fixture.time.advance(300);
    fixture.deliver(update(1, 5));
    assertEquals(await fixture.sent(), ["DATA 1 5"]);
    fixture.time.advance(300);
    fixture.deliver(headers(3), data(3, "ok", 1));
    fixture.time.advance(300);
    await assertRejects(() => stuck, errors.WriteTimeout, "500 ms (timeout.write)");
    assertEquals(await wholeText((await other).body), "ok");
    assertEquals((await fixture.sent()).at(-1), "RST_STREAM 1 CANCEL");
    assert(!fixture.socket.isClosed);
    fixture.assertQuiet();
  });

  it("a slow reader stops the window of its stream, not its neighbours", async () => {
    const fixture = await begun();
    const slow = fixture.send();
    const quick = fixture.send();
    fixture.deliver(headers(1), headers(3));
    const { body } = await slow;
    const reading = wholeText((await quick).body);
    for (let i = 0; i < 12; i++) fixture.deliver(data(1, kb(16)));
    for (let i = 0; i < 64; i++) fixture.deliver(data(3, kb(16)));
    fixture.deliver(data(3, "", 1));
    assertEquals((await reading)?.length, 1024 * 1024);
    const updates = await fixture.sent();
    assertEquals(updates.filter((line) => line.startsWith("WINDOW_UPDATE 1")), []);
    assert(updates.some((line) => line.startsWith("WINDOW_UPDATE 3")), "the neighbour flows");
    for (let bytes = 0; bytes < 192 * 1024;) bytes += (await body.read())?.length ?? NaN;
    assertEquals(await fixture.sent(), Array(3).fill("WINDOW_UPDATE 1 +49152"));
  });

  it("a server that ignores the window of a slow reader is cut off", async () => {
    const fixture = await begun();
    const sent = fixture.send();
    fixture.deliver(headers(1));
    const { body } = await sent;
    await fixture.sent();
    for (let i = 0; i < 17; i++) fixture.deliver(data(1, kb(16)));
    await assertRejects(() => body.readAll() as Promise<Uint8Array>, errors.RemoteProtocolError);
    assertEquals(await fixture.sent(), ["RST_STREAM 1 FLOW_CONTROL_ERROR"]);
  });
});

describe("Http2Connection, ending", () => {
  for (const when of ["before the head", "in the body", "while nobody reads"] as const) {
    it(`an abort ${when} resets that stream alone`, async () => {
      const fixture = await begun();
      const abort = new AbortController();
      const reason = new Error("enough");
      const sent = fixture.send({}, {}, abort.signal);
      const other = fixture.send();
      if (when === "before the head") {
        abort.abort(reason);
        assertStrictEquals(await sent.catch((e) => e), reason);
      } else {
        fixture.deliver(headers(1));
        const { body } = await sent;
        const early = when === "in the body" ? body.read() : null;
        early?.catch(() => {});
        abort.abort(reason);
        assertStrictEquals(await (early ?? body.read()).catch((e) => e), reason);
      }
      assertEquals((await fixture.sent()).at(-1), "RST_STREAM 1 CANCEL");
      fixture.deliver(headers(1), data(1, "late", 1), headers(3), data(3, "ok", 1));
      assertEquals(await wholeText((await other).body), "ok");
      assertEquals(fixture.told, ["released", "released"]);
      fixture.assertQuiet();
    });
  }

  it("giving up a body resets its stream, and frees its place", async () => {
    const fixture = await begun();
    const sent = fixture.send();
    fixture.deliver(headers(1), data(1, "some"));
    await (await sent).body.cancel();
    assertEquals((await fixture.sent()).at(-1), "RST_STREAM 1 CANCEL");
    assertEquals([fixture.told, fixture.connection.engine.streamCount], [["released"], 0]);
    fixture.assertQuiet();
  });

  it("a body whose source fails resets its stream, with the source's own error", async () => {
    const fixture = await begun();
    const tap = new Tap();
    const sent = fixture.send({ method: "POST", body: tap });
    const reason = new Error("disk");
    await tap.fail(reason);
    assertStrictEquals(await sent.catch((e) => e), reason);
    assertEquals((await fixture.sent()).at(-1), "RST_STREAM 1 CANCEL");
  });

  it("a total timeout resets its stream", async () => {
    const fixture = await begun();
    const sent = fixture.send({}, { total: 1000 });
    fixture.deliver(headers(1), data(1, "x"));
    const { body } = await sent;
    fixture.time.advance(1100);
    await assertRejects(async () => await body.readAll(), errors.ReadTimeout, "timeout.total");
    assertEquals((await fixture.sent()).at(-1), "RST_STREAM 1 CANCEL");
    fixture.assertQuiet();
  });

  it("is at rest while nobody reads any response, and holds the program when somebody does again", async () => {
    const fixture = await begun();
    const sent = [fixture.send(), fixture.send()];
    fixture.deliver(headers(1));
    const { body } = await sent[0]!;
    assertEquals(fixture.connection.isAtRest, false); // the other's head is waited for
    fixture.deliver(headers(3));
    await sent[1];
    assertEquals(fixture.connection.isAtRest, true);
    fixture.connection.unref();
    assertEquals(fixture.socket.isRef, false);
    const reading = body.readAll();
    assertEquals([fixture.connection.isAtRest, fixture.socket.isRef], [false, true]);
    fixture.deliver(data(1, "ok", F.END_STREAM), data(3, "", F.END_STREAM));
    assertEquals([(await reading)!.length, fixture.connection.isAtRest], [2, false]);
  });

  it("a response that is cut off says after how many bytes", async () => {
    const fixture = await begun();
    const sent = fixture.send();
    fixture.deliver(headers(1, { ":status": "200", "content-length": "10" }), data(1, "four"));
    const { body } = await sent;
    fixture.socket.deliverEnd();
    const expected = "body ended after 4 of 10 bytes";
    await assertRejects(async () => await body.readAll(), errors.RemoteProtocolError, expected);
  });

  it("GOAWAY on a connection at rest closes it", async () => {
    const fixture = await begun();
    fixture.deliver(goaway(0));
    assertEquals([fixture.socket.isClosed, fixture.told.at(-1)], [true, "closed"]);
    fixture.assertQuiet();
  });

  for (const how of ["end", "error"] as const) {
    it(`the server's ${how} fails every stream, and closes`, async () => {
      const fixture = await begun();
      const sent = [fixture.send(), fixture.send()];
      fixture.deliver(headers(1), data(1, "some"));
      const { body } = await sent[0]!;
      if (how === "end") fixture.socket.deliverEnd();
      else fixture.socket.deliverError(new errors.ReadError("connection reset"));
      const reasons = how === "error" ? ["connection reset", "connection reset"] : [
        "body ended after 4 bytes, before the end of its stream",
        "server disconnected without sending a response",
      ];
      await assertRejects(async () => await body.readAll(), errors.TransportError, reasons[0]);
      await assertRejects(() => sent[1]!, errors.TransportError, reasons[1]);
      assertEquals([fixture.told, fixture.socket.isClosed], [["closed"], true]);
      fixture.assertQuiet();
    });
  }

  it("a broken rule is answered by GOAWAY, which is given time to arrive", async () => {
    const fixture = await begun();
    const sent = fixture.send();
    fixture.deliver(data(99, "x"));
    await assertRejects(() => sent, errors.RemoteProtocolError, "(PROTOCOL_ERROR)");
    assertEquals((await fixture.sent()).at(-1), "GOAWAY 0 PROTOCOL_ERROR");
    assertEquals([fixture.connection.maxExchanges, fixture.socket.isEnded], [0, true]);
    fixture.deliver(headers(1, {}, END));
    assertEquals(fixture.socket.isClosed, false);
    fixture.time.advance(600);
    assertEquals([fixture.socket.isClosed, fixture.told], [true, ["closed"]]);
    fixture.assertQuiet();
  });

  it("close() says goodbye and fails what is under way; twice is once", async () => {
    const fixture = await begun();
    const sent = fixture.send();
    await fixture.sent();
    fixture.connection.close();
    fixture.connection.close();
    await assertRejects(() => sent, errors.CloseError);
    assertEquals(await fixture.sent(), ["GOAWAY 0 NO_ERROR"]);
    assertEquals([fixture.told, fixture.socket.isClosed], [["closed"], true]);
    fixture.assertQuiet();
  });
});

describe("Http2Connection and silence", () => {
  it("asks by PING at half the read timeout; any byte is an answer", async () => {
    const fixture = await begun();
    const sent = fixture.send({}, { read: 1000 });
    await fixture.sent();
    fixture.time.advance(550);
    assertEquals(await fixture.sent(), ["PING 0"]);
    fixture.deliver(frame(T.PING, F.ACK, 0, [1, 2, 3, 4, 5, 6, 7, 8]));
    fixture.time.advance(550);
    const error = await sent.catch((e) => e);
    assertInstanceOf(error, errors.ReadTimeout);
    assert(!fixture.socket.isClosed, "the server is there, it is the stream that is slow");
    assertEquals((await fixture.sent()).includes("RST_STREAM 1 CANCEL"), true);
    fixture.assertQuiet();
  });

  it("a server that does not answer is dead: every stream fails within the read timeout", async () => {
    const fixture = await begun();
    const first = fixture.send({}, { read: 1000 });
    const patient = fixture.send({}, { read: null });
    fixture.time.advance(1100);
    await assertRejects(() => first, errors.ReadTimeout);
    await assertRejects(() => patient, errors.ReadError, "PING");
    assertEquals([fixture.socket.isClosed, fixture.told.at(-1)], [true, "closed"]);
    fixture.assertQuiet();
  });

  it("sends no PING while bytes come, and none while nothing is under way", async () => {
    const fixture = await begun();
    const sent = fixture.send({}, { read: 1000 });
    await fixture.sent();
    fixture.deliver(headers(1));
    const { body } = await sent;
    const reading = wholeText(body);
    for (let i = 0; i < 10; i++) {
      fixture.time.advance(300);
      fixture.deliver(data(1, "x"));
    }
    fixture.deliver(data(1, "", 1));
    assertEquals((await reading)?.length, 10);
    fixture.time.advance(10_000);
    assertEquals((await fixture.sent()).filter((line) => line.startsWith("PING")), []);
    fixture.assertQuiet();
  });

  it("a caller who rests for long does not make the server dead", async () => {
    const fixture = await begun();
    const sent = fixture.send({}, { read: 1000 });
    fixture.deliver(headers(1), data(1, "x"));
    const { body } = await sent;
    for (let i = 0; i < 10; i++) {
      fixture.time.advance(1000);
      if ((await fixture.sent()).includes("PING 0")) {
        fixture.deliver(frame(T.PING, F.ACK, 0, Array(8).fill(0)));
      }
    }
    assertEquals(text(await body.read()), "x");
    assert(!fixture.socket.isClosed);
  });

  it("floods are counted by the second", async () => {
    const fixture = await begun();
    for (let second = 0; second < 3; second++) {
      for (let i = 0; i < 999; i++) fixture.deliver(frame(T.PING, F.ACK, 0, Array(8).fill(0)));
      fixture.time.advance(1100);
    }
    assert(!fixture.socket.isClosed);
    for (let i = 0; i < 1002; i++) fixture.deliver(frame(T.PING, F.ACK, 0, Array(8).fill(0)));
    assertEquals((await fixture.sent()).at(-1), "GOAWAY 0 ENHANCE_YOUR_CALM");
  });
});
