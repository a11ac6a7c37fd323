/** Requests through SOCKS proxies in this process. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  ConnectError,
  ConnectTimeout,
  HTTPTransport,
  type HTTPTransportOptions,
  Proxy,
  ProxyError,
  Timeout,
} from "@httpx/httpx";
import { authorities } from "../support/certificates.ts";
import { listen } from "../support/loopback.ts";
import { startOrigin } from "../support/proxies/origin.ts";
import { data, F, headers, joined, settings } from "../support/http2/frames.ts";
import { fieldOf, readHead } from "../support/proxies/relay.ts";
import { startSocks } from "../support/proxies/socks_proxy.ts";

function clientOf(options: HTTPTransportOptions): { client: Client; transport: HTTPTransport } {
  const transport = new HTTPTransport({ verify: authorities.ca, ...options });
  return { client: new Client({ transport }), transport };
}

const AT_REST = { connecting: 0, active: 0, idle: 0, waiting: 0 };

for (const scheme of ["socks5", "socks5h"]) {
  describe(`A ${scheme} proxy`, () => {
    it("carries HTTP/1.1 and HTTP/2, in cleartext and under TLS", async () => {
      await using proxy = await startSocks();
      const { client } = clientOf({ proxy: `${scheme}://${proxy.authority}`, http2: true });
      await using _ = client;
      for (const [tls, http2] of [[false, false], [true, false], [true, true]] as const) {
        await using origin = await startOrigin({ tls, http2 });
        for (let i = 0; i < 3; i++) {
          const response = await client.get(`${origin.url}/a?b`);
          assertEquals(response.httpVersion, http2 ? "HTTP/2" : "HTTP/1.1");
          if (!http2) assertEquals(await response.text(), "GET /a?b HTTP/1.1");
        }
        assertEquals(origin.accepted, 1, "one connection, kept");
      }
      assertEquals(proxy.accepted, 3);
    });

    it("carries HTTP/2 by prior knowledge", async () => {
      await using proxy = await startSocks();
      await using origin = await startOrigin({ http2: true });
      const proxied = { proxy: `${scheme}://${proxy.authority}`, http1: false, http2: true };
      const { client } = clientOf(proxied);
      await using _ = client;
      assertEquals((await client.get(origin.url)).httpVersion, "HTTP/2");
    });

    it("resolves names itself, and is given addresses as they are", async () => {
      await using proxy = await startSocks({ hosts: { "a.invalid": "127.0.0.1" } });
      await using origin = await startOrigin();
      await using other = await startOrigin({ host: "::1" });
      const { client } = clientOf({ proxy: `${scheme}://${proxy.authority}` });
      await using _ = client;
      await client.get(`http://a.invalid:${origin.port}/`);
      await client.get(origin.url);
      await client.get(other.url);
      assertEquals(proxy.asked, [
        `name a.invalid:${origin.port}`,
        `IPv4 127.0.0.1:${origin.port}`,
        `IPv6 ${"0,".repeat(15)}1:${other.port}`,
      ]);
      assertEquals(fieldOf(origin.heads[0] ?? "", "host"), `a.invalid:${origin.port}`);
    });

    it("goes by the transport's resolve only where its scheme is socks5", async () => {
      await using proxy = await startSocks({ hosts: { "a.invalid": "127.0.0.1" } });
      await using origin = await startOrigin();
      const resolve = { "a.invalid": "127.0.0.1" };
      const { client } = clientOf({ proxy: `${scheme}://${proxy.authority}`, resolve });
      await using _ = client;
      await client.get(`http://a.invalid:${origin.port}/`);
      const asked = scheme === "socks5" ? "IPv4 127.0.0.1" : "name a.invalid";
      assertEquals(proxy.asked, [`${asked}:${origin.port}`]);
    });

    it("gets user and password, of its URL or as auth", async () => {
      const credentials = ["ada", "l:ö ve"] as const;
      await using proxy = await startSocks({ credentials });
      await using origin = await startOrigin({ tls: true });
      const userinfo = credentials.map(encodeURIComponent).join(":");
      for (
        const given of [
          `${scheme}://${userinfo}@${proxy.authority}`,
          new Proxy(`${scheme}://${proxy.authority}`, { auth: credentials }),
        ]
      ) {
        const { client } = clientOf({ proxy: given });
        await using _ = client;
        assertEquals((await client.get(origin.url)).status, 200);
      }
      assertEquals(origin.heads.length, 2);
      for (const head of origin.heads) assertEquals(fieldOf(head, "proxy-authorization"), null);
    });
  });
}

describe("A server that speaks first, through a proxy", () => {
  it("is heard where it speaks in cleartext, in the same breath as the proxy", async () => {
    await using proxy = await listen(async (peer) => {
      await peer.read(3);
      await peer.send(Uint8Array.of(5, 0));
      await peer.read(10);
      await peer.send(joined(Uint8Array.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0), settings()));
      await peer.read("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length);
      await peer.send(joined(headers(1), data(1, "hello", F.END_STREAM)));
      await peer.readToEnd();
      peer.close();
    });
    const proxied = { proxy: `socks5://127.0.0.1:${proxy.port}`, http1: false, http2: true };
    const { client } = clientOf(proxied);
    await using _ = client;
    assertEquals(await (await client.get("http://127.0.0.1:1/")).text(), "hello");
  });

  it("is an error before TLS, whose servers never do", async () => {
    await using proxy = await listen(async (peer) => {
      await readHead(peer);
      await peer.send("HTTP/1.1 200 OK\r\n\r\nhello");
      await peer.readToEnd();
      peer.close();
    });
    const { client, transport } = clientOf({ proxy: `http://127.0.0.1:${proxy.port}` });
    await using _ = client;
    const error = await assertRejects(() => client.get("https://a.invalid/"), ProxyError);
    assertMatch(error.message, /: it sent more than its answer$/);
    assertEquals(transport.stats, AT_REST);
    await proxy.allClosed();
  });
});

describe("A SOCKS proxy that fails", () => {
  async function failure(
    proxy: string | Proxy,
    url = "http://a.invalid/",
  ): Promise<ProxyError> {
    const { client, transport } = clientOf({ proxy });
    await using _ = client;
    const error = await assertRejects(() => client.get(url), ProxyError);
    assertEquals(transport.stats, AT_REST);
    assertEquals([error.phase, error.requestSent, error.safeToRetry], ["proxy", "no", true]);
    assertEquals(error.request?.url, url);
    return error;
  }

  it("by its reply is an error that tells it", async () => {
    await using proxy = await startSocks();
    const gone = await startOrigin();
    await gone[Symbol.asyncDispose]();
    const error = await failure(`socks5://${proxy.authority}`, `${gone.url}/`);
    assertEquals(
      error.message,
      `Cannot reach 127.0.0.1:${gone.port} through proxy socks5://${proxy.authority}: ` +
        "it answered 5 (connection refused)",
    );
    assertEquals([error.status, error.statusText], [5, "connection refused"]);
    await proxy.allClosed();
  });

  it("over credentials is an error that does not show them", async () => {
    await using proxy = await startSocks({ credentials: ["ada", "secret"] });
    const none = await failure(`socks5://${proxy.authority}`);
    assertMatch(none.message, /: it wants credentials; give user and password in the proxy's URL/);
    const wrong = await failure(`socks5://ada:hunter2@${proxy.authority}`);
    assertEquals(
      wrong.message,
      `Cannot reach a.invalid:80 through proxy socks5://${proxy.authority}: ` +
        "it does not take this user and password",
    );
    assertEquals(wrong.statusText, "authentication failed");
  });

  it("by not being there, or being something else, is an error", async () => {
    const gone = await startSocks();
    await gone[Symbol.asyncDispose]();
    assertMatch((await failure(`socks5://${gone.authority}`)).message, /: connection refused$/);

    await using web = await listen(async (peer) => {
      await peer.read(1);
      await peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
      peer.close();
    });
    assertMatch(
      (await failure(`socks5://127.0.0.1:${web.port}`)).message,
      /: it does not speak SOCKS5: it seems to speak HTTP; did you mean http:\/\/\?$/,
    );
  });

  it("nothing of TLS with the origin: that is checked as ever", async () => {
    await using proxy = await startSocks();
    await using origin = await startOrigin({ tls: true });
    const { client } = clientOf({
      proxy: `socks5://${proxy.authority}`,
      verify: authorities.other,
    });
    await using _ = client;
    const error = await assertRejects(() => client.get(origin.url), ConnectError);
    assertEquals(error.phase, "tls");
    await proxy.allClosed();
  });

  it("by saying nothing costs the connect timeout, and no connection", async () => {
    await using silent = await listen(async (peer) => {
      await peer.readToEnd();
      peer.close();
    });
    const { client, transport } = clientOf({ proxy: `socks5://127.0.0.1:${silent.port}` });
    await using _ = client;
    const timeout = new Timeout(5000, { connect: 60 });
    await assertRejects(() => client.get("http://a.invalid/", { timeout }), ConnectTimeout);
    await silent.allClosed();
    assertEquals(transport.stats, AT_REST);
  });

  it("is tried again as often as retries say, where it did not answer", async () => {
    let calls = 0;
    await using origin = await startOrigin();
    await using proxy = await listen(async (peer) => {
      if (++calls === 1) return peer.close();
      await peer.read(3);
      await peer.send(Uint8Array.of(5, 0));
      await peer.read(10);
      await peer.send(Uint8Array.of(5, 1));
      peer.close();
    });
    const { client } = clientOf({ proxy: `socks5://127.0.0.1:${proxy.port}`, retries: 3 });
    await using _ = client;
    const error = await assertRejects(() => client.get(origin.url), ProxyError);
    assertEquals([error.status, calls], [1, 2]);
  });
});
