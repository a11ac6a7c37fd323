import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as errors from "../../../src/errors.ts";
import { Fixture, inMemory, OK, Tap } from "../../support/connections/connection_fixture.ts";
import { settle } from "../../support/connections/fake_connections.ts";

describe("Http1Connection uploading", () => {
  it("sends chunk by chunk, each when the last was taken", async () => {
    const fixture = new Fixture();
    const tap = new Tap();
    const fields = ["Host", "example.org", "Transfer-Encoding", "chunked"];
    const sent = fixture.send({ method: "POST", fields, body: tap });
    fixture.socket.sent = "";
    await tap.give("hello");
    assertEquals(fixture.socket.sent, "5\r\nhello\r\n");
    fixture.socket.isStuck = true;
    await tap.give("more");
    fixture.socket.isStuck = false;
    fixture.socket.drain();
    await settle();
    await tap.give(null);
    assertEquals(fixture.socket.sent, "5\r\nhello\r\n4\r\nmore\r\n0\r\n\r\n");
    fixture.socket.deliver(OK);
    assertEquals((await sent).status, 200);
    assertEquals(fixture.told, ["idle"]);
  });

  it("a source that fails fails the call with its own error and closes", async () => {
    const fixture = new Fixture();
    const tap = new Tap();
    const fields = ["Host", "example.org", "Transfer-Encoding", "chunked"];
    const sent = fixture.send({ method: "POST", fields, body: tap });
    const error = new Error("disk on fire");
    await tap.fail(error);
    assertStrictEquals(await sent.catch((e) => e), error);
    assertEquals([fixture.told, tap.isReturned], [["closed"], true]);
    fixture.assertQuiet();
  });

  for (const [chunks, word] of [[["1234567"], "more"], [["12"], "short"]] as const) {
    it(`content that is ${word} than its length is a LocalProtocolError`, async () => {
      const fixture = new Fixture();
      const tap = new Tap(5);
      const fields = ["Host", "example.org", "Content-Length", "5"];
      const sent = fixture.send({ method: "POST", fields, body: tap });
      for (const chunk of chunks) await tap.give(chunk);
      await tap.give(null);
      await assertRejects(() => sent, errors.LocalProtocolError);
      assertEquals(fixture.told, ["closed"]);
    });
  }

  it("an early answer stands, the rest is not sent, and the connection closes", async () => {
    const fixture = new Fixture();
    const tap = new Tap();
    const fields = ["Host", "example.org", "Transfer-Encoding", "chunked"];
    const sent = fixture.send({ method: "POST", fields, body: tap });
    await tap.give("hello");
    fixture.socket.deliver("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
    assertEquals((await sent).status, 413);
    assertEquals([fixture.told, tap.isReturned], [["closed"], true]);
    fixture.assertQuiet();
  });

  it("waits for 100 Continue, and for no longer than a second", async () => {
    for (const answer of ["continue", "silence", "final"] as const) {
      const fixture = new Fixture();
      const fields = ["Host", "example.org", "Expect", "100-continue", "Content-Length", "5"];
      const body = inMemory("hello");
      const sent = fixture.send({ method: "POST", fields, body });
      await settle();
      assertEquals(fixture.socket.sent.endsWith("\r\n\r\n"), true);
      if (answer === "continue") fixture.socket.deliver("HTTP/1.1 100 Continue\r\n\r\n");
      if (answer === "silence") fixture.time.advance(1100);
      if (answer === "final") {
        fixture.socket.deliver("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
      }
      await settle();
      assertEquals(fixture.socket.sent.endsWith("hello"), answer !== "final");
      if (answer !== "final") fixture.socket.deliver(OK);
      assertEquals((await sent).status, answer === "final" ? 417 : 200);
      assertEquals(fixture.told, [answer === "final" ? "closed" : "idle"]);
      fixture.assertQuiet();
    }
  });
});
