/** What the server of server.ts answers, by path. It runs in a thread of its own. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import type { ServerIdentity } from "../certificates.ts";

type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
) => void | Promise<void>;

const PIECE = new Uint8Array(65_536).map((_, i) => i % 251);

const routes: Readonly<Record<string, Answer>> = {
  "/": (_, response) => void response.end("hello"),
  "/1k": (_, response) => void response.end(new Uint8Array(1024).fill(120)),
  "/echo": async (request, response) => {
    const body = await bytesOf(request);
    const type = request.headers["content-type"];
    if (type !== undefined) response.setHeader("content-type", type);
    response.end(body);
  },
  "/seen": async (request, response) => {
    const { method, url, rawHeaders } = request;
    const body = (await bytesOf(request)).toString("latin1");
    json(response, { method, url, headers: rawHeaders, body });
  },
  "/status": (_, response, query) => {
    response.statusCode = Number(query.get("code"));
    response.end("as asked");
  },
  "/redirect": (_, response, query) => {
    response.writeHead(302, { location: query.get("to") ?? "/", "set-cookie": "hop=1" });
    response.end("moved");
  },
  "/keep": async (request, response, query) => {
    for await (const _ of request);
    response.writeHead(307, { location: query.get("to") ?? "/" });
    response.end();
  },
  "/loop": (_, response) => {
    response.writeHead(302, { location: "/loop" });
    response.end();
  },
  "/cookie": (_, response) => {
    response.setHeader("set-cookie", "session=7");
    response.end();
  },
  "/gzip": (_, response, query) => {
    response.setHeader("content-encoding", "gzip");
    response.end(gzipSync(new Uint8Array(Number(query.get("size") ?? 100_000)).fill(97)));
  },
  "/bad-gzip": (_, response) => {
    response.setHeader("content-encoding", "gzip");
    response.end("this is no gzip");
  },
  "/lines": (_, response) => {
    for (const line of ["one", "two", "three"]) response.write(`${line}\n`);
    response.end();
  },
  "/events": (_, response) => {
    response.setHeader("content-type", "text/event-stream");
    response.end("data: 1\n\ndata: 2\n\n");
  },
  "/unwanted": (request, response, query) => unwanted(request, response, query),
  "/stall": () => {},
  "/stall-in-body": (_, response) => {
    response.writeHead(200, { "content-length": "10" });
    response.write("half ");
  },
  "/cut": (_, response) => {
    response.writeHead(200, { "content-length": "10" });
    response.write("half ", () => response.destroy());
  },
  "/download": async (_, response, query) => {
    const pieces = Number(query.get("pieces"));
    if (query.has("sized")) response.setHeader("content-length", pieces * PIECE.length);
    for (let i = 0; i < pieces && !response.destroyed; i++) {
      if (!response.write(PIECE)) await drained(response);
    }
    response.end();
  },
  "/upload": async (request, response) => {
    let size = 0;
    let sum = 0;
    for await (const chunk of request) {
      size += chunk.length;
      for (let i = 0; i < chunk.length; i += 4096) sum += chunk[i];
    }
    json(response, { size, sum, length: request.headers["content-length"] ?? null });
  },
  "/refuse-early": (request, response) => {
    request.resume();
    response.writeHead(413);
    response.end("too much");
  },
  "/informational": (_, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    response.end("after hints");
  },
  "/trailers": (_, response) => {
    response.writeHead(200, { trailer: "x-sum" });
    response.write("body");
    response.addTrailers({ "x-sum": "7" });
    response.end();
  },
  "/basic": (request, response) => {
    response.statusCode = request.headers.authorization === "Basic dTpw" ? 200 : 401;
    response.end(request.headers.authorization ?? "none");
  },
  "/challenge": (request, response) => {
    const token = request.headers["x-token"];
    response.statusCode = token === undefined ? 401 : 200;
    response.setHeader("x-challenge", "7");
    response.end(token === undefined ? "who are you" : `token ${token}`);
  },
  "/digest": (request, response) => {
    const given = request.headers.authorization;
    if (given?.startsWith("Digest ")) return void response.end(given);
    response.writeHead(401, {
      "www-authenticate": 'Digest realm="r", nonce="n", qop="auth,auth-int"',
    });
    response.end("who are you");
  },
  "/token": async (request, response) => {
    await bytesOf(request);
    json(response, { access_token: "t0ken", token_type: "Bearer", expires_in: 3600 });
  },
  "/auth-header": (request, response) => void response.end(request.headers.authorization ?? "none"),
};

const counts = { connections: 0, open: 0 };
const answer = (request: IncomingMessage, response: ServerResponse): void => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://server");
  const route = routes[pathname];
  if (route !== undefined) {
    // Whoever asks may leave at any time: that is no failure of the server's.
    return void Promise.resolve(route(request, response, searchParams)).catch(() => {});
  }
  response.statusCode = 404;
  response.end();
};
const tls = workerData as ServerIdentity | null; // of server.ts
const server = tls === null ? createServer(answer) : createSecureServer(tls, answer);
server.on("connection", (socket) => {
  counts.connections++;
  counts.open++;
  socket.on("close", () => counts.open--);
  socket.on("error", () => {});
});
server.listen(
  0,
  "127.0.0.1",
  () => parentPort?.postMessage((server.address() as AddressInfo).port),
);
parentPort?.on("message", () => parentPort?.postMessage({ ...counts }));

function json(response: ServerResponse, value: unknown): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(value));
}

/** A redirect, or a Digest challenge until it is answered, with a body that is wrong in one way. */
function unwanted(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): void {
  if (request.headers.authorization?.startsWith("Digest ")) return void response.end("hello");
  const isRedirect = query.get("by") === "redirect";
  response.statusCode = isRedirect ? 302 : 401;
  if (isRedirect) response.setHeader("location", "/");
  else response.setHeader("www-authenticate", 'Digest realm="r", nonce="n", qop="auth"');
  switch (query.get("body")) {
    case "small":
      return void response.end("moved");
    case "coded":
      response.setHeader("content-encoding", "gzip");
      return void response.end(gzipSync("moved"));
    case "malformed":
      response.setHeader("content-encoding", "gzip");
      return void response.end("this is no gzip");
    case "stalled":
      response.setHeader("content-length", "100");
      return void response.write("half");
    case "cut":
      response.setHeader("content-length", "100");
      return void response.write("half", () => response.destroy());
    case "bomb":
      response.setHeader("content-encoding", "gzip");
      return void response.end(gzipSync(new Uint8Array(20_000_000)));
    default: {
      const timer = setInterval(() => response.write(PIECE), 10);
      response.on("close", () => clearInterval(timer));
    }
  }
}
async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}
