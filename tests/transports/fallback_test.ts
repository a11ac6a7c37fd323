/** What a call comes to when its server changes its mind: another version of HTTP, another connection, an early answer. */
import { Client, RemoteProtocolError } from "@httpx/httpx";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { authorities, servers } from "../support/certificates.ts";
import { F, frame, headers, requestsIn, settings, T, uint32 } from "../support/http2/frames.ts";
import { listen } from "../support/loopback.ts";

const HTTP_1_1_REQUIRED = 13;

/** A server of both versions that answers over HTTP/1.1 alone, and its protocols by connection. */
async function serveHttp1Alone() {
  const protocols: string[] = [];
  const options = { ...servers.good, ALPNProtocols: ["h2", "http/1.1"] };
  const server = createServer(options, (socket) => {
    protocols.push(String(socket.alpnProtocol));
    socket.on("error", () => {}); // a client that closes
    if (socket.alpnProtocol !== "h2") {
      socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
      return;
    }
    socket.write(settings());
    socket.on("data", (bytes: Uint8Array) => {
      for (const id of requestsIn(bytes)) {
        socket.write(frame(T.RST_STREAM, 0, id, uint32(HTTP_1_1_REQUIRED)));
      }
    });
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

describe("A server that requires HTTP/1.1", () => {
  it("gets the request over HTTP/1.1, and the next ones at once", async () => {
    await using server = await serveHttp1Alone();
    const client = new Client({ http2: true, verify: authorities.ca, trustEnv: false });
    for (let i = 0; i < 3; i++) {
      const response = await client.post(server.url, { content: "hi" });
      assertEquals([response.httpVersion, await response.text()], ["HTTP/1.1", "hi"]);
    }
    await client.close();
    assertEquals(server.protocols, ["h2", "http/1.1"]);
  });

  it("is an error that says so if HTTP/1.1 may not be used", async () => {
    await using server = await serveHttp1Alone();
    const options = { http1: false, http2: true, verify: authorities.ca, trustEnv: false };
    const client = new Client(options);
    await assertRejects(() => client.get(server.url), RemoteProtocolError, "; allow http1");
    await client.close();
    assertEquals(server.protocols, ["h2"]);
  });
});

describe("A flood on one stream", () => {
  it("ends its connection; an idempotent call that had no byte yet is answered on another", async () => {
    await using server = await listen(async (peer) => {
      await peer.send(settings());
      let requests = 0;
      while (requests < (server.accepted === 1 ? 2 : 1)) {
        const bytes = await peer.readSome();
        if (bytes === null) return;
        requests += requestsIn(bytes).length;
      }
      if (server.accepted > 1) return await peer.send(headers(1, undefined, F.END_HEADERS | 1));
      await peer.send(headers(1));
      for (let i = 0; i < 1001; i++) peer.send(frame(T.DATA, 0, 1));
    });
    const client = new Client({ http1: false, http2: true, trustEnv: false });
    const url = `http://127.0.0.1:${server.port}`;
    const flooded = client.get(`${url}/flooded`);
    const innocent = client.get(`${url}/innocent`);
    await assertRejects(() => flooded, RemoteProtocolError, "frames that carry nothing");
    assertEquals((await innocent).status, 200);
    await client.close();
    assertEquals(server.accepted, 2);
  });
});

describe("An answer in HTTP/1.1 to HTTP/2 by prior knowledge", () => {
  it("is a RemoteProtocolError that says what to do", async () => {
    await using server = await listen(async (peer) => {
      await peer.readSome();
      await peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    const client = new Client({ http1: false, http2: true, trustEnv: false });
    const call = client.get(`http://127.0.0.1:${server.port}/`);
    await assertRejects(() => call, RemoteProtocolError, "use a client with http1");
    await client.close();
  });
});

/** Content of 64 MB in pieces, far more than sockets buffer. */
async function* large(): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(256 * 1024);
  for (let i = 0; i < 256; i++) yield await Promise.resolve(chunk);
}

describe("An early answer", () => {
  const answer =
    "HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge";
  for (const how of ["reset", "close"] as const) {
    it(`over HTTP/1.1 is the response, though the connection ends with a ${how}`, async () => {
      for (let i = 0; i < 5; i++) {
        await using server = await listen(async (peer) => {
          await peer.read(100_000);
          await peer.send(answer);
          peer[how]();
        });
        const client = new Client({ trustEnv: false, timeout: 5000 });
        const response = await client.put(`http://127.0.0.1:${server.port}/`, { content: large() });
        assertEquals([response.status, await response.text()], [413, "large"]);
        await client.close();
      }
    });
  }

  it("over HTTP/2 is the response, whatever the reset after it says", async () => {
    for (const code of [0, 8, 2]) {
      await using server = await listen(async (peer) => {
        await peer.send(settings());
        await peer.read(60_000);
        await peer.send(headers(1, { ":status": "413" }));
        await peer.send(frame(T.DATA, F.END_STREAM, 1, [1, 2, 3]));
        await peer.send(frame(T.RST_STREAM, 0, 1, uint32(code)));
        await peer.readToEnd();
      });
      const client = new Client({ http1: false, http2: true, trustEnv: false, timeout: 5000 });
      const response = await client.put(`http://127.0.0.1:${server.port}/`, { content: large() });
      assertEquals([response.status, (await response.bytes()).length], [413, 3]);
      await client.close();
    }
  });
});
