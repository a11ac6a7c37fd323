/**
 * Every way an HTTP/2 response can end badly, at every byte of it, over real sockets: the call ends with the
 * right error, nothing stays behind in the pool, and the next call works.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client, HTTPTransport, NetworkError, RemoteProtocolError, Timeout } from "@httpx/httpx";
import {
  assertAtRest,
  type CuttingServer,
  startCuttingServer,
} from "../support/faults/cutting_server.ts";
import { data, F, frame, headers, joined, settings, T, uint32 } from "../support/http2/frames.ts";

const PREFACE_BYTES = 24;

/** The answer to stream 1, the first and only one of each connection. */
const ANSWER = joined(
  settings(),
  headers(1, { ":status": "103" }),
  headers(1, { ":status": "200", "x-a": "1" }),
  data(1, "hello"),
  data(1, " world"),
  headers(1, { "x-trailer": "1" }, F.END_HEADERS | F.END_STREAM),
);

/** Answers once on each connection: preface, SETTINGS and the window come before HEADERS, in one write. */
function startServer(): Promise<CuttingServer> {
  return startCuttingServer({
    answer: ANSWER,
    listener: () => {
      let received = 0;
      return ({ length }) => {
        const isFirst = received < PREFACE_BYTES + 60;
        received += length;
        return isFirst && received >= PREFACE_BYTES + 60;
      };
    },
  });
}

/** Connections that carry one stream each, one at a time: a leak of one is a `PoolTimeout`. */
function makeClient(): { client: Client; transport: HTTPTransport } {
  const limits = { maxConnections: 1, maxKeepaliveConnections: 0 };
  const transport = new HTTPTransport({ limits, http1: false, http2: true });
  return { client: new Client({ transport, timeout: 5000 }), transport };
}

async function assertWorks(client: Client, server: CuttingServer): Promise<void> {
  server.cut = Infinity;
  const response = await client.get(server.url);
  assertEquals([await response.text(), response.trailers?.get("x-trailer")], ["hello world", "1"]);
}

const OFFSETS = Array.from({ length: ANSWER.length }, (_, i) => i);

describe("An HTTP/2 response that breaks off", () => {
  for (const then of ["end", "reset"] as const) {
    it(`with an ${then} at every byte is an error, never a short body`, async () => {
      await using server = await startServer();
      const { client, transport } = makeClient();
      await using _ = client;
      server.then = then;
      for (const cut of OFFSETS) {
        server.cut = cut;
        const error = await client.get(server.url).catch((e) => e);
        const where = `${then} at ${cut}: ${error}`;
        assert(error instanceof NetworkError || error instanceof RemoteProtocolError, where);
        assertEquals(error.request?.url, server.url);
        assertAtRest(transport, 0, where);
      }
      await assertWorks(client, server);
    });
  }

  for (
    const [name, bytes] of [
      ["RST_STREAM", frame(T.RST_STREAM, 0, 1, uint32(2))],
      [
        "GOAWAY that leaves it out and the end",
        frame(T.GOAWAY, 0, 0, [...uint32(0), ...uint32(1)]),
      ],
      ["a broken rule", frame(T.PING, 0, 1, Array<number>(8).fill(0))],
    ] as const
  ) {
    it(`with ${name} between any two frames is an error`, async () => {
      await using server = await startServer();
      const { client, transport } = makeClient();
      await using _ = client;
      server.then = bytes;
      for (let cut = 9, at = 0; at < ANSWER.length; cut = at) {
        at = cut + 9 +
          ((ANSWER[cut] ?? 0) << 16 | (ANSWER[cut + 1] ?? 0) << 8 | (ANSWER[cut + 2] ?? 0));
        server.cut = cut;
        const error = await client.get(server.url).catch((e) => e);
        assert(error instanceof RemoteProtocolError, `${name} at ${cut}: ${error}`);
      }
      server.then = "stall";
      await assertWorks(client, server);
      await client.close();
      assertAtRest(transport, 0, name);
    });
  }
});

describe("An HTTP/2 call that is given up", () => {
  it("by its signal at every byte frees its connection", async () => {
    await using server = await startServer();
    const { client, transport } = makeClient();
    await using _ = client;
    for (const cut of OFFSETS) {
      server.cut = cut;
      const abort = new AbortController();
      const pending = client.get(server.url, { signal: abort.signal });
      setTimeout(() => abort.abort(new Error("enough")), cut % 5);
      assertEquals(await pending.catch((e) => e.message), "enough", `at ${cut}`);
      assertAtRest(transport, 0, `at ${cut}`);
    }
    await assertWorks(client, server);
  });

  it("by its total timeout at some bytes frees its connection", async () => {
    await using server = await startServer();
    const { client, transport } = makeClient();
    await using _ = client;
    for (const cut of OFFSETS.filter((at) => at % 23 === 0)) {
      server.cut = cut;
      const error = await client.get(server.url, { timeout: new Timeout(5000, { total: 40 }) })
        .catch((e) => e);
      assertEquals(error.name, "ReadTimeout", `at ${cut}`);
      assertAtRest(transport, 0, `at ${cut}`);
    }
    await assertWorks(client, server);
  });

  it("by breaking out of a stream frees its connection", async () => {
    await using server = await startServer();
    const { client, transport } = makeClient();
    await using _ = client;
    server.cut = ANSWER.length - 20;
    for (let i = 0; i < 10; i++) {
      await using response = await client.stream("GET", server.url);
      for await (const _ of response.iterRaw()) break;
      await response.close();
      assertAtRest(transport, 0, `round ${i}`);
    }
    await assertWorks(client, server);
  });
});

describe("A hostile HTTP/2 server", () => {
  it("loses its own connection; those of other servers go on", async () => {
    await using hostile = await startServer();
    await using decent = await startServer();
    const transport = new HTTPTransport({ http1: false, http2: true });
    await using client = new Client({ transport, timeout: 5000 });
    decent.cut = ANSWER.length - 20;
    await using kept = await client.stream("GET", decent.url);
    const mistakes = [
      frame(T.PING, 0, 1, Array<number>(8).fill(0)),
      frame(T.HEADERS, F.END_HEADERS, 1, [0x80]),
      frame(T.SETTINGS, 0, 0, [0, 4, 255, 255, 255, 255]),
      joined(...Array<Uint8Array>(1001).fill(frame(T.PING, 0, 0, Array<number>(8).fill(0)))),
    ];
    hostile.cut = 9;
    for (const mistake of mistakes) {
      hostile.then = mistake;
      const error = await client.get(hostile.url).catch((e) => e);
      assert(error instanceof RemoteProtocolError, String(error));
    }
    const { active } = transport.stats;
    assert(active <= 1 + mistakes.length, `${active} connections`);
    let text = "";
    for await (const chunk of kept.iterText()) if ((text += chunk).length >= 11) break;
    assertEquals(text, "hello world");
  });
});
