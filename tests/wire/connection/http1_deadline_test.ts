import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as errors from "../../../src/errors.ts";
import { House, OK, Tap, text, wholeText } from "../../support/connections/connection_house.ts";

describe("Http1Connection and its deadline", () => {
  it("a silent server is a ReadTimeout", async () => {
    const house = new House();
    const sent = house.send({}, { read: 1000 });
    house.time.advance(1100);
    await assertRejects(() => sent, errors.ReadTimeout, "1000 ms (timeout.read)");
    assertEquals([house.told, house.socket.isClosed], [["closed"], true]);
    house.assertQuiet();
  });

  it("each byte starts the read timeout again", async () => {
    const house = new House();
    const sent = house.send({}, { read: 100 });
    for (const byte of OK) {
      house.time.advance(80);
      house.socket.deliver(byte);
    }
    assertEquals(await wholeText((await sent).body), "hi");
  });

  it("does not run while the caller does not read, and runs when it does", async () => {
    const house = new House();
    const sent = house.send({}, { read: 100 });
    house.socket.deliver("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
    const { body } = await sent;
    house.time.advance(10_000);
    assertEquals(text(await body.read()), "ab");
    house.time.advance(10_000);
    const rest = body.read();
    rest.catch(() => {});
    house.time.advance(150);
    await assertRejects(() => rest, errors.ReadTimeout);
    house.assertQuiet();
  });

  it("a server that takes no bytes is a WriteTimeout", async () => {
    const house = new House();
    house.socket.isStuck = true;
    const tap = new Tap(10);
    const fields = ["Host", "example.org", "Content-Length", "10"];
    const sent = house.send({ method: "POST", fields, body: tap }, { write: 500, read: 100 });
    house.time.advance(5000);
    await tap.give("12345");
    house.time.advance(600);
    const error = await sent.catch((e) => e);
    assertInstanceOf(error, errors.WriteTimeout);
    assertEquals([error.requestSent, tap.isReturned], ["partly", true]);
    house.assertQuiet();
  });

  for (const when of ["before the head", "in the body", "while nobody reads"] as const) {
    it(`an abort ${when} closes the connection and rejects with the reason`, async () => {
      const house = new House();
      const abort = new AbortController();
      const reason = new Error("enough");
      const sent = house.send({}, {}, abort.signal);
      if (when === "before the head") {
        abort.abort(reason);
        assertStrictEquals(await sent.catch((e) => e), reason);
      } else {
        house.socket.deliver("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
        const { body } = await sent;
        const early = when === "in the body" ? body.read() : null;
        early?.catch(() => {});
        abort.abort(reason);
        assertStrictEquals(await (early ?? body.read()).catch((e) => e), reason);
      }
      assertEquals([house.told, house.socket.isClosed], [["closed"], true]);
      house.assertQuiet();
    });
  }
});
