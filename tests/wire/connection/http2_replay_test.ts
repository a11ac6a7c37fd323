/** What becomes of a request whose stream or connection ends without a response. */
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as errors from "../../../src/errors.ts";
import { Tap, wholeText } from "../../support/connections/connection_fixture.ts";
import { Http2Fixture } from "../../support/connections/http2_fixture.ts";
import { data, F, frame, headers, settings, T, uint32 } from "../../support/http2/frames.ts";

const END = F.END_HEADERS | F.END_STREAM;
const goaway = (last: number, code = 0) =>
  frame(T.GOAWAY, 0, 0, [...uint32(last), ...uint32(code)]);
const rst = (id: number, code: number) => frame(T.RST_STREAM, 0, id, uint32(code));

/** A connection that has sent its preface. */
async function begun(...given: ConstructorParameters<typeof Http2Fixture>): Promise<Http2Fixture> {
  const fixture = new Http2Fixture(...given);
  await fixture.sent();
  return fixture;
}

describe("Http2Connection, sending again", () => {
  it("REFUSED_STREAM and streams beyond GOAWAY may be sent again, others not", async () => {
    const fixture = await begun();
    const [refused, reset, kept, beyond] = [1, 2, 3, 4].map(() => fixture.send({ method: "POST" }));
    fixture.deliver(rst(1, 7), rst(3, 2), goaway(5));
    const outcome = async (sent: Promise<unknown> | undefined, i: number) => {
      const error = await sent?.catch((e: unknown) => e);
      assertInstanceOf(error, errors.RemoteProtocolError);
      return [fixture.requests[i]?.mayReplay, error.requestSent];
    };
    assertEquals(await outcome(refused, 0), [true, "no"]);
    assertEquals(await outcome(reset, 1), [false, "yes"]);
    assertEquals(await outcome(beyond, 3), [true, "no"]);
    assertEquals([fixture.connection.maxExchanges, fixture.socket.isClosed], [0, false]);
    fixture.deliver(headers(5), data(5, "done", 1));
    assertEquals(await wholeText((await kept!).body), "done");
    assert(fixture.socket.isClosed, "the last stream has ended");
    assertEquals(fixture.told.at(-1), "closed");
    fixture.assertQuiet();
  });

  it("a stream that the server has reset or answered with nonsense is not sent again unasked", async () => {
    const fixture = await begun();
    fixture.send();
    fixture.deliver(headers(1, {}, END)); // from now on the connection is one that was used before
    for (const code of [2, 8, 11]) {
      const sent = fixture.send({ method: "DELETE" });
      fixture.deliver(rst(fixture.connection.engine.nextStreamId - 2, code));
      const error = await sent.catch((e) => e);
      const { mayReplay } = fixture.requests.at(-1)!;
      assertEquals([error.reusedConnection, error.safeToRetry, mayReplay], [true, true, false]);
    }
    const sent = fixture.send();
    fixture.deliver(headers(fixture.connection.engine.nextStreamId - 2, { "x-a": "no status" }));
    await assertRejects(() => sent, errors.RemoteProtocolError, ":status");
    assertEquals(fixture.requests.at(-1)?.mayReplay, false);
  });

  it("what a broken connection takes along is sent again if it is safe and had no byte yet", async () => {
    const fixture = await begun();
    const calls = [{}, {}, { method: "POST" }].map((request) => fixture.send(request));
    fixture.deliver(headers(1), data(1, "x"));
    const { body } = await calls[0]!;
    fixture.deliver(...Array.from({ length: 1001 }, () => data(1, "")));
    for (const call of calls.slice(1)) {
      await assertRejects(() => call, errors.RemoteProtocolError, "frames that carry nothing");
    }
    await assertRejects(async () => await body.readAll(), errors.RemoteProtocolError);
    assertEquals(fixture.requests.map(({ mayReplay }) => mayReplay), [false, true, false]);
  });

  it("the only request of a new connection is not sent again when the connection breaks", async () => {
    const fixture = await begun();
    const sent = fixture.send();
    fixture.deliver(data(99, "x"));
    await assertRejects(() => sent, errors.RemoteProtocolError);
    assertEquals(fixture.requests[0]?.mayReplay, false);
  });

  for (const how of ["RST_STREAM", "GOAWAY"] as const) {
    it(`HTTP_1_1_REQUIRED by ${how}: the request may be sent again, and the connection takes no more`, async () => {
      const fixture = await begun();
      const kept = fixture.send();
      const sent = fixture.send({ method: "POST" });
      fixture.deliver(how === "GOAWAY" ? goaway(1, 13) : rst(3, 13));
      const error = await sent.catch((e) => e);
      assertEquals([error.requestSent, fixture.requests[1]?.mayReplay], ["no", true]);
      assertEquals([fixture.http1RequiredCount, fixture.connection.maxExchanges], [1, 0]);
      fixture.deliver(headers(1, { ":status": "204" }, END));
      assertEquals([(await kept).status, fixture.told.at(-1)], [204, "closed"]);
    });
  }

  it("HTTP_1_1_REQUIRED says what to do if HTTP/1.1 may not be used", async () => {
    const fixture = new Http2Fixture(settings(), {}, { mayHttp1: false });
    const sent = fixture.send();
    fixture.deliver(rst(1, 13));
    await assertRejects(
      () => sent,
      errors.RemoteProtocolError,
      "HTTP_1_1_REQUIRED (13); allow http1",
    );
    assertEquals([fixture.requests[0]?.mayReplay, fixture.connection.maxExchanges > 0], [
      false,
      true,
    ]);
  });

  it("an answer in HTTP/1.1 says that it is one", async () => {
    const fixture = new Http2Fixture(new Uint8Array(0));
    const sent = fixture.send();
    fixture.socket.deliver("HTTP/1.1 400 Bad Request\r\n\r\n");
    await assertRejects(() => sent, errors.RemoteProtocolError, "answered in HTTP/1.1, and not");
  });

  it("a body that can't be sent again is not, whatever the server says", async () => {
    const fixture = await begun();
    const tap = new Tap();
    const sent = fixture.send({ method: "POST", body: tap });
    await tap.give("x");
    fixture.deliver(rst(1, 7));
    await assertRejects(() => sent, errors.RemoteProtocolError);
    assertEquals(fixture.requests[0]?.mayReplay, false);
  });
});
