import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ConnectError, MockTransport, ReadTimeout, Response, type Timings } from "../../mod.ts";
import { Client } from "../../mod.ts";
import { startLocalServer } from "../support/local_server.ts";

/** Which parts took place. */
function partsOf(timings: Timings | null): string[] {
  return Object.entries(timings ?? {}).filter(([, value]) => typeof value === "number").map((
    [name],
  ) => name);
}

const EXCHANGE = ["sending", "waiting", "downloading"];

describe("Response.timings", () => {
  it("has the connecting of a new connection, and none of a reused one", async () => {
    await using server = await startLocalServer((_, response) => void response.end("hello"));
    await using client = new Client();
    const first = (await client.get(server.url)).timings;
    const second = (await client.get(server.url)).timings;
    assertEquals(partsOf(first), ["queued", "connect", ...EXCHANGE]);
    assertEquals(partsOf(second), ["queued", ...EXCHANGE]);
    assertEquals([first?.isReused, second?.isReused], [false, true]);
    const { hostname, port } = new URL(server.url);
    assertEquals(second?.remoteAddress, { host: hostname, port: Number(port) });
    assertEquals([second?.httpVersion, second?.tlsVersion, second?.cipher], [
      "HTTP/1.1",
      null,
      null,
    ]);
  });

  it("has the parts of each redirect by itself, under retry too, and no download before its end", async () => {
    await using server = await startLocalServer(({ target }, response) => {
      if (target === "/") response.writeHead(302, { location: "/end" }).end();
      else response.end("hello");
    });
    await using client = new Client({ followRedirects: true, retry: 1 });
    await using response = await client.stream("GET", server.url);
    assertEquals(response.history.map(({ timings }) => timings?.isReused), [false]);
    assertEquals(response.timings?.downloading, null);
    await response.read();
    assertEquals(partsOf(response.timings), ["queued", ...EXCHANGE]);
  });

  it("is there with a trace, and null of a transport that does not measure", async () => {
    await using server = await startLocalServer((_, response) => void response.end("hello"));
    await using client = new Client({ logger: { info() {}, warn() {}, debug() {} } });
    const { timings } = await client.get(server.url, { extensions: { trace: () => {} } });
    assertEquals(partsOf(timings), ["queued", "connect", ...EXCHANGE]);
    await using mocked = new Client({ transport: new MockTransport(() => new Response(200)) });
    assertEquals((await mocked.get(server.url)).timings, null);
  });
});

describe("HTTPError.timings", () => {
  it("ends at the failure: connecting", async () => {
    await using client = new Client();
    const error = await assertRejects(() => client.get("http://127.0.0.1:1/"), ConnectError);
    assertEquals(partsOf(error.timings), ["queued", "connect"]);
  });

  it("ends at the failure: waiting", async () => {
    await using server = await startLocalServer(() => {});
    await using client = new Client({ timeout: { read: 30 } });
    const error = await client.get(server.url).catch((error) => error);
    assertInstanceOf(error, ReadTimeout);
    assertEquals(partsOf(error.timings), ["queued", "connect", "sending", "waiting"]);
    assert((error.timings?.waiting ?? 0) >= 30);
  });
});
