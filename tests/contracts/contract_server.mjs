// The server of the client contract, on Node itself: one handler over HTTP/1.1 and HTTP/2, in the clear, over TLS and on
// a UNIX socket. `node contract_server.mjs CERT KEY SOCKET` prints where as JSON, and ends when its input ends.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createSecureServer, createServer as createHttp2Server } from "node:http2";
import { gzipSync } from "node:zlib";

const [certPath, keyPath, socketPath] = process.argv.slice(2);
const piece = Buffer.alloc(64 * 1024, "x");

/** The first of some events. */
function wait(emitter, ...events) {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of events) emitter.off(event, done);
      resolve();
    };
    for (const event of events) emitter.on(event, done);
  });
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** How long a server that was asked to continue looks whether content comes unasked. */
const CONTINUE_DELAY_MS = 150;

/** Answers `Expect: 100-continue` late, and reports whether any content had come before. */
async function handlePatient(request, response) {
  let isEarly = false;
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  await new Promise((resolve) => setTimeout(resolve, CONTINUE_DELAY_MS));
  isEarly = chunks.length > 0;
  response.writeContinue();
  if (!request.complete) await wait(request, "end", "close");
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ isEarly, body: Buffer.concat(chunks).toString("latin1") }));
}

/** What is asked for is in the path; its details are in the query. */
const routes = {
  async "/echo"(request, response) {
    const body = await bodyOf(request);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({
      method: request.method,
      url: request.url,
      type: request.headers["content-type"] ?? null,
      cookie: request.headers.cookie ?? null,
      auth: request.headers.authorization ?? null,
      length: request.headers["content-length"] ?? null,
      bytes: body.length,
      body: body.length > 1000 ? null : body.toString("latin1"),
    }));
  },
  "/status"(_, response, query) {
    response.writeHead(Number(query.get("code")), { "x-status": query.get("code") });
    response.end();
  },
  "/redirect"(_, response, query) {
    response.writeHead(Number(query.get("code")), { location: query.get("to") });
    response.end();
  },
  "/circle"(_, response) {
    response.writeHead(302, { location: "/circle" });
    response.end();
  },
  "/login"(_, response) {
    response.setHeader("set-cookie", ["sid=1; Path=/", "other=2; Path=/nowhere"]);
    response.end();
  },
  "/gzip"(_, response) {
    response.setHeader("content-encoding", "gzip");
    response.end(gzipSync("zipped ".repeat(1000)));
  },
  async "/bytes"(_, response, query) {
    const size = Number(query.get("n"));
    if (query.has("length")) response.setHeader("content-length", size);
    for (let sent = 0; sent < size && !response.destroyed;) {
      const part = piece.subarray(0, Math.min(piece.length, size - sent));
      sent += part.length;
      if (!response.write(part)) await wait(response, "drain", "close");
    }
    response.end();
  },
  /** Never answers. */
  "/silence"() {},
  /** Answers, sends a little, and no more. */
  "/stall"(_, response) {
    response.setHeader("content-length", 100);
    response.write("some");
  },
  /** Breaks off in the body. */
  "/break"(_, response) {
    response.setHeader("content-length", 100);
    response.write("some", () => {
      if (response.stream) response.stream.close(2);
      else response.socket.destroy();
    });
  },
  "/trailers"(_, response) {
    if (!response.stream) response.setHeader("trailer", "x-check");
    response.write("body");
    response.addTrailers({ "x-check": "1" });
    response.end();
  },
  "/hints"(_, response) {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    response.end("late");
  },
  /** Refuses an upload without reading it. */
  "/refuse"(_, response) {
    response.writeHead(413);
    response.end("too large");
  },
};

async function handle(request, response) {
  const url = new URL(request.url, "http://localhost");
  try {
    await (routes[url.pathname] ?? routes["/status"])(request, response, url.searchParams);
  } catch {
    response.destroy?.(); // the client has gone
  }
}

async function listen(server, where) {
  server.on("sessionError", () => {});
  server.on("checkContinue", handlePatient);
  server.listen(where);
  await wait(server, "listening");
  return server.address().port ?? server.address();
}

const identity = { cert: readFileSync(certPath), key: readFileSync(keyPath) };
const local = { port: 0, host: "127.0.0.1" };
console.log(JSON.stringify({
  http: await listen(createServer(handle), local),
  https: await listen(createSecureServer({ ...identity, allowHTTP1: true }, handle), local),
  h2c: await listen(createHttp2Server(handle), local),
  unix: await listen(createServer(handle), { path: socketPath }),
  unixH2c: await listen(createHttp2Server(handle), { path: `${socketPath}.h2c` }),
  unixTLS: await listen(createSecureServer({ ...identity, allowHTTP1: true }, handle), {
    path: `${socketPath}.tls`,
  }),
}));
process.stdin.resume().on("end", () => process.exit());
