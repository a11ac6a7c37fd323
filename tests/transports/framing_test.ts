/** Fields about the connection and the framing that a caller gives: what leaves, and what is refused, on every route. */
import { Client, FetchClient, LocalProtocolError, RemoteProtocolError } from "@httpx/httpx";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createServer, type IncomingMessage } from "node:http";
import { createSecureServer } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { authorities, servers } from "../support/certificates.ts";
import { listen } from "../support/loopback.ts";

/** A server that notes method, path and content of each request. */
async function serve(server: Pick<Server, "listen" | "address" | "close">, seen: string[]) {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface Answer {
  end(content: string): void;
}

function noting(seen: string[]): (request: unknown, response: unknown) => void {
  return (given, answer) => {
    // HTTP/1.1 and HTTP/2 have the same interface here, under other types.
    const request = given as IncomingMessage;
    let content = "";
    request.setEncoding("utf8");
    request.on("data", (text: string) => content += text);
    request.on("end", () => {
      seen.push(`${request.method} ${request.url} ${content}`.trimEnd());
      (answer as Answer).end("ok");
    });
  };
}

const ROUTES = {
  "HTTP/1.1": async () => {
    const seen: string[] = [];
    const server = await serve(createServer(noting(seen)), seen);
    const client = new Client({ trustEnv: false });
    return { ...server, client, url: `http://127.0.0.1:${server.port}` };
  },
  "HTTP/2": async () => {
    const seen: string[] = [];
    const server = await serve(createSecureServer(servers.good, noting(seen)), seen);
    const client = new Client({
      trustEnv: false,
      http2: true,
      http1: false,
      verify: authorities.ca,
    });
    return { ...server, client, url: `https://localhost:${server.port}` };
  },
  fetch: async () => {
    const seen: string[] = [];
    const server = await serve(createServer(noting(seen)), seen);
    return { ...server, client: new FetchClient(), url: `http://127.0.0.1:${server.port}` };
  },
} as const;

const CONTRADICTIONS = [
  [{ "Content-Length": "5" }, undefined, "Content-Length"],
  [{ "Content-Length": "5" }, "hi", "Content-Length"],
  [{ "Content-Length": "1" }, "hi", "Content-Length"],
  [{ "Content-Length": "x" }, "hi", "Content-Length"],
  [{ "Transfer-Encoding": "gzip" }, "hi", "Transfer-Encoding"],
  [{ "Content-Length": "2", "Transfer-Encoding": "chunked" }, "hi", "exclude each other"],
  [[["Content-Length", "2"], ["Content-Length", "2"]], "hi", "given twice"],
] as const;

for (const [name, start] of Object.entries(ROUTES)) {
  describe(`Framing fields given by hand, over ${name}`, () => {
    it("that contradict the content are refused by name, and the connection stays usable", async () => {
      const { client, url, seen, ...server } = await start();
      await using _ = server;
      for (const [headers, content, part] of CONTRADICTIONS) {
        const call = client.post(`${url}/refused`, {
          headers: headers as Record<string, string>,
          ...(content !== undefined && { content }),
        });
        await assertRejects(() => call, LocalProtocolError, part);
        assertEquals(await (await client.post(`${url}/next`, { content: "x" })).text(), "ok");
      }
      await client.close();
      assertEquals(seen, CONTRADICTIONS.map(() => "POST /next x"));
    });

    it("chunks without content are framed: the next request is not swallowed", async () => {
      const { client, url, seen, ...server } = await start();
      await using _ = server;
      const headers = { "Transfer-Encoding": "chunked" };
      for (const method of ["GET", "POST", "DELETE"]) {
        await client.request(method, `${url}/one`, { headers });
        await client.post(`${url}/two`, { content: "5e" });
      }
      await client.close();
      assertEquals(seen, [
        ...["GET /one", "POST /two 5e"],
        ...["POST /one", "POST /two 5e"],
        ...["DELETE /one", "POST /two 5e"],
      ]);
    });

    if (name === "HTTP/1.1") return;
    it("refuses Upgrade by name", async () => {
      const { client, url, ...server } = await start();
      await using _ = server;
      const headers = { Upgrade: "websocket", Connection: "upgrade" };
      await assertRejects(() => client.get(url, { headers }), LocalProtocolError, '"Upgrade"');
      await client.close();
    });
  });
}

describe("Two Host lines given by hand", () => {
  for (const name of ["HTTP/1.1", "HTTP/2"] as const) {
    it(`are refused over ${name}`, async () => {
      const { client, url, seen, ...server } = await ROUTES[name]();
      await using _ = server;
      const headers = [["Host", "a.test"], ["Host", "b.test"]] as const;
      await assertRejects(() => client.get(url, { headers }), LocalProtocolError, "given twice");
      await client.close();
      assertEquals(seen, []);
    });
  }
});

describe("A 101 without an Upgrade in the request", () => {
  for (const way of ["get", "stream", "fetch"] as const) {
    it(`is a RemoteProtocolError of ${way}(), and holds no slot of the pool`, async () => {
      await using server = await listen(async (peer) => {
        await peer.readSome();
        await peer.send(
          server.accepted <= 3
            ? "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"
            : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        );
      });
      const url = `http://127.0.0.1:${server.port}/`;
      await using client = new Client({ trustEnv: false, limits: { maxConnections: 1 } });
      for (let i = 0; i < 3; i++) {
        const call = way === "stream" ? client.stream("GET", url) : client[way](url);
        const error: unknown = await Promise.resolve(call).catch((e: unknown) => e);
        const found = way === "fetch" && error instanceof TypeError ? error.cause : error;
        assertEquals(found instanceof RemoteProtocolError, true, String(error));
      }
      assertEquals((await client.get(url)).status, 200);
    });
  }
});
