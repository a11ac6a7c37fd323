import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as errors from "../../../src/errors.ts";
import { Fixture, OK, Tap, text, wholeText } from "../../support/connections/connection_fixture.ts";

describe("Http1Connection and its deadline", () => {
  it("a silent server is a ReadTimeout", async () => {
    const fixture = new Fixture();
    const sent = fixture.send({}, { read: 1000 });
    fixture.time.advance(1100);
    await assertRejects(() => sent, errors.ReadTimeout, "1000 ms (timeout.read)");
    assertEquals([fixture.told, fixture.socket.isClosed], [["closed"], true]);
    fixture.assertQuiet();
  });

  it("each byte starts the read timeout again", async () => {
    const fixture = new Fixture();
    const sent = fixture.send({}, { read: 100 });
    for (const byte of OK) {
      fixture.time.advance(80);
      fixture.socket.deliver(byte);
    }
    assertEquals(await wholeText((await sent).body), "hi");
  });

  it("does not run while the caller does not read, and runs when it does", async () => {
    const fixture = new Fixture();
    const sent = fixture.send({}, { read: 100 });
    fixture.socket.deliver("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
    const { body } = await sent;
    fixture.time.advance(10_000);
    assertEquals(text(await body.read()), "ab");
    fixture.time.advance(10_000);
    const rest = body.read();
    rest.catch(() => {});
    fixture.time.advance(150);
    await assertRejects(() => rest, errors.ReadTimeout);
    fixture.assertQuiet();
  });

  it("a server that takes no bytes is a WriteTimeout", async () => {
    const fixture = new Fixture();
    fixture.socket.isStuck = true;
    const tap = new Tap(10);
    const fields = ["Host", "example.org", "Content-Length", "10"];
    const sent = fixture.send({ method: "POST", fields, body: tap }, { write: 500, read: 100 });
    fixture.time.advance(5000);
    await tap.give("12345");
    fixture.time.advance(600);
    const error = await sent.catch((e) => e);
    assertInstanceOf(error, errors.WriteTimeout);
    assertEquals([error.requestSent, tap.isReturned], ["partly", true]);
    fixture.assertQuiet();
  });

  for (const when of ["before the head", "in the body", "while nobody reads"] as const) {
    it(`an abort ${when} closes the connection and rejects with the reason`, async () => {
      const fixture = new Fixture();
      const abort = new AbortController();
      const reason = new Error("enough");
      const sent = fixture.send({}, {}, abort.signal);
      if (when === "before the head") {
        abort.abort(reason);
        assertStrictEquals(await sent.catch((e) => e), reason);
      } else {
        fixture.socket.deliver("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
        const { body } = await sent;
        const early = when === "in the body" ? body.read() : null;
        early?.catch(() => {});
        abort.abort(reason);
        assertStrictEquals(await (early ?? body.read()).catch((e) => e), reason);
      }
      assertEquals([fixture.told, fixture.socket.isClosed], [["closed"], true]);
      fixture.assertQuiet();
    });
  }
});
