import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as errors from "../../../src/errors.ts";
import {
  Fixture,
  inMemory,
  OK,
  text,
  wholeText,
} from "../../support/connections/connection_fixture.ts";
import { settle } from "../../support/connections/fake_connections.ts";

describe("Http1Connection", () => {
  it("carries one exchange after the other and tells its owner when it is idle", async () => {
    const fixture = new Fixture();
    for (const round of [1, 2, 3]) {
      fixture.socket.sent = "";
      const sent = fixture.send();
      assertEquals(fixture.socket.sent, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
      fixture.socket.deliver(OK);
      const response = await sent;
      assertEquals([response.status, response.version], [200, "HTTP/1.1"]);
      assertEquals(await wholeText(response.body), "hi");
      assertEquals(fixture.told, Array(round).fill("idle"));
      fixture.assertQuiet();
    }
  });

  it("head and small content leave in one write", () => {
    const fixture = new Fixture();
    let writes = 0;
    const write = fixture.socket.write.bind(fixture.socket);
    fixture.socket.write = (bytes) => {
      writes++;
      write(bytes);
    };
    fixture.send({
      method: "POST",
      fields: ["Host", "example.org", "Content-Length", "5"],
      body: inMemory("hello"),
    });
    assertEquals(writes, 1);
    assertEquals(fixture.socket.sent.endsWith("\r\n\r\nhello"), true);
  });

  it("resolves with the head while the body is still on its way", async () => {
    const fixture = new Fixture();
    const sent = fixture.send();
    fixture.socket.deliver("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
    const { body } = await sent;
    assertEquals(text(await body.read()), "ab");
    const rest = body.read();
    fixture.socket.deliver("cd");
    assertEquals(text(await rest), "cd");
    assertEquals(await body.read(), null);
    assertEquals(fixture.told, ["idle"]);
  });

  it("closes after `Connection: close`, HTTP/1.0 and bodies that end with the connection", async () => {
    for (
      const [response, content] of [
        ["HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", "hi"],
        ["HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "hi"],
        ["HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"],
      ] as const
    ) {
      const fixture = new Fixture();
      const sent = fixture.send();
      fixture.socket.deliver(response);
      const { body } = await sent;
      fixture.socket.deliverEnd();
      assertEquals(await wholeText(body), content);
      assertEquals([fixture.told, fixture.socket.isClosed], [["closed"], true]);
      fixture.assertQuiet();
    }
  });

  it("bytes after a complete response are dropped with the connection", async () => {
    const fixture = new Fixture();
    const sent = fixture.send();
    fixture.socket.deliver(OK + OK);
    assertEquals(await wholeText((await sent).body), "hi");
    assertEquals(fixture.told, ["closed"]);
  });

  it("bytes while idle close it", async () => {
    const fixture = new Fixture();
    const sent = fixture.send();
    fixture.socket.deliver(OK);
    await sent;
    fixture.socket.deliver("HTTP/1.1 408 Request Timeout\r\n\r\n");
    assertEquals(fixture.told, ["idle", "closed"]);
  });

  it("the end or an error while idle closes it", () => {
    for (const event of ["end", "error"] as const) {
      const fixture = new Fixture();
      if (event === "end") fixture.socket.deliverEnd();
      else fixture.socket.deliverError(new errors.ReadError("reset"));
      assertEquals(fixture.told, ["closed"]);
    }
  });

  it("a head that can't be sent leaves it idle and unused", async () => {
    const fixture = new Fixture();
    await assertRejects(
      () => fixture.send({ target: "/a b" }),
      errors.LocalProtocolError,
      "Cannot send GET http://example.org/",
    );
    assertEquals([fixture.socket.sent, fixture.told], ["", ["idle"]]);
    const sent = fixture.send();
    fixture.socket.deliver(OK);
    assertEquals((await sent).status, 200);
    fixture.assertQuiet();
  });

  for (const content of [null, "too long"]) {
    it(`refuses content that contradicts Content-Length (${content}), and is idle again`, async () => {
      const fixture = new Fixture();
      const fields = ["Host", "example.org", "Content-Length", "5"];
      const body = content === null ? null : inMemory(content);
      await assertRejects(
        () => fixture.send({ method: "POST", fields, body }),
        errors.LocalProtocolError,
        'header "Content-Length" is 5, but the content has ',
      );
      assertEquals([fixture.socket.sent, fixture.socket.isClosed, fixture.told], ["", false, [
        "idle",
      ]]);
      fixture.assertQuiet();
    });
  }

  it("nonsense from the peer is a RemoteProtocolError with the facts", async () => {
    const fixture = new Fixture();
    const sent = fixture.send();
    fixture.socket.deliver("SMTP ready\r\n\r\n");
    const error = await sent.catch((e) => e);
    assertInstanceOf(error, errors.RemoteProtocolError);
    assertEquals(
      error.message.startsWith("Cannot read the response to GET http://example.org/: "),
      true,
    );
    const { phase, peer, reusedConnection, requestSent, bytesSent, safeToRetry } = error;
    assertEquals(
      { phase, peer, reusedConnection, requestSent, bytesSent, safeToRetry },
      {
        phase: "receive",
        peer: "example.org:80",
        reusedConnection: false,
        requestSent: "yes",
        bytesSent: fixture.socket.sent.length,
        safeToRetry: false,
      },
    );
    assertEquals(fixture.told, ["closed"]);
  });

  it("an end in the middle of a body fails the body with the byte counts", async () => {
    const fixture = new Fixture();
    const sent = fixture.send();
    fixture.socket.deliver("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    const { body } = await sent;
    fixture.socket.deliverEnd();
    assertEquals(text(await body.read()), "abc");
    const error = await body.read().catch((e) => e);
    assertInstanceOf(error, errors.RemoteProtocolError);
    assertEquals(/\b3\b.*\b100\b/.test(error.message), true);
    assertEquals(fixture.told, ["closed"]);
  });

  const broken = [
    ["GET", true, 1, true],
    ["GET", false, 1, true],
    ["POST", true, 1, false],
    ["PUT", true, 1, true],
  ] as const;
  for (const [method, isReused, _, isSafe] of broken) {
    it(`a close before the answer to ${method}, reused: ${isReused}, safeToRetry: ${isSafe}`, async () => {
      const fixture = new Fixture();
      if (isReused) {
        const first = fixture.send();
        fixture.socket.deliver(OK);
        await first;
      }
      const sent = fixture.send({ method });
      fixture.socket.deliverEnd();
      const error = await sent.catch((e) => e);
      assertInstanceOf(error, errors.RemoteProtocolError);
      assertEquals([error.safeToRetry, error.reusedConnection], [isSafe, isReused]);
      assertEquals(error.bytesReceived, 0);
    });
  }

  it("what the runtime was not given was not sent; what it still holds may have been", async () => {
    for (const isQueueing of [true, false]) {
      const fixture = new Fixture();
      Object.assign(fixture.socket, { isStuck: true, isQueueing });
      const sent = fixture.send({ method: "POST" });
      const bytes = fixture.socket.sent.length;
      fixture.socket.deliverError(new errors.WriteError("reset"));
      const error = await sent.catch((e) => e);
      assertInstanceOf(error, errors.ReadError);
      assertEquals(
        [error.requestSent, error.bytesSent, error.safeToRetry],
        isQueueing ? ["no", 0, true] : ["yes", bytes, false],
      );
    }
  });

  it("1xx responses are told, and the final one follows", async () => {
    const fixture = new Fixture();
    const seen: number[] = [];
    const sent = fixture.send({ onInformational: (status) => seen.push(status) });
    fixture.socket.deliver(
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 P\r\n\r\n" + OK,
    );
    assertEquals([(await sent).status, seen], [200, [103, 102]]);
  });

  it("a slow reader pauses the socket, which holds no program then, and reading resumes it", async () => {
    const fixture = new Fixture();
    const sent = fixture.send();
    fixture.socket.deliver("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n");
    const { body } = await sent;
    const chunk = new Uint8Array(200_000);
    for (let i = 0; i < 3; i++) fixture.socket.deliver(chunk);
    assertEquals(fixture.socket.isPaused, true);
    for (let i = 0; i < 3; i++) await body.read();
    assertEquals(fixture.socket.isPaused, false);
    await body.cancel();
    assertEquals(fixture.told, ["closed"]);
    fixture.assertQuiet();
  });

  it("is at rest while nobody reads its response, and holds the program when somebody does again", async () => {
    const fixture = new Fixture();
    const sent = fixture.send();
    assertEquals(fixture.connection.isAtRest, false); // the head is waited for
    fixture.socket.deliver("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    const { body } = await sent;
    assertEquals(fixture.connection.isAtRest, true);
    fixture.connection.unref();
    assertEquals(fixture.socket.isRef, false);
    const reading = body.readAll();
    assertEquals([fixture.connection.isAtRest, fixture.socket.isRef], [false, true]);
    fixture.socket.deliver("ok");
    assertEquals([(await reading)!.length, fixture.connection.isAtRest], [2, false]);
  });

  it("a response that ends while the socket is paused leaves it reading", async () => {
    const fixture = new Fixture();
    const sent = fixture.send();
    fixture.socket.deliver("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n");
    const { body } = await sent;
    for (let i = 0; i < 3; i++) fixture.socket.deliver(new Uint8Array(200_000));
    assertEquals(fixture.socket.isPaused, true);
    // What was read before the pause may still come, and be the end.
    fixture.socket.deliver(new Uint8Array(1_400_000));
    assertEquals([fixture.told, fixture.socket.isPaused, fixture.socket.isRef], [
      ["idle"],
      false,
      true,
    ]);
    assertEquals((await body.readAll()).length, 2_000_000);
  });

  it("ends chunks that were announced by hand and have no content", async () => {
    const fixture = new Fixture();
    const sent = fixture.send({ fields: ["Host", "a", "Transfer-Encoding", "chunked"] });
    assertEquals(fixture.socket.sent.endsWith("\r\n\r\n0\r\n\r\n"), true);
    fixture.socket.deliver(OK);
    assertEquals((await sent).status, 200);
  });

  it("refuses content without framing, and is idle again", async () => {
    const fixture = new Fixture();
    await assertRejects(
      () => fixture.send({ method: "POST", body: inMemory("hi") }),
      errors.LocalProtocolError,
      "neither Content-Length nor chunks",
    );
    assertEquals([fixture.socket.sent, fixture.told], ["", ["idle"]]);
  });

  it("closes for a 101 without an Upgrade in the request", async () => {
    const fixture = new Fixture();
    const sent = fixture.send();
    fixture.socket.deliver("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\n");
    await assertRejects(() => sent, errors.RemoteProtocolError, "101 Switching Protocols without");
    assertEquals([fixture.told, fixture.socket.isClosed], [["closed"], true]);
    fixture.assertQuiet();
  });

  it("101 hands over the raw stream with the bytes that came along", async () => {
    const fixture = new Fixture();
    const fields = ["Host", "example.org", "Connection", "upgrade", "Upgrade", "echo"];
    const sent = fixture.send({ fields }, { read: 100 });
    fixture.socket.deliver("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\nearly");
    const { upgraded, body, status } = await sent;
    assertEquals([status, await body.read()], [101, null]);
    fixture.time.advance(10_000);
    assertEquals(text(await upgraded?.read() ?? null), "early");
    const next = upgraded?.read();
    fixture.socket.deliver("late");
    assertEquals(text(await next ?? null), "late");
    fixture.socket.sent = "";
    await upgraded?.write(new TextEncoder().encode("ping"));
    assertEquals(fixture.socket.sent, "ping");
    const timeout = upgraded?.read({ timeout: 50 }).catch((e) => e);
    fixture.time.advance(200);
    assertInstanceOf(await timeout, errors.ReadTimeout);
    assertEquals([fixture.told, fixture.socket.isClosed], [["closed"], true]);
    fixture.assertQuiet();
  });

  it("close() fails a running exchange with the reason, and is idempotent", async () => {
    const fixture = new Fixture();
    const sent = fixture.send();
    fixture.connection.close(new errors.CloseError("the client was closed"));
    fixture.connection.close();
    await assertRejects(
      () => sent,
      errors.CloseError,
      "Cannot finish GET http://example.org/: the client was closed",
    );
    assertEquals(fixture.told, ["closed"]);
    await assertRejects(() => fixture.send(), errors.ReadError);
  });

  it("a failure or an abort at every byte of an exchange leaves nothing behind", async () => {
    const answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    for (const how of ["end", "error", "abort", "cancel"] as const) {
      for (let at = 0; at < answer.length; at++) {
        const fixture = new Fixture();
        const abort = new AbortController();
        const sent = fixture.send({}, { read: 1000, total: 5000 }, abort.signal);
        const whole = sent.then(async (r) =>
          how === "cancel" ? await r.body.cancel() : wholeText(r.body)
        );
        whole.catch(() => {});
        fixture.socket.deliver(answer.slice(0, at));
        await settle();
        if (how === "end") fixture.socket.deliverEnd();
        if (how === "error") fixture.socket.deliverError(new errors.ReadError("reset"));
        if (how === "abort" || (how === "cancel" && !fixture.socket.isClosed)) {
          abort.abort(new Error("x"));
        }
        await settle();
        assertEquals([how, at, fixture.told, fixture.socket.isClosed], [how, at, ["closed"], true]);
        await Promise.allSettled([whole]);
        fixture.assertQuiet();
      }
    }
  });
});
