/** `response.extensions.network_stream`: whom a response came from, and a raw stream after `101` and `CONNECT`. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  HTTPTransport,
  LocalProtocolError,
  type NetworkStream,
  type Response,
} from "@httpx/httpx";
import { authorities, servers } from "../support/certificates.ts";
import { listen, type Peer } from "../support/loopback.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

async function answer(peer: Peer): Promise<void> {
  while (await peer.readSome() !== null) await peer.send(OK);
}

function streamOf(response: Response): NetworkStream {
  return response.extensions.network_stream as NetworkStream; // an HTTPTransport's
}

/** Resolves with what comes until there are so many bytes. */
async function textOf(stream: NetworkStream, size: number): Promise<string> {
  let text = "";
  while (text.length < size) {
    const bytes = await stream.read({ timeout: 2000 });
    if (bytes === null) break;
    text += new TextDecoder().decode(bytes);
  }
  return text;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe("network_stream of a response", () => {
  it("tells both addresses, of every response of a connection", async () => {
    const ports: (number | undefined)[] = [];
    await using server = await listen(answer);
    await using client = new Client();
    for (let i = 0; i < 2; i++) {
      const stream = streamOf(await client.get(`http://127.0.0.1:${server.port}/`));
      assertEquals(stream.getExtraInfo("server_addr"), { host: "127.0.0.1", port: server.port });
      assertEquals(stream.getExtraInfo("client_addr")?.host, "127.0.0.1");
      assertEquals(stream.getExtraInfo("ssl_object"), null);
      assertEquals(stream.getExtraInfo("socket" as "ssl_object"), null);
      ports.push(stream.getExtraInfo("client_addr")?.port);
      assertEquals(stream.facts.remoteAddress, stream.getExtraInfo("server_addr"));
    }
    assert(ports[0] !== undefined && ports[0] > 0 && ports[0] === ports[1]);
  });

  it("tells the path of a UNIX socket", async () => {
    await using server = await listen(answer, { unix: true });
    await using client = new Client({ transport: new HTTPTransport({ uds: server.path }) });
    const stream = streamOf(await client.get("http://docker/"));
    assertEquals(stream.getExtraInfo("server_addr"), { host: server.path, port: 0 });
    assertEquals(stream.getExtraInfo("client_addr"), null);
  });

  it("tells of TLS what the runtime tells", async () => {
    const tls = { ...servers.good, alpnProtocols: ["http/1.1"] };
    await using server = await listen(answer, { tls });
    for (const verify of [authorities.ca, false]) { // not by Deno's own API, which tells less
      await using client = new Client({ verify });
      const stream = streamOf(await client.get(`https://localhost:${server.port}/`));
      const session = stream.getExtraInfo("ssl_object");
      assertEquals(session?.alpnProtocol, "http/1.1");
      assertEquals(session?.protocol, "TLSv1.3");
      assert(session?.cipher?.includes("AES") || session?.cipher?.includes("CHACHA"));
      const { subject, valid_to: until } = session?.peerCertificate ?? {};
      assertEquals([typeof subject, typeof until], ["object", "string"]);
    }
  });

  it("is nobody's to use while its connection speaks HTTP", async () => {
    await using server = await listen(answer);
    await using client = new Client();
    const stream = streamOf(await client.get(`http://127.0.0.1:${server.port}/`));
    const yours = "it is yours after 101 or an accepted CONNECT";
    for (const use of [() => stream.read(), () => stream.close()]) {
      await assertRejects(use, LocalProtocolError, yours);
    }
    await assertRejects(() => stream.write(new Uint8Array(1)), LocalProtocolError, yours);
    for (const use of [() => stream.end(), () => stream.readable, () => stream.writable]) {
      assertThrows(use, LocalProtocolError, yours);
    }
    assertEquals((await client.get(`http://127.0.0.1:${server.port}/`)).status, 200);
  });
});

describe("network_stream after a handover", () => {
  const ways = [
    [
      "101",
      "GET",
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\n",
    ],
    ["CONNECT", "CONNECT", "HTTP/1.1 200 Connection established\r\n\r\n"],
  ] as const;

  for (const [name, method, head] of ways) {
    it(`${name}: both sides talk at once, and each ends by itself`, async () => {
      const heard: string[] = [];
      let done = () => {};
      const isDone = new Promise<void>((resolve) => done = resolve);
      await using server = await listen(async (peer) => {
        const request = new TextDecoder().decode(await peer.readSome() ?? undefined);
        heard.push(request.split("\r\n")[0] ?? "");
        await peer.send(`${head}early `);
        await peer.send("words ");
        heard.push(await peer.readText(5));
        await peer.send("and more");
        peer.end();
        heard.push(await peer.readText(100));
        done();
      });
      await using client = new Client({ headers: { connection: "upgrade", upgrade: "shout" } });
      const extensions = method === "CONNECT" ? { target: "example.org:443" } : {};
      const response = await client.request(method, `http://127.0.0.1:${server.port}/`, {
        extensions,
      });
      await using stream = streamOf(response);
      assertEquals(stream.getExtraInfo("server_addr")?.port, server.port);
      await stream.write(bytesOf("hello"));
      assertEquals(await textOf(stream, 20), "early words and more");
      assertEquals(await stream.read(), null);
      await stream.write(bytesOf("still here"));
      stream.end();
      await isDone;
      await stream.close();
      await server.allClosed();
      const target = method === "CONNECT" ? "example.org:443" : "/";
      assertEquals(heard, [`${method} ${target} HTTP/1.1`, "hello", "still here"]);
    });
  }

  it("read(3) gives three bytes at most, and the rest to the next read", async () => {
    await using server = await listen(async (peer) => {
      await peer.readSome();
      await peer.send(`${ways[0][2]}abcdefgh`);
      peer.end();
    });
    await using client = new Client({ headers: { connection: "upgrade", upgrade: "shout" } });
    const response = await client.get(`http://127.0.0.1:${server.port}/`);
    await using stream = streamOf(response);
    const parts: string[] = [];
    for (const size of [3, 1, 3]) {
      const bytes = await stream.read(size, { timeout: 5000 });
      parts.push(new TextDecoder().decode(bytes ?? undefined));
    }
    assertEquals(parts.join(""), "abcdefgh".slice(0, 7));
    assertEquals(parts.every((part, i) => part.length <= [3, 1, 3][i]!), true);
    assertEquals([await textOf(stream, 1), await stream.read(3)], ["h", null]);
    for (const size of [0, -1, 1.5, NaN]) {
      await assertRejects(() => stream.read(size), TypeError, "give a whole number, 1 or more");
    }
  });

  for (const route of ["TCP", "TLS"]) {
    it(`close() takes nothing back of what write() has sent, over ${route}`, async () => {
      let resume = () => {};
      const mayRead = new Promise<void>((resolve) => resume = resolve);
      let tell = (_: unknown) => {};
      const outcome = new Promise((resolve) => tell = resolve);
      await using server = await listen(async (peer) => {
        await peer.readSome();
        await peer.send(ways[0][2]);
        await mayRead;
        tell([await peer.readToEnd(), peer.failure]);
        peer.close();
      }, route === "TLS" ? { tls: servers.good } : {});
      const headers = { connection: "upgrade", upgrade: "shout" };
      await using client = new Client({ headers, verify: authorities.ca });
      const origin = route === "TLS" ? "https://localhost" : "http://127.0.0.1";
      const stream = streamOf(await client.get(`${origin}:${server.port}/`));
      await stream.write(new Uint8Array(300_000));
      stream.end();
      await stream.close();
      await client.close();
      resume();
      assertEquals(await outcome, [300_000, null]);
    });
  }

  it("as web streams, with more than the buffers hold", async () => {
    const size = 3 * 1024 * 1024;
    await using server = await listen(async (peer) => {
      await peer.readSome();
      await peer.send(ways[0][2]);
      await peer.echo();
    });
    await using client = new Client({ headers: { connection: "upgrade", upgrade: "shout" } });
    await using stream = streamOf(await client.get(`http://127.0.0.1:${server.port}/`));
    const chunk = new Uint8Array(64 * 1024).fill(7);
    const source = new ReadableStream<Uint8Array>({
      start: () => {},
      pull: (controller) => {
        controller.enqueue(chunk);
        sent += chunk.length;
        if (sent >= size) controller.close();
      },
    });
    let [sent, received] = [0, 0];
    const sending = source.pipeTo(stream.writable);
    for await (const bytes of stream.readable) received += bytes.length;
    await sending;
    assertEquals([sent, received], [size, size]);
  });
});
