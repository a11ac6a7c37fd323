import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client, HTTPTransport, ProxyError } from "@httpx/httpx";
import { listen, type Loopback } from "../../support/loopback.ts";
import { fieldOf, readHead } from "../../support/proxies/relay.ts";

/** A proxy that answers by itself; `fields` stand in each head, and after `perConnection` answers it closes. */
function startProxy(fields: string, perConnection = Infinity): Promise<Loopback> {
  return listen(async (peer) => {
    for (let i = 0; i < perConnection; i++) {
      const head = await readHead(peer);
      if (head === null) break;
      await peer.read(Number(fieldOf(head, "content-length") ?? 0));
      const [method = ""] = head.split(" ");
      await peer.send(
        `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${method.length}\r\n\r\n` +
          (method === "HEAD" ? "" : method),
      );
    }
    peer.close();
  });
}

/** What comes of requests one after the other, and how many connections that took. */
async function outcome(proxy: Loopback, methods: string, maxConnections = 10): Promise<string[]> {
  const transport = new HTTPTransport({
    proxy: `http://127.0.0.1:${proxy.port}`,
    limits: { maxConnections },
  });
  await using client = new Client({ transport });
  const found: string[] = [];
  for (const method of methods.split(" ")) {
    const content = method === "GET" ? null : "body";
    const response = await client.request(method, "http://a.invalid/", { content });
    found.push(await response.text());
  }
  return [...found, `${proxy.accepted} connections`];
}

describe("A forwarding proxy that closes after each response without a word", () => {
  for (const maxConnections of [1, 10]) {
    it(`fails no request, with ${maxConnections} connections at most`, async () => {
      await using proxy = await startProxy("", 1);
      const methods = "GET POST GET PATCH POST PUT GET POST";
      assertEquals(await outcome(proxy, methods, maxConnections), [
        ...methods.split(" "),
        "8 connections",
      ]);
    });
  }

  it("fails no request of many at once", async () => {
    await using proxy = await startProxy("", 1);
    const transport = new HTTPTransport({
      proxy: `http://127.0.0.1:${proxy.port}`,
      limits: { maxConnections: 3 },
    });
    await using client = new Client({ transport });
    const calls = Array.from({ length: 40 }, (_, i) => {
      const method = i % 2 === 0 ? "GET" : "POST";
      return client.request(method, "http://a.invalid/", { content: "x" });
    });
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    assertEquals(new Set(statuses), new Set([200]));
  });
});

describe("A forwarding proxy that keeps connections", () => {
  it("without saying so has them used by what may be sent twice", async () => {
    await using proxy = await startProxy("");
    assertEquals(await outcome(proxy, "GET GET PUT POST GET POST"), [
      ...["GET", "GET", "PUT", "POST", "GET", "POST"],
      "3 connections",
    ]);
  });

  for (
    const field of [
      "Connection: x, Keep-Alive",
      "Proxy-Connection: keep-alive",
      "Keep-Alive: max=9",
    ]
  ) {
    it(`by ${field} has them used by everything`, async () => {
      await using proxy = await startProxy(`${field}\r\n`);
      assertEquals(await outcome(proxy, "GET POST PATCH GET"), [
        ...["GET", "POST", "PATCH", "GET"],
        "1 connections",
      ]);
    });
  }
});

describe("A server behind a tunnel, or none", () => {
  it("may answer 407 itself: that is a response", async () => {
    await using server = await listen(async (peer) => {
      await readHead(peer);
      await peer.send("HTTP/1.1 407 Odd\r\nContent-Length: 0\r\n\r\n");
      peer.close();
    });
    await using client = new Client({ trustEnv: false });
    const url = `http://127.0.0.1:${server.port}/`;
    assertEquals((await client.get(url)).status, 407);
    const error = await assertRejects(
      () => client.get("http://a.invalid/", { proxy: url }),
      ProxyError,
    );
    assertEquals([error.status, error.statusText], [407, "Odd"]);
  });
});
