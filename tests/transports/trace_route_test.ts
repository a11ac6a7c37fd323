/** `extensions.trace` of the way to a server: through proxies, and where connecting is tried again. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client, type ClientConnectionOptions, ConnectError, ProxyError } from "@httpx/httpx";
import type { SocketFacts } from "../../src/semantics/network_stream.ts";
import { authorities, servers } from "../support/certificates.ts";
import { broken, done, EXCHANGE_11, Followed } from "../support/connections/followed.ts";
import { answering, OK, startHTTP2, urlOf } from "../support/connections/known_servers.ts";
import { listen } from "../support/loopback.ts";
import { startHttpProxy } from "../support/proxies/http_proxy.ts";
import { startSocks } from "../support/proxies/socks_proxy.ts";

const TCP = done("connection.connect_tcp");

/** The events of one GET that may fail. */
async function follow(url: string, options: ClientConnectionOptions): Promise<Followed> {
  const followed = new Followed();
  await using client = new Client({ verify: authorities.ca, trustEnv: false, ...options });
  try {
    await client.get(url, followed.options);
  } catch (error) {
    assert(error instanceof ProxyError || error instanceof ConnectError, String(error));
  }
  return followed;
}

describe("extensions.trace through an HTTP proxy", () => {
  it("tells of a forwarded request as of one to the proxy", async () => {
    await using proxy = await startHttpProxy();
    await using origin = await listen(answering(OK));
    const followed = await follow(urlOf(origin), { proxy: proxy.url });
    assertEquals(followed.events, [...TCP, ...EXCHANGE_11]);
    assertEquals(followed.info("connection.connect_tcp.started")?.port, proxy.port);
  });

  it("tells of a refused request to its end", async () => {
    await using proxy = await startHttpProxy({ credentials: "ada:lovelace" });
    const { events } = await follow("http://127.0.0.1:9/", { proxy: proxy.url });
    const head = done(
      "http11.send_request_headers",
      "http11.send_request_body",
      "http11.receive_response_headers",
    );
    assertEquals(events, [...TCP, ...head, ...done("http11.response_closed")]);
  });

  it("tells of TLS with the proxy, the tunnel, and TLS through it", async () => {
    await using proxy = await startHttpProxy({ tls: true });
    await using origin = await startHTTP2();
    const followed = await follow(urlOf(origin, "https"), { proxy: proxy.url, http2: true });
    const way = [
      ...TCP,
      ...done("connection.start_tls", "http_proxy.connect_tunnel", "http_proxy.start_tls"),
      ...done("http2.send_connection_init"),
    ];
    assertEquals(followed.events.slice(0, way.length), way);
    const { host, port } = origin;
    assertEquals(followed.info("http_proxy.connect_tunnel.started"), { host, port, timeout: 5000 });
    assertEquals(followed.info("http_proxy.connect_tunnel.complete"), { return_value: null });
    assertEquals(followed.info("http_proxy.start_tls.started"), {
      ssl_context: { verify: true, alpn_protocols: ["h2", "http/1.1"] },
      server_hostname: host,
      timeout: 5000,
    });
    const facts = followed.info("http_proxy.start_tls.complete")?.return_value as SocketFacts;
    assertEquals(Object.keys(facts), ["localAddress", "remoteAddress", "tls"]);
    assertEquals([facts.remoteAddress?.port, facts.tls?.alpnProtocol], [proxy.port, "h2"]);
  });

  it("names the step that failed", async () => {
    await using proxy = await startHttpProxy();
    await using untrusted = await listen(() => {}, { tls: servers.selfSigned });
    const closed = await listen(() => {});
    await closed[Symbol.asyncDispose]();
    const tunnel = "http_proxy.connect_tunnel";
    const cases = [
      [urlOf(closed, "https"), proxy.url, [...TCP, ...broken(tunnel)]],
      [
        urlOf(untrusted, "https"),
        proxy.url,
        [...TCP, ...done(tunnel), ...broken("http_proxy.start_tls")],
      ],
      ["https://a.test/", urlOf(closed), broken("connection.connect_tcp")],
    ] as const;
    for (const [url, through, events] of cases) {
      assertEquals((await follow(url, { proxy: through })).events as unknown, events);
    }
  });
});

describe("extensions.trace through a SOCKS proxy", () => {
  it("tells of its handshake, and of TLS after it", async () => {
    await using proxy = await startSocks({ hosts: { "a.test": "127.0.0.1" } });
    await using origin = await listen(answering(OK));
    const plain = await follow(`http://a.test:${origin.port}/`, {
      proxy: `socks5://${proxy.authority}`,
    });
    const handshake = "socks.setup_socks5_connection";
    assertEquals(plain.events, [...TCP, ...done(handshake), ...EXCHANGE_11]);
    assertEquals(plain.info(`${handshake}.started`), {
      host: "a.test",
      port: origin.port,
      timeout: 5000,
    });
    await using secure = await listen(answering(OK), { tls: servers.good });
    const followed = await follow(`https://localhost:${secure.port}/`, {
      proxy: `socks5h://${proxy.authority}`,
    });
    assertEquals(followed.events, [
      ...TCP,
      ...done(handshake, "socks.start_tls"),
      ...EXCHANGE_11,
    ]);
  });
});

describe("extensions.trace of retries", () => {
  it("tells of each attempt and of the pauses between", async () => {
    const closed = await listen(() => {});
    await closed[Symbol.asyncDispose]();
    const followed = await follow(urlOf(closed), { retries: 2 });
    const [attempt, pause] = [broken("connection.connect_tcp"), done("connection.retry")];
    assertEquals(followed.events, [...attempt, ...pause, ...attempt, ...pause, ...attempt]);
  });

  it("tells of a pause that was cut short", async () => {
    const closed = await listen(() => {});
    await closed[Symbol.asyncDispose]();
    await using client = new Client({ retries: 3 });
    const controller = new AbortController();
    const { signal } = controller;
    let pauses = 0;
    const followed = new Followed((event) => {
      if (event === "connection.retry.started" && ++pauses === 2) {
        setTimeout(() => controller.abort(new Error("enough")), 10);
      }
    });
    const call = () => client.get(urlOf(closed), { signal, ...followed.options });
    await assertRejects(call, Error, "enough");
    assertEquals(followed.events.slice(-2), broken("connection.retry"));
  });
});
