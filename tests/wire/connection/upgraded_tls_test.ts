/** TLS on a stream that was handed over: after `CONNECT` through a proxy, inside other TLS, and where it fails. */
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  CloseError,
  ConnectError,
  ConnectTimeout,
  HTTPTransport,
  type NetworkStream,
  StreamClosed,
} from "@httpx/httpx";
import { authorities, servers } from "../../support/certificates.ts";
import { answering, OK, urlOf } from "../../support/connections/known_servers.ts";
import { listen, type Loopback } from "../../support/loopback.ts";
import { startHttpProxy } from "../../support/proxies/http_proxy.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? undefined);

/** What `CONNECT` to a server gives, and what it came over. */
class Tunnel implements AsyncDisposable {
  readonly transport = new HTTPTransport({ verify: authorities.ca });
  readonly client = new Client({ transport: this.transport });

  async open(proxyURL: string, { port }: Loopback): Promise<NetworkStream> {
    const response = await this.client.request("CONNECT", proxyURL, {
      extensions: { target: `localhost:${port}` },
    });
    const { network_stream: stream } = response.extensions;
    assert(response.status === 200 && stream !== undefined);
    return stream;
  }

  /** Nothing is held any more. */
  assertFree(): void {
    assertEquals(this.transport.stats, { connecting: 0, active: 0, idle: 0, waiting: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

/** A server that accepts any `CONNECT`, and then says nothing. */
function startSilent(): Promise<Loopback> {
  return listen(async (peer) => {
    await peer.readSome();
    await peer.send("HTTP/1.1 200 OK\r\n\r\n");
    await peer.readToEnd();
    peer.close();
  });
}

describe("NetworkStream.startTLS()", () => {
  for (const tls of [false, true]) {
    it(`speaks TLS through ${tls ? "TLS" : "a tunnel"}, both ways`, async () => {
      await using proxy = await startHttpProxy({ tls });
      const alpnProtocols = ["http/1.1"];
      await using origin = await listen(answering(OK, OK), {
        tls: { ...servers.good, alpnProtocols },
      });
      await using tunnel = new Tunnel();
      const plain = await tunnel.open(proxy.url, origin);
      await using stream = await plain.startTLS({ serverName: "localhost", alpnProtocols });
      assertEquals(stream.getExtraInfo("ssl_object")?.alpnProtocol, "http/1.1");
      assertEquals(stream.getExtraInfo("server_addr")?.port, proxy.port);
      for (let i = 0; i < 2; i++) {
        await stream.write(bytesOf("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assertEquals(textOf(await stream.read({ timeout: 2000 })), OK);
      }
      const taken = "TLS has taken its place";
      await assertRejects(() => plain.read(), StreamClosed, taken);
      await assertRejects(() => plain.startTLS({ serverName: "localhost" }), StreamClosed);
      await plain.close(); // nothing is left to be closed
      await stream.write(bytesOf("GET"));
      await stream.close();
      tunnel.assertFree();
    });
  }

  it("trusts whom the client trusts, and checks the name", async () => {
    await using proxy = await startHttpProxy();
    for (const identity of [servers.selfSigned, servers.wrongHost]) {
      await using origin = await listen((peer) => void peer.readToEnd(), { tls: identity });
      await using tunnel = new Tunnel();
      const stream = await tunnel.open(proxy.url, origin);
      const error = await assertRejects(
        () => stream.startTLS({ serverName: "localhost" }),
        ConnectError,
        "Cannot connect to localhost: ",
      );
      assertEquals(error.phase, "tls");
      await assertRejects(() => stream.write(new Uint8Array(1)), StreamClosed);
      tunnel.assertFree();
    }
  });

  it("ends with its timeout, its signal, and the stream", async () => {
    await using silent = await startSilent();
    const controller = new AbortController();
    const reason = new Error("enough");
    const ends = [
      (stream: NetworkStream) =>
        assertRejects(
          () => stream.startTLS({ serverName: "localhost", timeout: 50 }),
          ConnectTimeout,
          "no connection within 50 ms",
        ),
      async (stream: NetworkStream) => {
        const { signal } = controller;
        const call = stream.startTLS({ serverName: "localhost", signal });
        setTimeout(() => controller.abort(reason), 20);
        assertStrictEquals(await assertRejects(() => call), reason);
      },
      async (stream: NetworkStream) => {
        const call = stream.startTLS({ serverName: "localhost" });
        setTimeout(() => stream.close(), 20);
        await assertRejects(() => call, StreamClosed);
      },
    ];
    for (const end of ends) {
      await using tunnel = new Tunnel();
      await end(await tunnel.open(`http://127.0.0.1:${silent.port}`, silent));
      tunnel.assertFree();
    }
    await silent.allClosed();
  });

  it("ends with its client, at every stage", async () => {
    await using proxy = await startHttpProxy();
    await using silent = await startSilent();
    await using origin = await listen(answering(OK, OK), { tls: servers.good });
    const stages: Record<string, (tunnel: Tunnel) => Promise<() => Promise<unknown>>> = {
      "plain": async (tunnel) => {
        const stream = await tunnel.open(urlOf(silent), silent);
        return () => stream.read();
      },
      "in the handshake": async (tunnel) => {
        const stream = await tunnel.open(urlOf(silent), silent);
        return () => stream.startTLS({ serverName: "localhost" });
      },
      "under TLS": async (tunnel) => {
        const plain = await tunnel.open(proxy.url, origin);
        const stream = await plain.startTLS({ serverName: "localhost" });
        return () => stream.read();
      },
    };
    for (const [stage, begin] of Object.entries(stages)) {
      const tunnel = new Tunnel();
      const wait = await begin(tunnel);
      const waiting = assertRejects(wait, CloseError, "the client was closed", stage);
      await tunnel.client.close();
      await waiting;
      await assertRejects(wait, Error);
      tunnel.assertFree();
    }
  });

  it("wants everything read that came before", async () => {
    await using talkative = await listen(async (peer) => {
      await peer.readSome();
      await peer.send("HTTP/1.1 200 OK\r\n\r\n220 ready\r\n");
    });
    await using tunnel = new Tunnel();
    await using stream = await tunnel.open(`http://127.0.0.1:${talkative.port}`, talkative);
    const start = () => stream.startTLS({ serverName: "localhost" });
    await assertRejects(start, TypeError, "read what the peer has sent first");
    assertEquals(textOf(await stream.read()), "220 ready\r\n");
    const reading = assertRejects(() => stream.read(), StreamClosed);
    await assertRejects(start, TypeError, "read what the peer has sent first");
    await stream.close();
    await reading;
  });

  it("takes over where a protocol says so, as STARTTLS does", async () => {
    const { createServer, TLSSocket, createSecureContext } = await import("node:tls")
      .then(async (tls) => ({ ...tls, ...(await import("node:net")) }));
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: TLS/1.2\r\n\r\n",
        );
        const secured = new TLSSocket(socket, {
          isServer: true,
          secureContext: createSecureContext(servers.good),
        });
        secured.on("error", () => {});
        secured.on("data", (bytes) => secured.write(bytes));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    {
      await using client = new Client({ verify: authorities.ca });
      const headers = { connection: "upgrade", upgrade: "TLS/1.2" }; // RFC 2817
      const { extensions } = await client.get(`http://127.0.0.1:${port}/`, { headers });
      const secured = await extensions.network_stream?.startTLS({ serverName: "localhost" });
      await secured?.write(bytesOf("hello"));
      assertEquals(textOf(await secured?.read({ timeout: 2000 }) ?? null), "hello");
      await secured?.close();
    }
    await new Promise((resolve) => server.close(resolve));
  });
});
