/** The opening handshake of `client.websocket()`: what is sent, through what, and every way that it is refused. */
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  type ClientOptions,
  ConnectError,
  DigestAuth,
  FetchClient,
  ReadTimeout,
  RemoteProtocolError,
  Timeout,
  UnsupportedProtocol,
} from "@httpx/httpx";
import { SyncClient } from "@httpx/httpx/sync";
import { WebSocketRefused } from "@httpx/httpx/websocket";
import { authorities, servers } from "../../support/certificates.ts";
import { listen } from "../../support/loopback.ts";
import { startHttpProxy } from "../../support/proxies/http_proxy.ts";
import { fieldOf } from "../../support/proxies/relay.ts";
import { startSocks } from "../../support/proxies/socks_proxy.ts";
import { frame, OP } from "../../support/websocket/frames.ts";
import { type ServedSocket, serveWebSockets } from "../../support/websocket/server.ts";

const echo = (socket: ServedSocket) => socket.echo();

function clientOf(options: ClientOptions = {}): Client {
  return new Client({ trustEnv: false, verify: authorities.ca, ...options } as ClientOptions);
}

/** Opens, sends a text, and returns its echo. */
async function roundTrip(client: Client, url: string): Promise<unknown> {
  await using socket = await client.websocket(url);
  await socket.send("hello");
  return await socket.receive();
}

const EMPTY = "Content-Length: 0\r\n\r\n";

describe("The handshake of client.websocket()", () => {
  it("sends the fields of RFC 6455 §4.1 and no others of its kind, a new key each time", async () => {
    await using server = await serveWebSockets(echo);
    await using client = clientOf({ headers: { "x-key": "7" } });
    for (let i = 0; i < 2; i++) assertEquals(await roundTrip(client, server.url), "hello");
    const [head = "", second = ""] = server.heads;
    assertMatch(head, /^GET \/ HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/);
    const names = [
      "upgrade",
      "connection",
      "sec-websocket-version",
      "x-key",
      "sec-websocket-protocol",
      "sec-websocket-extensions",
    ];
    assertEquals(names.map((name) => fieldOf(head, name)), [
      "websocket",
      "Upgrade",
      "13",
      "7",
      null,
      null,
    ]);
    const keys = [head, second].map((each) => fieldOf(each, "sec-websocket-key") ?? "");
    assertEquals(keys.map((key) => atob(key).length), [16, 16]);
    assert(keys[0] !== keys[1]);
  });

  it("goes to http: URLs, with a path, a query and the client's params, and relative to its base", async () => {
    await using server = await serveWebSockets(echo);
    await using client = clientOf({
      baseURL: `http://127.0.0.1:${server.port}/v1`,
      params: { a: "1" },
    });
    assertEquals(await roundTrip(client, "/chat?b=2"), "hello");
    assertMatch(server.heads[0] ?? "", /^GET \/v1\/chat\?b=2&a=1 /);
  });

  it("negotiates a subprotocol and compression", async () => {
    await using server = await serveWebSockets(echo, {
      fields:
        "Sec-WebSocket-Protocol: b\r\nSec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n",
    });
    await using client = clientOf();
    await using socket = await client.websocket(server.url, {
      protocols: ["a", "b"],
      compression: true,
    });
    assertEquals([socket.url, socket.protocol, socket.extensions], [
      server.url,
      "b",
      "permessage-deflate; client_no_context_takeover",
    ]);
    const [head = ""] = server.heads;
    assertEquals(fieldOf(head, "sec-websocket-protocol"), "a, b");
    assertEquals(
      fieldOf(head, "sec-websocket-extensions"),
      "permessage-deflate; client_max_window_bits",
    );
  });

  it("goes over TLS that the client trusts, and to no other", async () => {
    await using server = await serveWebSockets(echo, { tls: servers.good });
    await using client = clientOf();
    assertEquals(await roundTrip(client, server.url), "hello");
    await using stranger = new Client({ trustEnv: false });
    await assertRejects(() => stranger.websocket(server.url), ConnectError);
    await using careless = new Client({ trustEnv: false, verify: false });
    assertEquals(await roundTrip(careless, server.url), "hello");
  });

  it("goes over a UNIX socket", async () => {
    await using server = await serveWebSockets(echo, { unix: true });
    await using client = clientOf({ uds: server.path } as ClientOptions);
    assertEquals(await roundTrip(client, "ws://docker/"), "hello");
  });

  for (const tls of [false, true]) {
    const scheme = tls ? "wss:" : "ws:";
    const serving = tls ? { tls: servers.good } : {};
    it(`goes through an HTTP proxy by a tunnel, for ${scheme} too`, async () => {
      await using proxy = await startHttpProxy({ credentials: "ada:secret" });
      await using server = await serveWebSockets(echo, serving);
      await using client = clientOf(
        { proxy: proxy.url.replace("//", "//ada:secret@") } as ClientOptions,
      );
      assertEquals(await roundTrip(client, server.url), "hello");
      assertMatch(proxy.heads[0] ?? "", /^CONNECT /);
      assertEquals(fieldOf(server.heads[0] ?? "", "proxy-authorization"), null);
    });

    it(`goes through a SOCKS proxy, ${scheme}`, async () => {
      await using proxy = await startSocks();
      await using server = await serveWebSockets(echo, serving);
      await using client = clientOf({ proxy: `socks5://${proxy.authority}` } as ClientOptions);
      assertEquals(await roundTrip(client, server.url), "hello");
      assertEquals(proxy.asked.length, 1);
    });
  }

  it("takes the client's cookies, and keeps those of the answer", async () => {
    await using server = await serveWebSockets(echo, { fields: "Set-Cookie: b=2\r\n" });
    await using client = clientOf({ cookies: { a: "1" } });
    await roundTrip(client, server.url);
    await roundTrip(client, server.url);
    assertEquals(server.heads.map((head) => fieldOf(head, "cookie")), ["a=1", "a=1; b=2"]);
  });

  it("sends credentials, and answers a challenge (401, then digest)", async () => {
    const challenge =
      'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\n' +
      EMPTY;
    await using server = await serveWebSockets(echo, {
      answer: (_, i) => i === 0 ? challenge : null,
    });
    await using client = clientOf();
    await using socket = await client.websocket(server.url, {
      auth: new DigestAuth("ada", "secret"),
    });
    await socket.send("hi");
    assertEquals(await socket.receive(), "hi");
    assertMatch(fieldOf(server.heads[1] ?? "", "authorization") ?? "", /^Digest username="ada"/);
    const basic = clientOf({ auth: ["ada", "secret"] });
    await roundTrip(basic, server.url);
    await basic.close();
    assertEquals(fieldOf(server.heads[2] ?? "", "authorization"), `Basic ${btoa("ada:secret")}`);
  });

  it("calls hooks with the request and the 101", async () => {
    const seen: string[] = [];
    await using server = await serveWebSockets(echo);
    await using client = clientOf({
      eventHooks: {
        request: [(request) => void seen.push(`${request.method} ${request.parsedURL.protocol}`)],
        response: [(response) => void seen.push(String(response.status))],
      },
    });
    await roundTrip(client, server.url);
    assertEquals(seen, ["GET http:", "101"]);
  });

  it("follows redirects when it may, to ws: too, without credentials to another origin", async () => {
    await using target = await serveWebSockets(echo);
    for (const location of [target.url, target.url.replace("ws:", "http:")]) {
      await using server = await serveWebSockets(echo, {
        answer: () => `HTTP/1.1 302 Found\r\nLocation: ${location}\r\n${EMPTY}`,
      });
      await using client = clientOf();
      const refused = await assertRejects(() => client.websocket(server.url), WebSocketRefused);
      assertEquals(refused.response.status, 302);
      await using socket = await client.websocket(server.url, {
        followRedirects: true,
        headers: { authorization: "secret" },
      });
      assertEquals(socket.url, target.url);
    }
    assertEquals(target.heads.map((head) => fieldOf(head, "authorization")), [null, null]);
  });

  it("a refusal has status, headers and body, and leaves the connection to the pool", async () => {
    const body = JSON.stringify({ error: "no such room" });
    const answer = () =>
      `HTTP/1.1 404 Not Found\r\nX-A: 1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    await using server = await serveWebSockets(echo, { answer });
    await using client = clientOf();
    for (let i = 0; i < 2; i++) {
      const error = await assertRejects(
        () => client.websocket(server.url),
        WebSocketRefused,
        "404 Not Found",
      );
      const { response } = error;
      assertEquals([response.status, response.headers.get("x-a"), await response.json()], [
        404,
        "1",
        { error: "no such room" },
      ]);
      assertEquals(error.request?.url, server.url.replace("ws:", "http:"));
    }
    assertEquals(server.accepted, 1);
  });

  it("a refusal is the same error with throwOnError", async () => {
    const answer = () => "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno";
    await using server = await serveWebSockets(echo, { answer });
    await using client = clientOf({ throwOnError: true });
    const error = await assertRejects(() => client.websocket(server.url), WebSocketRefused);
    assertEquals(await error.response.text(), "no");
  });

  it("a refusal with an endless body ends", async () => {
    const size = 100_000;
    const answer = () => `HTTP/1.1 503 Busy\r\nContent-Length: ${size}\r\n\r\n${"x".repeat(size)}`;
    await using server = await serveWebSockets(echo, { answer });
    await using client = clientOf();
    const error = await assertRejects(() => client.websocket(server.url), WebSocketRefused);
    assertEquals(error.response.status, 503);
  });

  for (
    const [name, options, message] of [
      ["another Sec-WebSocket-Accept", {
        change: (text: string) => text.replace(/Accept: ./, "Accept: !"),
      }, "Sec-WebSocket-Accept does not match"],
      ["no Sec-WebSocket-Accept", {
        change: (text: string) => text.replace(/Sec-WebSocket-Accept.*\r\n/, ""),
      }, "Sec-WebSocket-Accept is missing"],
      ["another Upgrade", {
        change: (text: string) => text.replace("websocket", "h2c"),
      }, "the Upgrade field is not websocket"],
      [
        "an unasked protocol",
        { fields: "Sec-WebSocket-Protocol: chat\r\n" },
        "a subprotocol that was not offered",
      ],
      [
        "an unasked extension",
        { fields: "Sec-WebSocket-Extensions: permessage-deflate\r\n" },
        "an extension that was not offered",
      ],
    ] as const
  ) {
    it(`refuses ${name}, and closes the connection`, async () => {
      const ended = Promise.withResolvers<string>();
      await using server = await serveWebSockets(
        async (socket) => ended.resolve(await socket.described()),
        options,
      );
      await using client = clientOf();
      await assertRejects(() => client.websocket(server.url), RemoteProtocolError, message);
      assertEquals(await ended.promise, "end");
    });
  }

  it("takes messages that came in one packet with the 101", async () => {
    await using server = await serveWebSockets(echo, { leading: frame(OP.TEXT, "early") });
    await using client = clientOf();
    await using socket = await client.websocket(server.url);
    assertEquals(await socket.receive(), "early");
  });

  it("has the client's deadlines: total bounds the handshake, and nothing after it", async () => {
    await using silent = await listen(async (peer) => void await peer.readToEnd());
    await using server = await serveWebSockets(echo);
    await using client = clientOf({ timeout: new Timeout(5000, { total: 100 }) });
    await assertRejects(() => client.websocket(`ws://127.0.0.1:${silent.port}/`), ReadTimeout);
    await using socket = await client.websocket(server.url);
    await assertRejects(() => socket.receive({ timeout: 300 }), ReadTimeout, "300 ms");
    await socket.send("still here");
    assertEquals(await socket.receive(), "still here");
  });

  it("ends with its signal, before and after it is open", async () => {
    await using silent = await listen(async (peer) => void await peer.readToEnd());
    await using server = await serveWebSockets(echo);
    await using client = clientOf();
    const early = new AbortController();
    const opening = client.websocket(`ws://127.0.0.1:${silent.port}/`, { signal: early.signal });
    early.abort(new Error("changed my mind"));
    await assertRejects(() => opening, Error, "changed my mind");
    const late = new AbortController();
    const socket = await client.websocket(server.url, { signal: late.signal });
    const next = socket.receive();
    late.abort(new Error("enough"));
    await assertRejects(() => next, Error, "enough");
    assertEquals(socket.closeInfo?.code, 1006);
  });

  it("refuses options that it does not have, and values of the wrong kind", async () => {
    await using client = clientOf();
    const open = (options: object) => client.websocket("ws://127.0.0.1:1/", options);
    await assertRejects(() => open({ protocol: "chat" }), TypeError, '"protocol"');
    await assertRejects(() => open({ json: {} }), TypeError, '"json"');
    for (const protocols of [["a", "a"], ["a b"], 7, [""], ["a,b"]]) {
      await assertRejects(() => open({ protocols }), TypeError, '"protocols"');
    }
    await assertRejects(() => open({ compression: "yes" }), TypeError, '"compression"');
    await assertRejects(() => open({ closeTimeoutMs: -1 }), RangeError, '"closeTimeoutMs"');
    await assertRejects(
      () => open({ headers: { "sec-websocket-protocol": "a" } }),
      TypeError,
      "give protocols",
    );
    await assertRejects(() => client.websocket("ftp://127.0.0.1/"), UnsupportedProtocol);
  });

  it("FetchClient and SyncClient refuse it by name", async () => {
    await using lean = new FetchClient();
    assertThrows(() => lean.websocket(), TypeError, "use Client");
    using sync = new SyncClient();
    assertThrows(() => sync.websocket(), TypeError, "use Client");
  });
});
