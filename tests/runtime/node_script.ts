/**
 * What Node does, run by Node (see node_test.ts): the contracts of its sockets, and real requests. The argument is
 * the folder of the npm package `deno-std`, as Node knows no import map.
 */
import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import process from "node:process";

const assertModule = `${pathToFileURL(process.argv[2] ?? "")}/assert/mod.js`;
const ourModule = new URL("../../mod.ts", import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === "@std/testing/bdd") return next("node:test", context);
    if (specifier === "@httpx/httpx") return next(ourModule, context);
    return next(specifier === "@std/assert" ? assertModule : specifier, context);
  },
});

const { describeConnecting } = await import("../contracts/connecting_contract.ts");
const { describeSocket } = await import("../contracts/socket_contract.ts");
const { describeClientTLS } = await import("../contracts/client_tls_contract.ts");
const { areInstalled } = await import("../interop/tls_servers.ts");
const { connectNode } = await import("../../src/runtime/adapters/node_socket.ts");
const { peerName } = await import("../../src/runtime/connect_options.ts");
const { startTLS } = await import("../../src/runtime/select_adapter.ts");
const { Client, ConnectError } = await import("../../mod.ts");
const { authorities, servers } = await import("../support/certificates.ts");
const { listen } = await import("../support/loopback.ts");

describeSocket("connectNode", connectNode, "TCP", {});
describeSocket("connectNode", connectNode, "TLS", { lateFailures: true });
describeSocket("connectNode", connectNode, "UNIX", { resets: true, lastWords: true });
describeConnecting("connectNode", connectNode, {
  unverified: true,
  tellsReasons: true,
  takesSelfSigned: true,
  tellsBadKeys: true,
  localAddress: true,
  freesHandshakes: true,
});

if (areInstalled) describeClientTLS("node", { resumes: true });

/** TLS over a socket that is there. */
const connectThenSecure: typeof connectNode = async (options) => {
  const { tls, signal } = options;
  const socket = await connectNode({ ...options, tls: null });
  return tls === null ? socket : await startTLS(socket, { tls, peer: peerName(options), signal });
};
describeSocket("startTLS()", connectThenSecure, "TLS", { lateFailures: true });
describeConnecting("startTLS()", connectThenSecure, {
  unverified: true,
  tellsReasons: true,
  takesSelfSigned: true,
  tellsBadKeys: true,
  localAddress: false,
  tellsReached: false,
  freesHandshakes: true,
});

/** Answers one request after the other with its first line. */
async function answer(peer: InstanceType<typeof import("../support/loopback.ts").Peer>) {
  let head = "";
  for (let bytes = await peer.readSome(); bytes !== null; bytes = await peer.readSome()) {
    head += new TextDecoder("latin1").decode(bytes);
    if (!head.includes("\r\n\r\n")) continue;
    const line = head.slice(0, head.indexOf("\r\n"));
    head = "";
    await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${line.length}\r\n\r\n${line}`);
  }
  peer.close();
}

describe("Client on Node", () => {
  it("does requests, one connection for all", async () => {
    await using server = await listen(answer);
    const client = new Client();
    for (const path of ["/a", "/b"]) {
      const response = await client.get(`http://127.0.0.1:${server.port}${path}`);
      assert.deepEqual([response.status, await response.text()], [200, `GET ${path} HTTP/1.1`]);
    }
    assert.equal(server.accepted, 1);
    await client.close();
    await server.allClosed();
  });

  it("trusts the authority it is given, and without it nobody", async () => {
    await using server = await listen(answer, { tls: servers.good });
    const url = `https://localhost:${server.port}/`;
    await using client = new Client({ verify: authorities.ca });
    assert.equal((await client.get(url)).status, 200);
    await using other = new Client({ trustEnv: false });
    await assert.rejects(other.get(url), (error) => {
      assert(error instanceof ConnectError);
      assert.equal(error.phase, "tls");
      return true;
    });
  });

  it("fails where nobody listens, and where the caller gives up", async () => {
    const gone = await listen(() => {});
    await gone[Symbol.asyncDispose]();
    await using client = new Client();
    await assert.rejects(client.get(`http://127.0.0.1:${gone.port}/`), /connection refused/);
    await using server = await listen(async (peer) => {
      await peer.readToEnd();
      peer.close();
    });
    const controller = new AbortController();
    const { signal } = controller;
    const call = client.get(`http://127.0.0.1:${server.port}/`, { signal });
    setTimeout(() => controller.abort(new RangeError("enough")), 10);
    await assert.rejects(call, /enough/);
    await server.allClosed();
  });

  it("races the addresses of its resolve option, from localAddress, and retries", async () => {
    await using server = await listen(answer);
    const resolve = { "a.example": ["127.0.0.2", "127.0.0.1"] };
    await using client = new Client({ resolve, localAddress: "127.0.0.3" });
    const response = await client.get(`http://a.example:${server.port}/x`);
    assert.equal(await response.text(), "GET /x HTTP/1.1");
    assert.equal((await client.get(`http://localhost:${server.port}/`)).status, 200);
    const gone = await listen(() => {});
    await gone[Symbol.asyncDispose]();
    await using stubborn = new Client({ retries: 2, resolve });
    const error = await stubborn.get(`http://a.example:${gone.port}/`).catch((error) => error);
    assert(error instanceof ConnectError);
    assert.match(error.message, /: connection refused \(127.0.0.2, 127.0.0.1\), 3 attempts$/);
  });
});

const { startHttpProxy } = await import("../support/proxies/http_proxy.ts");
const { startSocks } = await import("../support/proxies/socks_proxy.ts");
const { startOrigin } = await import("../support/proxies/origin.ts");

describe("Client on Node through proxies", () => {
  const kinds = ["HTTP", "HTTPS", "SOCKS5"];
  for (const kind of kinds) {
    it(`of ${kind} carries HTTP/1.1 and HTTP/2`, async () => {
      await using http = await startHttpProxy({ tls: kind === "HTTPS" });
      await using socks = await startSocks();
      const proxy = kind === "SOCKS5" ? `socks5://${socks.authority}` : http.url;
      await using plain = await startOrigin({ closes: true });
      await using secure = await startOrigin({ tls: true });
      await using second = await startOrigin({ tls: true, http2: true });
      await using client = new Client({ proxy, verify: authorities.ca, http2: true });
      for (const { url } of [plain, secure, second, second]) {
        assert.equal((await client.get(url)).status, 200);
      }
      assert.equal((await client.get(second.url)).httpVersion, "HTTP/2");
      assert.equal(second.accepted, 1);
    });
  }
});

// What is told of a request, and what its connection becomes, is of no runtime in particular.
await import("../transports/trace_test.ts");
await import("../transports/trace_callback_test.ts");
await import("../transports/trace_route_test.ts");
await import("../wire/connection/upgraded_tls_test.ts");

// The web's Response of Node is one of its own.
await import("../client/fetch/drop_in_test.ts");

// What Node's own decoders do, and whose memory they give.
await import("../message/content/charset_test.ts");
await import("../message/content/decoding/zlib_decoder_test.ts");
