/** The client through proxies that nobody here wrote. */
import { Client, type ClientOptions, Proxy, ProxyError } from "@httpx/httpx";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { startLocalServer } from "../support/local_server.ts";
import { startOrigin } from "../support/proxies/origin.ts";
import { CREDENTIALS, PROXY_KINDS, type ProxyKind, type RealProxy } from "./proxy_servers.ts";

const MEGABYTE = 1024 * 1024;

/** Tells what came; `/large/N` has N bytes. */
function startEcho() {
  return startLocalServer(({ method, target, headers, body }, response) => {
    const [, size] = /^\/large\/(\d+)$/.exec(target) ?? [];
    if (size !== undefined) return void response.end(new Uint8Array(Number(size)));
    const secrets = Object.keys(headers).filter((name) => name.startsWith("proxy-auth"));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ method, target, bytes: body.length, secrets }));
  });
}

function clientOf({ url, ca }: RealProxy, options: ClientOptions = {}): Client {
  const proxy = new Proxy(url, { auth: CREDENTIALS });
  return new Client({ proxy, verify: ca, timeout: 20_000, ...options } as ClientOptions);
}

for (const kind of PROXY_KINDS) {
  const test = kind.isInstalled ? it : it.skip;

  describe(`${kind.name} as a ${kind.scheme} proxy`, () => {
    test("carries http: and https:, HTTP/1.1 and HTTP/2, one request and many", async () => {
      await using proxy = await kind.start();
      await carriesBodies(proxy, kind);
      await carriesTunnels(proxy);
      await carriesMany(proxy);
    });

    test("refuses strangers, and tells what it can't reach", async () => {
      await using proxy = await kind.start();
      await wantsCredentials(proxy, kind);
      await tellsWhatIsGone(proxy);
    });

    test("that goes away is an error, for connections that are kept too", async () => {
      const proxy = await kind.start();
      await using origin = await startOrigin({ tls: true });
      await using client = clientOf(proxy);
      await client.get(origin.url);
      await proxy[Symbol.asyncDispose]();
      const error = await assertRejects(() => client.get(origin.url), ProxyError);
      assertMatch(error.message, /: connection refused/);
    });
  });
}

async function carriesBodies(proxy: RealProxy, { name }: ProxyKind): Promise<void> {
  await using origin = await startEcho();
  await using client = clientOf(proxy);
  const get = await client.get(`${origin.url}/a?b=c`);
  assertEquals(await get.json(), { method: "GET", target: "/a?b=c", bytes: 0, secrets: [] });
  assertEquals((await client.head(origin.url)).status, 200);
  for (const content of ["x".repeat(300_000), chunks()]) {
    const post = await client.post(origin.url, { content });
    assertEquals((await post.json<{ bytes: number }>()).bytes, 300_000);
  }
  const expected = name === "mitmproxy" ? MEGABYTE : 20 * MEGABYTE; // it keeps each body, and takes its time
  await using response = await client.stream("GET", `${origin.url}/large/${expected}`);
  let size = 0;
  for await (const chunk of response.iterRaw()) size += chunk.length;
  assertEquals(size, expected);
}

async function carriesTunnels(proxy: RealProxy): Promise<void> {
  for (const http2 of [false, true]) {
    await using origin = await startOrigin({ tls: true, http2 });
    await using client = clientOf(proxy, { http2 });
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await client.get(origin.url)).status),
    );
    assertEquals(new Set(statuses), new Set([200]));
    const { httpVersion } = await client.get(origin.url);
    assertEquals(httpVersion, http2 ? "HTTP/2" : "HTTP/1.1");
    for (const head of origin.heads) assertEquals(/proxy-auth/i.test(head), false);
  }
}

async function carriesMany(proxy: RealProxy): Promise<void> {
  await using origin = await startEcho();
  await using client = clientOf(proxy, { limits: { maxConnections: 5 } });
  const targets = Array.from({ length: 200 }, (_, i) => `/${i}`);
  const answers = await Promise.all(targets.map(async (target) => {
    const response = await client.get(origin.url + target);
    return (await response.json<{ target: string }>()).target;
  }));
  assertEquals(answers, targets);
}

async function wantsCredentials(proxy: RealProxy, kind: ProxyKind): Promise<void> {
  await using plain = await startEcho();
  await using secure = await startOrigin({ tls: true });
  for (const auth of [null, ["ada", "wrong"]] as const) {
    await using client = clientOf(proxy, { proxy: new Proxy(proxy.url, { auth }) });
    // tinyproxy answers wrong credentials as a server would, which nobody can tell from one that it forwards.
    const isOdd = kind.name === "tinyproxy" && auth !== null;
    if (isOdd) assertEquals((await client.get(plain.url)).status, 401);
    for (const url of isOdd ? [secure.url] : [plain.url, secure.url]) {
      const error = await assertRejects(() => client.get(url), ProxyError);
      assertEquals(error.message.includes("wrong"), false);
      assertMatch(error.message, isOdd ? /it answered 401/ : refusalBy(kind, auth !== null));
      if (!kind.scheme.startsWith("socks")) assertEquals(error.status, isOdd ? 401 : 407);
    }
  }
  assertEquals(plain.received.length + secure.heads.length, 0);
}

async function tellsWhatIsGone(proxy: RealProxy): Promise<void> {
  const gone = await startOrigin({ tls: true });
  await gone[Symbol.asyncDispose]();
  await using client = clientOf(proxy);
  const error = await assertRejects(() => client.get(gone.url), ProxyError);
  assertEquals(error.status === undefined, false, error.message);
  assertEquals([error.phase, error.safeToRetry], ["proxy", true]);
}

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 30; i++) yield new Uint8Array(10_000).fill(120);
}

/** What is said where credentials are missing, or wrong. */
function refusalBy({ scheme }: ProxyKind, hasCredentials: boolean): RegExp {
  if (scheme.startsWith("socks")) {
    return hasCredentials ? /does not take this user and password$/ : /it wants credentials/;
  }
  return hasCredentials
    ? /it answered 407 .*; it does not take this user and password$/
    : /it answered 407 .*; give user and password in the proxy's URL/;
}
