// Node's own HTTP/2 server: `node node_http2.mjs PORT CERT KEY`. Serves zeros, counts uploads, sends trailers,
// and sends back the fields of a request, as fields and as JSON.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";

const [port, cert, key] = process.argv.slice(2);
const sizes = { "/1k.bin": 1024, "/100m.bin": 100 * 1024 * 1024 };
const identity = { cert: readFileSync(cert), key: readFileSync(key) };

createSecureServer({ ...identity, allowHTTP1: true }, async (request, response) => {
  const size = sizes[request.url];
  if (request.url === "/upload") {
    let bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    return response.end(JSON.stringify({ bytes }));
  }
  if (request.url === "/fields") {
    const names = Object.keys(request.headers).filter((name) => name.startsWith("x-"));
    for (const name of names) response.setHeader(name, request.headers[name]);
    return response.end(JSON.stringify(request.rawHeaders));
  }
  if (size === undefined) return response.writeHead(404).end();
  response.setHeader("content-length", size);
  if (request.method === "HEAD") return response.end();
  if (request.headers["x-trailers"] !== undefined) response.addTrailers({ "x-check": "1" });
  const piece = new Uint8Array(64 * 1024);
  for (let sent = 0; sent < size && !response.destroyed; sent += piece.length) {
    if (response.write(piece.subarray(0, Math.min(piece.length, size - sent)))) continue;
    await new Promise((resolve) => {
      response.once("drain", resolve);
      response.once("close", resolve);
    });
  }
  response.end();
}).listen(Number(port), "127.0.0.1");
