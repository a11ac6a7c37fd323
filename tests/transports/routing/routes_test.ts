/** What every exchange does, whatever lies between: forwarding proxies, tunnels, SOCKS, TLS inside TLS. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  HTTPTransport,
  NetworkError,
  ReadTimeout,
  RemoteProtocolError,
  Timeout,
} from "@httpx/httpx";
import { authorities, servers } from "../../support/certificates.ts";
import { listen, type Loopback, type Peer } from "../../support/loopback.ts";
import { startHttpProxy } from "../../support/proxies/http_proxy.ts";
import { fieldOf, readHead } from "../../support/proxies/relay.ts";
import { startSocks } from "../../support/proxies/socks_proxy.ts";

/** A way to an origin. */
interface Route {
  readonly name: string;
  readonly proxy: "http" | "https" | "socks5" | null;
  readonly isSecure: boolean;
}

const ROUTES: readonly Route[] = [
  { name: "the direct way", proxy: null, isSecure: false },
  { name: "the direct way under TLS", proxy: null, isSecure: true },
  { name: "an HTTP proxy that forwards", proxy: "http", isSecure: false },
  { name: "an HTTPS proxy that forwards", proxy: "https", isSecure: false },
  { name: "a tunnel", proxy: "http", isSecure: true },
  { name: "a tunnel of an HTTPS proxy", proxy: "https", isSecure: true },
  { name: "a SOCKS proxy", proxy: "socks5", isSecure: false },
  { name: "a SOCKS proxy, under TLS", proxy: "socks5", isSecure: true },
];

const MEGABYTES_8 = 8 * 1024 * 1024;

/** A client, an origin that does as the test says, and what lies between; at the end nothing may be open. */
async function on(
  { proxy, isSecure }: Route,
  handle: (peer: Peer) => Promise<void> | void,
  test: (fixture: { client: Client; url: string; transport: HTTPTransport }) => Promise<void>,
): Promise<void> {
  await using origin = await listen(handle, isSecure ? { tls: servers.good } : {});
  await using between: Loopback & { url?: string; authority?: string } = proxy === "socks5"
    ? await startSocks()
    : await startHttpProxy({ tls: proxy === "https" });
  const transport = new HTTPTransport({
    verify: authorities.ca,
    limits: { maxConnections: 2 },
    proxy: proxy === null ? null : between.url ?? `socks5://${between.authority}`,
  });
  await using client = new Client({ transport, timeout: 10_000 });
  const host = isSecure ? "localhost" : "127.0.0.1";
  const url = `${isSecure ? "https" : "http"}://${host}:${origin.port}/`;
  await test({ client, url, transport });
  assertEquals([transport.stats.active, transport.stats.connecting], [0, 0]);
}

/** Reads a request and its body; resolves with the size of that. */
async function readRequest(peer: Peer): Promise<number | null> {
  const head = await readHead(peer);
  if (head === null) return null;
  if (fieldOf(head, "transfer-encoding") === null) {
    return (await peer.read(Number(fieldOf(head, "content-length") ?? 0))).length;
  }
  let size = 0;
  while (true) {
    let line = "";
    while (!line.endsWith("\r\n")) line += await peer.readText(1);
    const chunk = parseInt(line, 16);
    await peer.read(chunk + 2);
    if (chunk === 0) return size;
    size += chunk;
  }
}

function head(length: number): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;
}

for (const route of ROUTES) {
  describe(`Over ${route.name} a client`, () => {
    it("sends and takes large bodies", () =>
      on(route, async (peer) => {
        for (let size = await readRequest(peer); size !== null; size = await readRequest(peer)) {
          await peer.send(head(MEGABYTES_8));
          await peer.send(new Uint8Array(MEGABYTES_8).fill(size % 251));
          if (route.proxy !== null && !route.isSecure) break; // the proxy waits for the end
        }
        peer.close();
      }, async ({ client, url }) => {
        const content = new Uint8Array(MEGABYTES_8 / 2 + 7);
        const response = await client.put(url, { content });
        const bytes = await response.bytes();
        assertEquals([bytes.length, bytes[0], bytes.at(-1)], [
          MEGABYTES_8,
          content.length % 251,
          content.length % 251,
        ]);
      }));

    if (route.proxy === null || route.isSecure || route.proxy === "socks5") {
      it("sends a body of unknown length", () =>
        on(route, async (peer) => {
          const size = String(await readRequest(peer));
          await peer.send(head(size.length) + size);
          peer.close();
        }, async ({ client, url }) => {
          const response = await client.post(url, { content: pieces() });
          assertEquals(await response.text(), "3000000");
        }));
    }

    it("leaves a body half way", () =>
      on(route, async (peer) => {
        await readRequest(peer);
        await peer.send(head(MEGABYTES_8));
        await peer.send(new Uint8Array(MEGABYTES_8));
        peer.close();
      }, async ({ client, url, transport }) => {
        for (let i = 0; i < 3; i++) {
          await using response = await client.stream("GET", url);
          for await (const _ of response.iterRaw()) break;
        }
        assertEquals(transport.stats.idle, 0);
      }));

    it("reads as slowly as it likes", () => {
      let sent = 0;
      return on(route, async (peer) => {
        await readRequest(peer);
        await peer.send(head(4 * MEGABYTES_8));
        for (let i = 0; i < 4; i++) {
          await peer.send(new Uint8Array(MEGABYTES_8));
          sent++;
        }
        peer.close();
      }, async ({ client, url }) => {
        await using response = await client.stream("GET", url);
        let size = 0;
        for await (const chunk of response.iterRaw()) {
          if (size === 0) await new Promise((resolve) => setTimeout(resolve, 30));
          size += chunk.length;
        }
        assertEquals([size, sent], [4 * MEGABYTES_8, 4]);
      });
    });

    it("waits for no byte longer than its read timeout", () =>
      on(route, async (peer) => {
        await readRequest(peer);
        await peer.send(`${head(10)}half `);
        await peer.readToEnd();
        peer.close();
      }, async ({ client, url }) => {
        const timeout = new Timeout(5000, { read: 60 });
        const error = await assertRejects(() => client.get(url, { timeout }), ReadTimeout);
        assertEquals(error.requestSent, "yes");
      }));

    it("is told of a body that ends too early", () =>
      on(route, async (peer) => {
        await readRequest(peer);
        await peer.send(`${head(10)}half `);
        peer.close();
      }, async ({ client, url }) => {
        const error = await client.get(url).catch((e) => e);
        assert(
          error instanceof RemoteProtocolError || error instanceof NetworkError,
          String(error),
        );
        assertEquals([error.requestSent, error.safeToRetry], ["yes", false]);
      }));

    it("gives up while it waits for an answer", () => {
      let hasAsked = () => {};
      const asked = new Promise<void>((resolve) => hasAsked = resolve);
      return on(route, async (peer) => {
        await readRequest(peer);
        hasAsked();
        await peer.readToEnd();
        peer.close();
      }, async ({ client, url }) => {
        const controller = new AbortController();
        const call = client.get(url, { signal: controller.signal });
        await asked;
        controller.abort(new RangeError("enough"));
        await assertRejects(() => call, RangeError, "enough");
      });
    });
  });
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 30; i++) yield new Uint8Array(100_000);
}
