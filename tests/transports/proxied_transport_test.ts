/** Requests through proxies in this process: what the proxy sees, what the origin sees, and what is shared. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  ConnectError,
  ConnectTimeout,
  HTTPTransport,
  type HTTPTransportOptions,
  type NetworkStream,
  Proxy,
  ProxyError,
  Timeout,
} from "@httpx/httpx";
import {
  authorities,
  certificatePath,
  client as clientIdentity,
  servers,
} from "../support/certificates.ts";
import { withEnvironment } from "../support/environment.ts";
import { settings } from "../support/http2/frames.ts";
import { listen } from "../support/loopback.ts";
import { startHttpProxy, type TestProxy } from "../support/proxies/http_proxy.ts";
import { answerHttp2, startOrigin } from "../support/proxies/origin.ts";
import { fieldOf, readHead } from "../support/proxies/relay.ts";

function clientOf(options: HTTPTransportOptions): { client: Client; transport: HTTPTransport } {
  const transport = new HTTPTransport({ verify: authorities.ca, ...options });
  return { client: new Client({ transport }), transport };
}

async function errorOf(call: Promise<unknown>): Promise<ProxyError> {
  return await assertRejects(() => call, ProxyError);
}

/** First lines, without ports. */
function linesOf(heads: readonly string[]): string[] {
  return heads.map((head) => (head.split("\r\n")[0] ?? "").replace(/:\d{4,}/, ":PORT"));
}

const CREDENTIALS = "ada:l:öve";
const AUTH = ["ada", "l:öve"] as const;

for (const tls of [false, true]) {
  const kind = tls ? "HTTPS" : "HTTP";

  describe(`An ${kind} proxy`, () => {
    it("forwards http: requests, which name their whole URL", async () => {
      await using proxy = await startHttpProxy({ tls });
      await using origin = await startOrigin({ closes: true });
      const { client } = clientOf({ proxy: proxy.url });
      await using _ = client;
      const response = await client.get(`${origin.url}/a?b=c#d`);
      assertEquals([response.status, await response.text()], [200, "GET /a?b=c HTTP/1.1"]);
      assertEquals(linesOf(proxy.heads), ["GET http://127.0.0.1:PORT/a?b=c HTTP/1.1"]);
      assertEquals(fieldOf(proxy.heads[0] ?? "", "host"), `127.0.0.1:${origin.port}`);
      const posted = await client.post(origin.url, { content: "body" });
      assertEquals(await posted.text(), "POST / HTTP/1.1\nbody");
    });

    it("forwards requests to all origins over the same connections", async () => {
      await using proxy = await startHttpProxy({ tls });
      await using one = await startOrigin({ closes: true });
      await using other = await startOrigin({ closes: true });
      const { client, transport } = clientOf({ proxy: proxy.url });
      await using _ = client;
      for (const origin of [one, other, one]) await client.get(origin.url);
      assertEquals([proxy.accepted, transport.stats.idle], [1, 1]);
    });

    it("tunnels https: requests, and sees nothing of them", async () => {
      await using proxy = await startHttpProxy({ tls });
      await using origin = await startOrigin({ tls: true });
      const { client } = clientOf({ proxy: proxy.url });
      await using _ = client;
      for (let i = 0; i < 3; i++) {
        assertEquals(await (await client.get(`${origin.url}/a`)).text(), "GET /a HTTP/1.1");
      }
      assertEquals(linesOf(proxy.heads), ["CONNECT localhost:PORT HTTP/1.1"]);
      assertEquals([proxy.accepted, origin.accepted, origin.heads.length], [1, 1, 3]);
    });

    it("carries HTTP/2 inside the tunnel, many requests in one", async () => {
      await using proxy = await startHttpProxy({ tls });
      await using origin = await startOrigin({ tls: true, http2: true });
      const { client } = clientOf({ proxy: proxy.url, http2: true });
      await using _ = client;
      const all = await Promise.all(Array.from({ length: 20 }, () => client.get(origin.url)));
      assertEquals(new Set(all.map((response) => response.httpVersion)), new Set(["HTTP/2"]));
      assertEquals([proxy.accepted, origin.accepted], [1, 1]);
    });

    it("tunnels to addresses, those of IPv6 in brackets", async () => {
      await using proxy = await startHttpProxy({ tls });
      await using origin = await startOrigin({ host: "::1", http2: true });
      const { client } = clientOf({ proxy: proxy.url, http1: false, http2: true });
      await using _ = client;
      assertEquals((await client.get(origin.url)).status, 200);
      assertEquals(linesOf(proxy.heads), ["CONNECT [::1]:PORT HTTP/1.1"]);
    });

    it("carries HTTP/2 by prior knowledge through a tunnel", async () => {
      await using proxy = await startHttpProxy({ tls });
      await using origin = await startOrigin({ http2: true });
      const { client } = clientOf({ proxy: proxy.url, http1: false, http2: true });
      await using _ = client;
      assertEquals((await client.get(origin.url)).httpVersion, "HTTP/2");
      assertEquals(linesOf(proxy.heads), ["CONNECT 127.0.0.1:PORT HTTP/1.1"]);
    });

    it("may bring an HTTP/2 server's first words with its own last one", async () => {
      await using proxy = await listen(async (peer) => {
        await readHead(peer);
        const agreed = new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n");
        await peer.send(Uint8Array.of(...agreed, ...settings()));
        await answerHttp2(peer);
      }, tls ? { tls: servers.good } : {});
      const url = `http${tls ? "s" : ""}://localhost:${proxy.port}`;
      const { client } = clientOf({ proxy: url, http1: false, http2: true });
      await using _ = client;
      const all = ["http://a.test/1", "http://a.test/2"].map((url) => client.get(url));
      const texts = await Promise.all(all.map(async (got) => (await got).text()));
      assertEquals([texts, proxy.accepted], [["stream 1", "stream 3"], 1]);
      const error = await errorOf(client.get("https://a.test/"));
      assertMatch(error.message, /: it sent more than its answer$/); // TLS begins with the client
    });

    it("gets its credentials and headers, and no origin does", async () => {
      await using proxy = await startHttpProxy({ tls, credentials: CREDENTIALS });
      await using plain = await startOrigin({ closes: true });
      await using secure = await startOrigin({ tls: true });
      const { client } = clientOf({
        proxy: new Proxy(proxy.url, { auth: AUTH, headers: { "x-tenant": "7" } }),
      });
      await using _ = client;
      await client.get(plain.url);
      await client.get(secure.url, { headers: { "proxy-authorization": "Basic c2VjcmV0" } });
      assertEquals(proxy.heads.map((head) => fieldOf(head, "x-tenant")), ["7", "7"]);
      for (const origin of [plain, secure]) {
        assertEquals(origin.heads.length, 1);
        assertEquals(fieldOf(origin.heads[0] ?? "", "proxy-authorization"), null);
      }
      assertEquals(fieldOf(secure.heads[0] ?? "", "x-tenant"), null);
    });

    it("gets the credentials of its URL", async () => {
      await using proxy = await startHttpProxy({ tls, credentials: CREDENTIALS });
      await using origin = await startOrigin({ tls: true });
      const url = proxy.url.replace("//", `//${AUTH.map(encodeURIComponent).join(":")}@`);
      const { client } = clientOf({ proxy: url });
      await using _ = client;
      assertEquals((await client.get(origin.url)).status, 200);
    });

    it("that wants other credentials is an error, for http: and https: alike", async () => {
      await using proxy = await startHttpProxy({ tls, credentials: CREDENTIALS });
      await using plain = await startOrigin({ closes: true });
      await using secure = await startOrigin({ tls: true });
      const { client, transport } = clientOf({ proxy: new Proxy(proxy.url, { auth: ["a", "b"] }) });
      await using _ = client;
      for (const [origin, requestSent] of [[plain, "yes"], [secure, "no"]] as const) {
        const error = await errorOf(client.get(origin.url));
        assertEquals(
          error.message,
          `Cannot reach ${new URL(origin.url).host} through proxy ${proxy.url}: it answered ` +
            "407 Proxy Authentication Required; it does not take this user and password",
        );
        assertEquals([error.status, error.statusText], [407, "Proxy Authentication Required"]);
        assertEquals([error.phase, error.peer], ["proxy", new URL(proxy.url).host]);
        assertEquals([error.requestSent, error.safeToRetry], [requestSent, true]);
        assertEquals(error.request?.url, `${origin.url}/`);
        assertEquals(transport.stats.active, 0);
      }
    });

    it("that can't reach the origin is an error with its status", async () => {
      await using proxy = await startHttpProxy({ tls });
      const gone = await startOrigin({ tls: true });
      await gone[Symbol.asyncDispose]();
      const { client } = clientOf({ proxy: proxy.url });
      await using _ = client;
      const error = await errorOf(client.get(gone.url));
      assertEquals([error.status, error.statusText], [502, "Bad Gateway"]);
      assertMatch(error.message, /: it answered 502 Bad Gateway$/);
    });

    it("that is not there is an error", async () => {
      const proxy = await startHttpProxy({ tls });
      await proxy[Symbol.asyncDispose]();
      const { client } = clientOf({ proxy: proxy.url });
      await using _ = client;
      for (const url of ["http://example.org/", "https://example.org/"]) {
        const error = await errorOf(client.get(url));
        assertMatch(
          error.message,
          /^Cannot reach example.org:\d+ through proxy https?:\S+: connection refused( \(127.0.0.1\))?$/,
        );
        assertEquals([error.status, error.safeToRetry, error.phase], [undefined, true, "proxy"]);
        assertEquals(error.cause === undefined, false);
      }
    });

    it("leaves it to the client to check the origin's certificate", async () => {
      await using proxy = await startHttpProxy({ tls });
      await using origin = await startOrigin({ tls: true });
      const { client } = clientOf({
        proxy: tls ? new Proxy(proxy.url, { tls: authorities.ca }) : proxy.url,
        verify: authorities.other,
      });
      await using _ = client;
      const error = await assertRejects(() => client.get(origin.url), ConnectError);
      assertMatch(error.message, /^Cannot connect to localhost:\d+: the certificate is not signed/);
      assertEquals(error.phase, "tls");
      await proxy.allClosed();
    });

    it("that says nothing costs the connect timeout, and no connection", async () => {
      await using silent = await listen(async (peer) => {
        await peer.readToEnd();
        peer.close();
      }, tls ? { tls: servers.good } : {});
      const url = tls ? `https://localhost:${silent.port}` : `http://127.0.0.1:${silent.port}`;
      const { client, transport } = clientOf({ proxy: url });
      await using _ = client;
      const timeout = new Timeout(5000, { connect: 60 });
      const error = await assertRejects(
        () => client.get("https://example.org/", { timeout }),
        ConnectTimeout,
      );
      assertEquals(
        error.message,
        "Timed out connecting for GET https://example.org/: no connection within 60 ms " +
          `(timeout.connect), through proxy ${url}`,
      );
      await silent.allClosed();
      assertEquals(transport.stats, { connecting: 0, active: 0, idle: 0, waiting: 0 });
    });

    it("is let go of when the caller gives up", async () => {
      let hasAsked = () => {};
      const asked = new Promise<void>((resolve) => hasAsked = resolve);
      await using silent = await listen(async (peer) => {
        await peer.read(1);
        hasAsked();
        await peer.readToEnd();
        peer.close();
      }, tls ? { tls: servers.good } : {});
      const url = tls ? `https://localhost:${silent.port}` : `http://127.0.0.1:${silent.port}`;
      const { client, transport } = clientOf({ proxy: url });
      await using _ = client;
      const controller = new AbortController();
      const call = client.get("https://example.org/", { signal: controller.signal });
      await asked;
      controller.abort(new RangeError("enough"));
      await assertRejects(() => call, RangeError, "enough");
      await silent.allClosed();
      assertEquals(transport.stats, { connecting: 0, active: 0, idle: 0, waiting: 0 });
    });
  });
}

describe("An HTTPS proxy whose certificate is not trusted", () => {
  it("is an error of the proxy's, and tls of a Proxy says whom to trust", async () => {
    await using proxy = await startHttpProxy({ tls: true });
    await using origin = await startOrigin({ closes: true });
    const { client } = clientOf({ proxy: proxy.url, verify: true, trustEnv: false });
    await using _ = client;
    const error = await errorOf(client.get(origin.url));
    assertMatch(error.message, /through proxy https:\S+: the certificate is not signed/);
    const trusted = clientOf({
      proxy: new Proxy(proxy.url, { tls: authorities.ca }),
      verify: true,
      trustEnv: false,
    });
    await using _trusted = trusted.client;
    assertEquals((await trusted.client.get(origin.url)).status, 200);
  });
});

describe("Options of connections, through proxies", () => {
  for (const tls of [false, true]) {
    const kind = tls ? "HTTPS" : "HTTP";

    it(`sni_hostname and verify of a request count inside the tunnel of an ${kind} proxy`, async () => {
      await using proxy = await startHttpProxy({ tls });
      await using origin = await listen(async (peer) => {
        for (let head = await readHead(peer); head !== null; head = await readHead(peer)) {
          await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
        peer.close();
      }, { tls: servers.wrongHost });
      const url = `https://127.0.0.1:${origin.port}/`;
      const { client, transport } = clientOf({
        proxy: tls ? new Proxy(proxy.url, { tls: authorities.ca }) : proxy.url,
        verify: authorities.other,
      });
      await using _ = client;
      await assertRejects(() => client.get(url), ConnectError);
      await assertRejects(() => client.get(url, { verify: authorities.ca }), ConnectError);
      const extensions = { sni_hostname: "wrong.example" };
      const named = { verify: authorities.ca, extensions };
      for (let i = 0; i < 2; i++) assertEquals((await client.get(url, named)).status, 200);
      assertEquals((await client.get(url, { verify: false })).status, 200);
      assertEquals(transport.stats.idle, 2, "connections are shared by what they were checked for");
    });

    it(`a client certificate is shown to the origin, not to an ${kind} proxy`, async () => {
      const { cert, key } = clientIdentity;
      const picky = { ...servers.good, clientCA: authorities.ca };
      await using origin = await listen(async (peer) => {
        await readHead(peer);
        await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      }, { tls: picky });
      await using proxy = await startHttpProxy({ tls });
      const { client } = clientOf({ proxy: proxy.url, cert: [cert, key] });
      await using _ = client;
      assertEquals((await client.get(`https://localhost:${origin.port}/`)).status, 200);
      if (!tls) return;
      await using pickyProxy = await listen(() => {}, { tls: picky });
      const refused = clientOf({
        proxy: `https://localhost:${pickyProxy.port}`,
        cert: [cert, key],
      });
      await using _refused = refused.client;
      await errorOf(refused.client.get("https://a.invalid/"));
    });
  }

  it("resolve and localAddress are for the way to the proxy", async () => {
    await using proxy = await startHttpProxy({ hosts: { "a.invalid": "127.0.0.1" } });
    await using origin = await startOrigin({ closes: true });
    const { client } = clientOf({
      proxy: `http://proxy.invalid:${proxy.port}`,
      resolve: { "proxy.invalid": "127.0.0.1", "a.invalid": "192.0.2.1" },
      localAddress: "127.0.0.1",
    });
    await using _ = client;
    const response = await client.get(`http://a.invalid:${origin.port}/`);
    assertEquals(response.status, 200);
  });

  it("an upgrade gives the stream of the tunnel", async () => {
    await using proxy = await startHttpProxy();
    await using origin = await listen(async (peer) => {
      await readHead(peer);
      await peer.send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
      );
      await peer.echo();
    }, { tls: servers.good });
    const { client } = clientOf({ proxy: proxy.url });
    await using _ = client;
    const headers = { connection: "upgrade", upgrade: "x" };
    const response = await client.get(`https://localhost:${origin.port}/`, { headers });
    const stream = response.extensions.network_stream as NetworkStream;
    await stream.write(new TextEncoder().encode("hello"));
    assertEquals(new TextDecoder().decode(await stream.read() ?? undefined), "hello");
    await stream.close();
  });
});

describe("HTTPTransport", () => {
  it("asks a function for the proxy of each origin, once", async () => {
    await using proxy = await startHttpProxy();
    await using plain = await startOrigin({ closes: true });
    await using secure = await startOrigin({ tls: true });
    const asked: string[] = [];
    const { client } = clientOf({
      proxy: ({ origin, scheme }) => {
        asked.push(origin);
        return scheme === "https" ? new Proxy(proxy.url) : null;
      },
    });
    await using _ = client;
    for (const origin of [plain, secure, plain, secure]) await client.get(origin.url);
    assertEquals(asked, [plain.url, secure.url]);
    assertEquals(linesOf(proxy.heads), ["CONNECT localhost:PORT HTTP/1.1"]);
  });

  it("takes a proxy of the request's, and pools by it", async () => {
    await using one = await startHttpProxy();
    await using other = await startHttpProxy();
    await using origin = await startOrigin({ tls: true });
    const { client, transport } = clientOf({ proxy: one.url });
    await using _ = client;
    const via = async (proxy?: TestProxy | null) => {
      const extensions = proxy === undefined ? {} : { proxy: proxy === null ? null : proxy.url };
      await client.get(origin.url, { extensions });
      return [one.accepted, other.accepted, origin.accepted];
    };
    assertEquals(await via(), [1, 0, 1]);
    assertEquals(await via(other), [1, 1, 2]);
    assertEquals(await via(null), [1, 1, 3]);
    assertEquals(await via(one), [1, 1, 3], "the same settings, the same connections");
    assertEquals(await via(other), [1, 1, 3]);
    assertEquals(await via(null), [1, 1, 3]);
    assertEquals(transport.stats.idle, 3);
  });

  it("refuses a proxy that is none, and one beside a UNIX socket", async () => {
    const made = (options: HTTPTransportOptions) => () => new HTTPTransport(options);
    const refusals: [HTTPTransportOptions, string][] = [
      [{ proxy: "p:3128" }, 'Cannot use option "proxy": "p:3128" has no scheme'],
      [{ proxy: "http://p", uds: "/run/x" }, "Cannot use proxy and uds at once"],
    ];
    for (const [options, message] of refusals) {
      const error = await assertRejects(async () => await made(options)(), TypeError);
      assertEquals(error.message.startsWith(message), true, error.message);
    }
    const { client } = clientOf({});
    await using _ = client;
    await assertRejects(
      () => client.get("http://a/", { extensions: { proxy: 7 } }),
      TypeError,
      "Cannot use proxy of the request: give a URL, a Proxy, or null for none",
    );
    const { client: local } = clientOf({ uds: "/run/x.sock" });
    await using _local = local;
    await assertRejects(
      () => local.get("http://a/", { proxy: "http://p" }),
      TypeError,
      "Cannot use proxy and uds at once",
    );
  });
});

describe("A proxy with terms of its own", () => {
  it("is trusted as the environment says, unless the client trusts no environment", async () => {
    await using proxy = await startHttpProxy({ tls: true });
    await using origin = await startOrigin({ closes: true });
    await withEnvironment({ SSL_CERT_FILE: certificatePath("ca") }, async () => {
      const own = new Proxy(proxy.url, { tls: true });
      await using trusting = new Client({ proxy: own });
      assertEquals((await trusting.get(origin.url)).status, 200);
      await using wary = new Client({ proxy: own, trustEnv: false });
      const error = await errorOf(wary.get(origin.url));
      assertMatch(error.message, /certificate/);
    });
  });
});
