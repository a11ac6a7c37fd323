/** Which version of HTTP a request with `Upgrade: websocket` goes over, by what client and server allow. */
import { Client, LocalProtocolError } from "@httpx/httpx";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createServer, type TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import { authorities, servers } from "../support/certificates.ts";
import { frame, headers, requestsIn, settings, T } from "../support/http2/frames.ts";

/** An echo server of both versions: over HTTP/2 it takes extended CONNECT, or does not. */
async function serveEcho({ extendedConnect }: { readonly extendedConnect: boolean }) {
  const protocols: string[] = [];
  const options = { ...servers.good, ALPNProtocols: ["h2", "http/1.1"] };
  const server = createServer(options, (socket) => {
    protocols.push(String(socket.alpnProtocol));
    socket.on("error", () => {}); // a client that closes
    if (socket.alpnProtocol === "h2") echoFrames(socket, extendedConnect);
    else echoUpgraded(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}/`,
    protocols,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function echoFrames(socket: TLSSocket, extendedConnect: boolean): void {
  socket.write(extendedConnect ? settings(8, 1) : settings());
  socket.on("data", (bytes: Uint8Array) => {
    for (const id of requestsIn(bytes)) socket.write(headers(id));
    if (bytes[3] === T.DATA) socket.write(frame(T.DATA, 0, 1, bytes.subarray(9)));
  });
}

function echoUpgraded(socket: TLSSocket): void {
  let isUpgraded = false;
  socket.on("data", (bytes: Uint8Array) => {
    if (isUpgraded) return void socket.write(bytes);
    isUpgraded = true;
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
  });
}

const UPGRADE = { Connection: "Upgrade", Upgrade: "websocket" };

describe("A request with Upgrade: websocket", () => {
  const cases = [
    { extendedConnect: true, http1: true, status: 200, over: ["h2"] },
    { extendedConnect: true, http1: false, status: 200, over: ["h2"] },
    { extendedConnect: false, http1: true, status: 101, over: ["h2", "http/1.1"] },
    { extendedConnect: false, http1: false, status: null, over: ["h2"] },
  ];
  for (const { extendedConnect, http1, status, over } of cases) {
    const server = extendedConnect ? "that takes it over HTTP/2" : "that takes it over HTTP/1.1";
    const client = http1 ? "both versions" : "HTTP/2 alone";
    it(`to a server ${server}, by a client of ${client}: ${status ?? "refused"}`, async () => {
      await using server = await serveEcho({ extendedConnect });
      const client = new Client({ http1, http2: true, verify: authorities.ca, trustEnv: false });
      const call = client.stream("GET", server.url, { headers: UPGRADE });
      if (status === null) {
        await assertRejects(() => call, LocalProtocolError, "no WebSockets over HTTP/2");
      } else {
        const response = await call;
        assertEquals(response.status, status);
        const stream = response.extensions.network_stream!;
        await stream.write(new TextEncoder().encode("hello"));
        assertEquals(new TextDecoder().decode((await stream.read())!), "hello");
        await stream.close();
      }
      await client.close();
      assertEquals(server.protocols, over);
    });
  }
});
