/** WebSockets with servers, gateways and proxies that nobody here wrote. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Client, type ClientOptions, Proxy } from "@httpx/httpx";
import { WebSocketClosed, webSocketOf, type WebSocketSession } from "@httpx/httpx/websocket";
import { authorities } from "../support/certificates.ts";
import { npmPackageIfAvailable } from "../support/npm.ts";
import { CREDENTIALS, PROXY_KINDS } from "./proxy_servers.ts";
import { GATEWAYS, HTTP2_GATEWAYS, ORIGINS } from "./websocket_servers.ts";

const TEXTS = [
  "",
  "hello",
  "grüße 😀",
  "x".repeat(125),
  "x".repeat(126),
  "lang und lange ".repeat(8000),
];

/** Texts and bytes of every size, both ways, and a ping. */
async function exchanges(socket: WebSocketSession): Promise<void> {
  for (const text of TEXTS) {
    await socket.send(text);
    assertEquals(
      await socket.receive({ timeout: 10_000 }) === text,
      true,
      `${text.length} characters`,
    );
  }
  for (const size of [0, 1, 70_000, 1_000_000]) {
    const bytes = new Uint8Array(size).map((_, i) => i * 7);
    await socket.send(bytes);
    const answer = await socket.receive({ timeout: 10_000 });
    assert(answer instanceof Uint8Array && answer.every((byte, i) => byte === bytes[i]));
    assertEquals(answer.length, size);
  }
  for (let i = 0; i < 200; i++) socket.send(`message ${i}`);
  for (let i = 0; i < 200; i++) {
    assertEquals(await socket.receive({ timeout: 10_000 }), `message ${i}`);
  }
  await socket.ping({ timeout: 10_000 });
}

/** All of it, with and without compression; either side closes. */
async function works(client: Client, url: string, compresses: boolean): Promise<void> {
  for (const compression of compresses ? [false, true] : [false]) {
    const socket = await client.websocket(url, { compression });
    assertEquals(socket.extensions.startsWith("permessage-deflate"), compression);
    await exchanges(socket);
    assertEquals((await socket.close(1000, "done")).code, 1000);
  }
  const socket = await client.websocket(url);
  await socket.send("close");
  const error = await assertRejects(() => socket.receive({ timeout: 10_000 }), WebSocketClosed);
  assertEquals([error.code, error.reason], [4001, "as you wish"]);
}

function clientOf(options: ClientOptions = {}): Client {
  return new Client({ trustEnv: false, verify: authorities.ca, ...options } as ClientOptions);
}

const wsURL = (url: string) => url.replace(/^http/, "ws") + "/";

describe("client.websocket() with other servers", () => {
  for (const kind of ORIGINS) {
    (kind.isInstalled ? it : it.skip)(
      `${kind.name}: text, bytes, compression, pings, both ways to close`,
      async () => {
        await using server = await kind.start();
        await using client = clientOf();
        await works(client, wsURL(server.url), kind.compresses);
      },
    );
  }

  for (const kind of GATEWAYS) {
    (kind.isInstalled ? it : it.skip)(`${kind.name} before Bun's server`, async () => {
      await using server = await kind.start();
      await using client = clientOf();
      await works(client, wsURL(server.url), kind.compresses);
    });
  }

  for (const kind of HTTP2_GATEWAYS) {
    (kind.isInstalled ? it : it.skip)(
      `${kind.name} over HTTP/2 (RFC 8441), several on one connection`,
      async () => {
        await using server = await kind.start();
        const versions = new Set<unknown>();
        await using client = clientOf({
          http2: true,
          eventHooks: {
            response: [({ extensions }) => void versions.add(extensions.http_version)],
          },
        });
        const url = server.url.replace("http:", "wss:") + "/";
        await works(client, url, kind.compresses);
        const sockets = await Promise.all(Array.from({ length: 5 }, () => client.websocket(url)));
        await Promise.all(sockets.map(exchanges));
        for (const socket of sockets) await socket.close();
        assertEquals([...versions], ["HTTP/2"]);
      },
    );
  }
});

const wsFolder = await npmPackageIfAvailable("ws@8");

describe("client.websocket() with npm's ws", () => {
  (wsFolder === null ? it.skip : it)(
    "text, bytes, compression with every parameter, pings, both ways to close",
    async () => {
      const { WebSocketServer } = createRequire(join(wsFolder ?? "", "package.json"))("ws");
      for (
        const perMessageDeflate of [
          true,
          { clientMaxWindowBits: 10, serverMaxWindowBits: 11 },
          { clientNoContextTakeover: true, serverNoContextTakeover: true },
        ]
      ) {
        const server = createServer();
        const served = new WebSocketServer({ server, perMessageDeflate, maxPayload: 1 << 24 });
        // deno-lint-ignore no-explicit-any -- a package whose types are not installed
        served.on("connection", (socket: any) => {
          socket.on("message", (data: { toString(): string }, binary: boolean) => {
            if (!binary && data.toString() === "close") socket.close(4001, "as you wish");
            else socket.send(data, { binary });
          });
        });
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        const client = clientOf();
        await works(client, `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, true);
        await client.close();
        await new Promise((closed) => server.close(closed));
      }
    },
  );
});

describe("client.websocket() through other proxies", () => {
  for (const kind of PROXY_KINDS.filter(({ name }) => name !== "mitmproxy")) {
    (kind.isInstalled ? it : it.skip)(`${kind.name} as a ${kind.scheme} proxy`, async () => {
      await using proxy = await kind.start();
      await using server = await ORIGINS[1].start();
      const options = { proxy: new Proxy(proxy.url, { auth: CREDENTIALS }), verify: proxy.ca };
      await using client = clientOf(options as ClientOptions);
      await works(client, wsURL(server.url), false);
    });
  }
});

describe("webSocketOf(client) with other servers", () => {
  it("Deno: a text comes back, and the server's close code arrives", async () => {
    await using server = await ORIGINS[0].start();
    await using client = clientOf();
    const WebSocket = webSocketOf(client);
    const socket = new WebSocket(wsURL(server.url));
    const seen: unknown[] = [];
    socket.onopen = () => socket.send("hello");
    socket.onmessage = ({ data }) => {
      seen.push(data);
      socket.send("close");
    };
    await new Promise<void>((resolve) => {
      socket.onclose = ({ code, reason, wasClean }) => {
        seen.push(code, reason, wasClean);
        resolve();
      };
    });
    assertEquals(seen, ["hello", 4001, "as you wish", true]);
  });
});
