import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as errors from "../../../src/errors.ts";
import { inMemory, Tap, text, wholeText } from "../../support/connections/connection_house.ts";
import { Http2House } from "../../support/connections/http2_house.ts";
import { data, F, frame, headers, settings, T, uint32 } from "../../support/http2/frames.ts";

const HELLO = ["SETTINGS 0", "WINDOW_UPDATE 0 +1073676289", "SETTINGS 0 ack"];
const END = F.END_HEADERS | F.END_STREAM;
const goaway = (last: number, code = 0) =>
  frame(T.GOAWAY, 0, 0, [...uint32(last), ...uint32(code)]);
const update = (id: number, bytes: number) => frame(T.WINDOW_UPDATE, 0, id, uint32(bytes));
const kb = (count: number) => "x".repeat(1024 * count);

/** A house that has sent its preface. */
async function begun(...given: ConstructorParameters<typeof Http2House>): Promise<Http2House> {
  const house = new Http2House(...given);
  await house.sent();
  return house;
}

describe("Http2Connection, exchanging", () => {
  it("sends preface, head and acknowledgement in one write, and reads the response", async () => {
    const house = new Http2House();
    const sent = house.send();
    assertEquals(await house.sent(), [...HELLO, "HEADERS 1 ends"]);
    house.deliver(headers(1, { ":status": "201", a: "b" }), data(1, "hi", F.END_STREAM));
    const response = await sent;
    assertEquals([response.version, response.status, response.reason], ["HTTP/2", 201, ""]);
    assertEquals(response.fields.lines as unknown, ["a", "b"]);
    assertEquals(await wholeText(response.body), "hi");
    assertEquals([house.told, await house.sent()], [["released"], []]);
    house.assertQuiet();
  });

  it("carries many exchanges whose responses come in any order", async () => {
    const house = await begun();
    const sent = [1, 2, 3].map(() => house.send());
    assertEquals(await house.sent(), ["HEADERS 1 ends", "HEADERS 3 ends", "HEADERS 5 ends"]);
    house.deliver(headers(5), headers(1), data(1, "one", 1), headers(3), data(5, "fi"));
    house.deliver(data(3, "three", 1), data(5, "ve", 1));
    const texts = await Promise.all(sent.map(async (response) => wholeText((await response).body)));
    assertEquals(texts, ["one", "three", "five"]);
    assertEquals(house.told.length, 3);
  });

  it("sends a small body with its head, in one write", async () => {
    const house = await begun();
    const fields = ["Host", "a", "Content-Length", "5"];
    const sent = house.send({ method: "POST", fields, body: inMemory("hello") });
    assertEquals(await house.sent(), ["HEADERS 1", "DATA 1 5 ends"]);
    house.deliver(headers(1, { ":status": "204" }, END));
    assertEquals((await sent).status, 204);
    house.assertQuiet();
  });

  it("sends a stream as it comes, and its end", async () => {
    const house = await begun();
    const tap = new Tap();
    house.send({ method: "POST", body: tap });
    await tap.give("hel");
    await tap.give("lo");
    await tap.give(null);
    assertEquals(await house.sent(), ["HEADERS 1", "DATA 1 3", "DATA 1 2", "DATA 1 0 ends"]);
  });

  it("waits with content for 100 Continue, and not for ever", async () => {
    const house = await begun();
    const request = { method: "POST", fields: ["Host", "a", "Expect", "100-continue"] };
    house.send({ ...request, body: inMemory("hello") });
    house.send({ ...request, body: inMemory("world") });
    assertEquals(await house.sent(), ["HEADERS 1", "HEADERS 3"]);
    house.deliver(headers(1, { ":status": "100" }));
    assertEquals((await house.sent()).slice(0, 1), ["DATA 1 5"]);
    house.time.advance(1100);
    assertEquals((await house.sent()).slice(0, 1), ["DATA 3 5"]);
  });

  it("tells of 1xx, and hands trailers over", async () => {
    const house = await begun();
    const told: number[] = [];
    const sent = house.send({ onInformational: (status) => told.push(status) });
    house.deliver(headers(1, { ":status": "103", link: "</a>" }), headers(1));
    house.deliver(headers(1, { "x-check": "1" }, END));
    const { body } = await sent;
    assertEquals(await wholeText(body), "");
    assertEquals([told, body.trailers as unknown], [[103], ["x-check", "1"]]);
  });

  it("while the runtime holds a write, frames gather for the next", async () => {
    const house = await begun();
    house.socket.isStuck = true;
    house.send();
    assertEquals(await house.sent(), ["HEADERS 1 ends"]);
    house.send();
    house.send();
    assertEquals(await house.sent(), []);
    house.socket.drain();
    assertEquals(await house.sent(), ["HEADERS 3 ends", "HEADERS 5 ends"]);
  });

  it("a response that is complete before its request ends the upload (RFC 9113 §8.1)", async () => {
    const house = await begun();
    const tap = new Tap();
    const sent = house.send({ method: "POST", body: tap });
    await tap.give("some");
    house.deliver(headers(1, { ":status": "413" }, END));
    assertEquals((await sent).status, 413);
    assertEquals(await house.sent(), ["HEADERS 1", "DATA 1 4", "RST_STREAM 1 NO_ERROR"]);
    assert(tap.isReturned);
    house.assertQuiet();
  });

  it("takes no more than the server allows, and says so in a way that is sent again", async () => {
    const house = await begun(settings(3, 1));
    house.send();
    assertEquals(house.connection.maxExchanges, 1);
    const error = await house.send().catch((e) => e);
    assertInstanceOf(error, errors.RemoteProtocolError);
    assert(house.requests[1]?.mayReplay, "nothing of it was sent");
    house.deliver(settings(3, 5));
    assertEquals([house.connection.maxExchanges, house.told.at(-1)], [5, "room"]);
  });
});

describe("Http2Connection, windows", () => {
  it("holds content back where a window is full, without a copy, and goes on by updates", async () => {
    const house = await begun(settings(4, 10));
    const tap = new Tap();
    house.send({ method: "POST", body: tap });
    await tap.give("0123456789abcde");
    assertEquals(await house.sent(), ["HEADERS 1", "DATA 1 10"]);
    house.deliver(update(1, 3));
    assertEquals(await house.sent(), ["DATA 1 3"]);
    house.deliver(update(1, 100));
    assertEquals(await house.sent(), ["DATA 1 2"]);
    await tap.give(null);
    assertEquals(await house.sent(), ["DATA 1 0 ends"]);
  });

  it("who has waited longest is served first, and all in turn", async () => {
    const house = await begun();
    const body = () => inMemory("x".repeat(60_000));
    for (let i = 0; i < 3; i++) house.send({ method: "POST", body: body() });
    const first = (await house.sent()).filter((line) => line.startsWith("DATA"));
    assertEquals(first.map((line) => line.slice(0, 6)), [...Array(4).fill("DATA 1"), "DATA 3"]);
    house.deliver(update(0, 100), update(0, 50));
    const next = await house.sent();
    assertEquals(next, ["DATA 3 100", "DATA 5 50"]);
  });

  it("a server that takes nothing is a WriteTimeout of that stream alone", async () => {
    const house = await begun(settings(4, 10));
    const stuck = house.send({ method: "POST", body: inMemory("x".repeat(20)) }, { write: 500 });
    const other = house.send();
    assertEquals(await house.sent(), ["HEADERS 1", "HEADERS 3 ends", "DATA 1 10"]);
    house.time.advance(300);
    house.deliver(update(1, 5));
    assertEquals(await house.sent(), ["DATA 1 5"]);
    house.time.advance(300);
    house.deliver(headers(3), data(3, "ok", 1));
    house.time.advance(300);
    await assertRejects(() => stuck, errors.WriteTimeout, "500 ms (timeout.write)");
    assertEquals(await wholeText((await other).body), "ok");
    assertEquals((await house.sent()).at(-1), "RST_STREAM 1 CANCEL");
    assert(!house.socket.isClosed);
    house.assertQuiet();
  });

  it("a slow reader stops the window of its stream, not its neighbours", async () => {
    const house = await begun();
    const slow = house.send();
    const quick = house.send();
    house.deliver(headers(1), headers(3));
    const { body } = await slow;
    const reading = wholeText((await quick).body);
    for (let i = 0; i < 12; i++) house.deliver(data(1, kb(16)));
    for (let i = 0; i < 64; i++) house.deliver(data(3, kb(16)));
    house.deliver(data(3, "", 1));
    assertEquals((await reading)?.length, 1024 * 1024);
    const updates = await house.sent();
    assertEquals(updates.filter((line) => line.startsWith("WINDOW_UPDATE 1")), []);
    assert(updates.some((line) => line.startsWith("WINDOW_UPDATE 3")), "the neighbour flows");
    for (let bytes = 0; bytes < 192 * 1024;) bytes += (await body.read())?.length ?? NaN;
    assertEquals(await house.sent(), Array(3).fill("WINDOW_UPDATE 1 +49152"));
  });

  it("a server that ignores the window of a slow reader is cut off", async () => {
    const house = await begun();
    const sent = house.send();
    house.deliver(headers(1));
    const { body } = await sent;
    await house.sent();
    for (let i = 0; i < 17; i++) house.deliver(data(1, kb(16)));
    await assertRejects(() => body.readAll() as Promise<Uint8Array>, errors.RemoteProtocolError);
    assertEquals(await house.sent(), ["RST_STREAM 1 FLOW_CONTROL_ERROR"]);
  });
});

describe("Http2Connection, ending", () => {
  for (const when of ["before the head", "in the body", "while nobody reads"] as const) {
    it(`an abort ${when} resets that stream alone`, async () => {
      const house = await begun();
      const abort = new AbortController();
      const reason = new Error("enough");
      const sent = house.send({}, {}, abort.signal);
      const other = house.send();
      if (when === "before the head") {
        abort.abort(reason);
        assertStrictEquals(await sent.catch((e) => e), reason);
      } else {
        house.deliver(headers(1));
        const { body } = await sent;
        const early = when === "in the body" ? body.read() : null;
        early?.catch(() => {});
        abort.abort(reason);
        assertStrictEquals(await (early ?? body.read()).catch((e) => e), reason);
      }
      assertEquals((await house.sent()).at(-1), "RST_STREAM 1 CANCEL");
      house.deliver(headers(1), data(1, "late", 1), headers(3), data(3, "ok", 1));
      assertEquals(await wholeText((await other).body), "ok");
      assertEquals(house.told, ["released", "released"]);
      house.assertQuiet();
    });
  }

  it("giving up a body resets its stream, and frees its place", async () => {
    const house = await begun();
    const sent = house.send();
    house.deliver(headers(1), data(1, "some"));
    await (await sent).body.cancel();
    assertEquals((await house.sent()).at(-1), "RST_STREAM 1 CANCEL");
    assertEquals([house.told, house.connection.engine.streamCount], [["released"], 0]);
    house.assertQuiet();
  });

  it("a body whose source fails resets its stream, with the source's own error", async () => {
    const house = await begun();
    const tap = new Tap();
    const sent = house.send({ method: "POST", body: tap });
    const reason = new Error("disk");
    await tap.fail(reason);
    assertStrictEquals(await sent.catch((e) => e), reason);
    assertEquals((await house.sent()).at(-1), "RST_STREAM 1 CANCEL");
  });

  it("a total timeout resets its stream", async () => {
    const house = await begun();
    const sent = house.send({}, { total: 1000 });
    house.deliver(headers(1), data(1, "x"));
    const { body } = await sent;
    house.time.advance(1100);
    await assertRejects(async () => await body.readAll(), errors.ReadTimeout, "timeout.total");
    assertEquals((await house.sent()).at(-1), "RST_STREAM 1 CANCEL");
    house.assertQuiet();
  });

  it("is at rest while nobody reads any response, and holds the program when somebody does again", async () => {
    const house = await begun();
    const sent = [house.send(), house.send()];
    house.deliver(headers(1));
    const { body } = await sent[0]!;
    assertEquals(house.connection.isAtRest, false); // the other's head is waited for
    house.deliver(headers(3));
    await sent[1];
    assertEquals(house.connection.isAtRest, true);
    house.connection.unref();
    assertEquals(house.socket.isRef, false);
    const reading = body.readAll();
    assertEquals([house.connection.isAtRest, house.socket.isRef], [false, true]);
    house.deliver(data(1, "ok", F.END_STREAM), data(3, "", F.END_STREAM));
    assertEquals([(await reading)!.length, house.connection.isAtRest], [2, false]);
  });

  it("a response that is cut off says after how many bytes", async () => {
    const house = await begun();
    const sent = house.send();
    house.deliver(headers(1, { ":status": "200", "content-length": "10" }), data(1, "four"));
    const { body } = await sent;
    house.socket.deliverEnd();
    const expected = "body ended after 4 of 10 bytes";
    await assertRejects(async () => await body.readAll(), errors.RemoteProtocolError, expected);
  });

  it("GOAWAY on a connection at rest closes it", async () => {
    const house = await begun();
    house.deliver(goaway(0));
    assertEquals([house.socket.isClosed, house.told.at(-1)], [true, "closed"]);
    house.assertQuiet();
  });

  for (const how of ["end", "error"] as const) {
    it(`the server's ${how} fails every stream, and closes`, async () => {
      const house = await begun();
      const sent = [house.send(), house.send()];
      house.deliver(headers(1), data(1, "some"));
      const { body } = await sent[0]!;
      if (how === "end") house.socket.deliverEnd();
      else house.socket.deliverError(new errors.ReadError("connection reset"));
      const reasons = how === "error" ? ["connection reset", "connection reset"] : [
        "body ended after 4 bytes, before the end of its stream",
        "server disconnected without sending a response",
      ];
      await assertRejects(async () => await body.readAll(), errors.TransportError, reasons[0]);
      await assertRejects(() => sent[1]!, errors.TransportError, reasons[1]);
      assertEquals([house.told, house.socket.isClosed], [["closed"], true]);
      house.assertQuiet();
    });
  }

  it("a broken rule is answered by GOAWAY, which is given time to arrive", async () => {
    const house = await begun();
    const sent = house.send();
    house.deliver(data(99, "x"));
    await assertRejects(() => sent, errors.RemoteProtocolError, "(PROTOCOL_ERROR)");
    assertEquals((await house.sent()).at(-1), "GOAWAY 0 PROTOCOL_ERROR");
    assertEquals([house.connection.maxExchanges, house.socket.isEnded], [0, true]);
    house.deliver(headers(1, {}, END));
    assertEquals(house.socket.isClosed, false);
    house.time.advance(600);
    assertEquals([house.socket.isClosed, house.told], [true, ["closed"]]);
    house.assertQuiet();
  });

  it("close() says goodbye and fails what is under way; twice is once", async () => {
    const house = await begun();
    const sent = house.send();
    await house.sent();
    house.connection.close();
    house.connection.close();
    await assertRejects(() => sent, errors.CloseError);
    assertEquals(await house.sent(), ["GOAWAY 0 NO_ERROR"]);
    assertEquals([house.told, house.socket.isClosed], [["closed"], true]);
    house.assertQuiet();
  });
});

describe("Http2Connection and silence", () => {
  it("asks by PING at half the read timeout; any byte is an answer", async () => {
    const house = await begun();
    const sent = house.send({}, { read: 1000 });
    await house.sent();
    house.time.advance(550);
    assertEquals(await house.sent(), ["PING 0"]);
    house.deliver(frame(T.PING, F.ACK, 0, [1, 2, 3, 4, 5, 6, 7, 8]));
    house.time.advance(550);
    const error = await sent.catch((e) => e);
    assertInstanceOf(error, errors.ReadTimeout);
    assert(!house.socket.isClosed, "the server is there, it is the stream that is slow");
    assertEquals((await house.sent()).includes("RST_STREAM 1 CANCEL"), true);
    house.assertQuiet();
  });

  it("a server that does not answer is dead: every stream fails within the read timeout", async () => {
    const house = await begun();
    const first = house.send({}, { read: 1000 });
    const patient = house.send({}, { read: null });
    house.time.advance(1100);
    await assertRejects(() => first, errors.ReadTimeout);
    await assertRejects(() => patient, errors.ReadError, "PING");
    assertEquals([house.socket.isClosed, house.told.at(-1)], [true, "closed"]);
    house.assertQuiet();
  });

  it("sends no PING while bytes come, and none while nothing is under way", async () => {
    const house = await begun();
    const sent = house.send({}, { read: 1000 });
    await house.sent();
    house.deliver(headers(1));
    const { body } = await sent;
    const reading = wholeText(body);
    for (let i = 0; i < 10; i++) {
      house.time.advance(300);
      house.deliver(data(1, "x"));
    }
    house.deliver(data(1, "", 1));
    assertEquals((await reading)?.length, 10);
    house.time.advance(10_000);
    assertEquals((await house.sent()).filter((line) => line.startsWith("PING")), []);
    house.assertQuiet();
  });

  it("a caller who rests for long does not make the server dead", async () => {
    const house = await begun();
    const sent = house.send({}, { read: 1000 });
    house.deliver(headers(1), data(1, "x"));
    const { body } = await sent;
    for (let i = 0; i < 10; i++) {
      house.time.advance(1000);
      if ((await house.sent()).includes("PING 0")) {
        house.deliver(frame(T.PING, F.ACK, 0, Array(8).fill(0)));
      }
    }
    assertEquals(text(await body.read()), "x");
    assert(!house.socket.isClosed);
  });

  it("floods are counted by the second", async () => {
    const house = await begun();
    for (let second = 0; second < 3; second++) {
      for (let i = 0; i < 999; i++) house.deliver(frame(T.PING, F.ACK, 0, Array(8).fill(0)));
      house.time.advance(1100);
    }
    assert(!house.socket.isClosed);
    for (let i = 0; i < 1002; i++) house.deliver(frame(T.PING, F.ACK, 0, Array(8).fill(0)));
    assertEquals((await house.sent()).at(-1), "GOAWAY 0 ENHANCE_YOUR_CALM");
  });
});
