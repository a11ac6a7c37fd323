import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { createServer as createServer2 } from "node:http2";
import process from "node:process";
import { Client, type CurlOptions, Request, type RequestInit, RequestNotRead } from "../../mod.ts";
import { quote } from "../../src/message/curl_command.ts";
import { joinBytes } from "../../src/message/content/join_bytes.ts";
import { startHttpProxy } from "../support/proxies/http_proxy.ts";

/** Runs a command line in a POSIX shell, without settings of the user's. */
async function shell(command: string): Promise<number | null> {
  const env = { PATH: process.env["PATH"] ?? "", CURL_HOME: "/nonexistent", HOME: "/nonexistent" };
  const child = spawn("sh", ["-s"], { env, stdio: ["pipe", "ignore", "ignore"], timeout: 20_000 });
  child.stdin.end(`${command}\n`);
  const [code] = await once(child, "close");
  return code;
}

/** A server that keeps the bytes of each request as they came, and answers once they are whole. */
async function startRecorder() {
  const received: string[] = [];
  const server = createServer((socket) => {
    let bytes = new Uint8Array();
    socket.on("error", () => {});
    socket.on("data", (chunk: Uint8Array) => {
      bytes = joinBytes([bytes, chunk]);
      const text = byteString(bytes);
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/\r\nContent-Length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      received.push(text);
      bytes = new Uint8Array();
      socket.end("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    [Symbol.asyncDispose]: () => new Promise<void>((closed) => void server.close(() => closed())),
  };
}

function byteString(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);

const CASES: readonly (readonly [what: string, method: string, path: string, init: RequestInit])[] =
  [
    ["a GET", "GET", "/a?b=1&c=[1,2]&d={x}", { headers: { accept: "*/*", "X-Empty": "" } }],
    ["quotes and dollars", "GET", "/'\"$HOME`id`\\", {
      headers: { "X-Q": `it's "$HOME" \`id\` \\n` },
    }],
    ["dots in the path", "GET", "/a/%2e%2e/b/..;/c", {}],
    ["a HEAD", "HEAD", "/", {}],
    ["a method of one's own", "PURGE", "/", {}],
    ["an empty POST", "POST", "/", {}],
    ["text with newlines, quotes and an @", "POST", "/", { content: '@it\'s\r\n"two"\n\nlines\n' }],
    ["JSON with letters of other alphabets", "POST", "/", { json: { name: "Zoë 東京 😀" } }],
    ["a form", "PUT", "/", { data: { a: ["1", "2"], b: "x y&z" } }],
    ["every byte", "POST", "/", { content: everyByte }],
    ["many bytes", "POST", "/", { content: new Uint8Array(200_000).fill(37) }],
    ["files", "POST", "/", { data: { a: "1" }, files: { photo: ["it's.png", everyByte] } }],
    ["a field that is not ASCII", "GET", "/", { headers: { "X-Name": "Zoë" } }],
    ["a content type that is not curl's", "POST", "/", {
      content: "x",
      headers: { "Content-Type": "a/b" },
    }],
  ];

describe("Request.toCurl()", () => {
  for (const [what, method, path, init] of CASES) {
    it(`is a command that sends the same bytes: ${what}`, async () => {
      await using server = await startRecorder();
      await using client = new Client();
      const request = new Request(method, `${server.url}${path}`, init);
      await client.send(request);
      assertEquals(await shell(request.toCurl({ showSecrets: true })), 0);
      const [ours, curls] = server.received;
      assertEquals(curls?.replace("X-Empty:\r\n", "X-Empty: \r\n"), ours);
    });
  }

  it("is one over HTTP/2", async () => {
    const seen: unknown[] = [];
    const server = createServer2((request, response) => {
      const { ":authority": _, ...fields } = request.headers;
      request.setEncoding("utf8").on("data", (text: string) => seen.push([fields, text]));
      request.on("end", () => response.end());
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b=1`;
    const request = new Request("POST", url, { json: { a: 1 }, headers: { "X-A": "1" } });
    {
      await using client = new Client({ http1: false, http2: true });
      await client.send(request);
    }
    assertEquals(await shell(request.toCurl({ http2: true })), 0);
    server.close();
    assertEquals(seen.length, 2);
    assertEquals(seen[1], seen[0]);
  });

  it("is one through a proxy", async () => {
    await using proxy = await startHttpProxy();
    await using server = await startRecorder();
    const request = new Request("POST", `${server.url}/a`, { json: { a: 1 } });
    assertEquals(await shell(request.toCurl({ proxy: proxy.url })), 0);
    await using client = new Client({ proxy: proxy.url });
    await client.send(request);
    const [curls = "", ours = ""] = proxy.heads;
    assertEquals(curls.replace("Proxy-Connection: Keep-Alive\r\n", ""), ours);
  });
});

describe("curl_command.ts", () => {
  const command = (init: RequestInit, options?: CurlOptions) =>
    new Request("POST", "https://ada:pw@example.org/?sig=abc&q=1", init).toCurl(options);

  it("hides credentials unless they are asked for", () => {
    const init = {
      headers: { Authorization: "Bearer s3cret", "X-Api-Key": "s3cret", Cookie: "id=s3cret" },
      json: { user: "ada", accessToken: "s3cret", list: [{ client_secret: "s3cret", n: 1 }] },
    };
    const proxy = "http://bob:s3cret@proxy.example:3128";
    const hidden = command(init, { proxy });
    assert(!/s3cret|abc|pw@/.test(hidden), hidden);
    assert(!hidden.includes("Content-Length"), "curl counts what is left");
    assertEquals(command(init, { proxy, showSecrets: true }).match(/s3cret/g)?.length, 6);
  });

  it("hides those of a form", () => {
    const hidden = command({ data: { user: "ada", password: "s3cret", refresh_token: "s3cret" } });
    assert(!hidden.includes("s3cret"), hidden);
    assert(hidden.includes("user=ada&password="), hidden);
  });

  it("uses HTTP/2 and no certificates if that is asked for", () => {
    const https = new Request("GET", "https://a.example/");
    assert(https.toCurl({ http2: true, verify: false }).includes("--http2 --insecure"));
    const http = new Request("GET", "http://a.example/");
    assert(http.toCurl({ http2: true }).includes("--http2-prior-knowledge"));
  });

  it("throws for a body that is not in memory, until it is read", async () => {
    const request = new Request("POST", "https://a.example/", { content: new Blob(["blob"]) });
    assertThrows(() => request.toCurl(), RequestNotRead);
    await request.read();
    assert(request.toCurl().includes("--data-raw blob"));
  });
});

describe("quote()", () => {
  it("leaves plain words, and quotes all others", () => {
    assertEquals(["a-b=c", "", "it's", "a b", "$x"].map(quote), [
      ...["a-b=c", "''", `'it'\\''s'`, "'a b'", "'$x'"],
    ]);
  });
});
