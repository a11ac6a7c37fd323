/**
 * A stand-in for httpbin.org, so that the examples run offline: the same paths, the same answers, as
 * one fetch handler. `startHttpbin()` puts it on a free port of this machine, on Deno and on Bun. A test
 * holds its answers against those of the real one (tests/examples/httpbin_test.ts).
 */
import { Buffer } from "node:buffer";
import { brotliCompressSync } from "node:zlib";
import { digestAuth } from "./httpbin_digest.ts";

/** A server that is running. */
export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
}

/** Starts the stand-in on a free port; `await using` stops it. */
export function startHttpbin(): RunningServer {
  return startServer(httpbin);
}

/** Puts any fetch handler on a free port. */
export function startServer(handler: (request: Request) => Promise<Response>): RunningServer {
  const runtime = globalThis as unknown as { Deno?: DenoServe; Bun?: BunServe };
  if (runtime.Deno !== undefined) {
    const server = runtime.Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
    const url = `http://127.0.0.1:${server.addr.port}`;
    return { url, [Symbol.asyncDispose]: () => server.shutdown() };
  }
  if (runtime.Bun !== undefined) {
    const server = runtime.Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: handler });
    const url = `http://127.0.0.1:${server.port}`;
    return { url, [Symbol.asyncDispose]: () => server.stop(true) };
  }
  throw new Error("Cannot start a server: this is neither Deno nor Bun");
}

interface DenoServe {
  serve(
    options: { port: number; hostname: string; onListen(): void },
    handler: (request: Request) => Promise<Response>,
  ): { addr: { port: number }; shutdown(): Promise<void> };
}

interface BunServe {
  serve(
    options: {
      port: number;
      hostname: string;
      fetch: (request: Request) => Promise<Response>;
    },
  ): { port: number; stop(closesConnections: boolean): Promise<void> };
}

type Route = (request: Request, at: { url: URL; rest: string[] }) => Response | Promise<Response>;

const ROUTES: Readonly<Record<string, Route>> = {
  anything,
  get: (request, { url }) => echo(request, url, ["args", "headers", "origin", "url"]),
  post: describe,
  put: describe,
  patch: describe,
  delete: describe,
  headers: (request) => json({ headers: headersOf(request) }),
  "user-agent": (request) => json({ "user-agent": request.headers.get("user-agent") }),
  ip: () => json({ origin: "127.0.0.1" }),
  uuid: () => json({ uuid: crypto.randomUUID() }),
  json: () => json(SLIDES),
  html: () => typed("text/html; charset=utf-8", "<!DOCTYPE html>\n<h1>Herman Melville</h1>\n"),
  xml: () => typed("application/xml", '<?xml version="1.0"?>\n<slideshow title="Sample"/>\n'),
  "robots.txt": () => typed("text/plain", "User-agent: *\nDisallow: /deny\n"),
  encoding: () =>
    typed("text/html; charset=utf-8", "<h1>Unicode Demo</h1>\n<p>ᚻᛖ ᚳᚹᚫᚦ ∮ E⋅da</p>\n"),
  image: (_, { rest }) => image(rest[0]),
  status: (_, { rest }) => status(Number(rest[0])),
  redirect: (_, { rest }) => moved(after(rest[0], "/relative-redirect")),
  "relative-redirect": (_, { rest }) => moved(after(rest[0], "/relative-redirect")),
  "absolute-redirect": (_, { url, rest }) =>
    moved(url.origin + after(rest[0], "/absolute-redirect")),
  "redirect-to": (_, { url }) =>
    moved(url.searchParams.get("url") ?? "/", Number(url.searchParams.get("status_code") ?? 302)),
  cookies,
  "basic-auth": (request, { rest }) => basicAuth(request, rest, 401),
  "hidden-basic-auth": (request, { rest }) => basicAuth(request, rest, 404),
  "digest-auth": digestAuth,
  bearer,
  delay: async (request, { url, rest }) => {
    await new Promise((resolve) => setTimeout(resolve, Math.min(Number(rest[0]), 10) * 1000));
    return await echo(request, url, FIELDS.filter((name) => name !== "json"));
  },
  base64: (_, { rest }) =>
    typed("text/html; charset=utf-8", Buffer.from(rest[0] ?? "", "base64").toString()),
  bytes: (_, { rest }) => typed("application/octet-stream", patterned(Number(rest[0]))),
  stream: (request, { url, rest }) => lines(Number(rest[0]), request, url),
  "stream-bytes": (_, { rest }) => streamedBytes(Number(rest[0])),
  gzip: (request) => compressed(request, "gzip"),
  deflate: (request) => compressed(request, "deflate"),
  brotli: (request) => compressed(request, "br"),
  sse: (_, { rest }) => events(Number(rest[0])),
};

/** What paths take by another method than GET, HEAD and OPTIONS; `/status`, `/delay` and `/anything` take all. */
const METHODS: Readonly<Record<string, string>> = {
  post: "POST",
  put: "PUT",
  patch: "PATCH",
  delete: "DELETE",
};

const ANY_METHOD: ReadonlySet<string> = new Set(["anything", "status", "delay", "redirect-to"]);

/** Answers one request as httpbin does. */
export async function httpbin(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const [name = "", ...rest] = url.pathname.slice(1).split("/").map(decodeURIComponent);
  const route = ROUTES[name];
  if (route === undefined) return typed("text/html; charset=utf-8", "<h1>Not Found</h1>", 404);
  const allowed = METHODS[name] === undefined
    ? ["GET", "HEAD", "OPTIONS"]
    : [METHODS[name], "OPTIONS"];
  if (!ANY_METHOD.has(name)) {
    if (request.method === "OPTIONS") return bare(200, { allow: allowed.join(", ") });
    if (!allowed.includes(request.method)) return bare(405, { allow: allowed.join(", ") });
  }
  const response = await route(request, { url, rest });
  return request.method === "HEAD" ? withoutBody(response) : response;
}

/** Says everything that was asked, whatever the path. */
export function anything(request: Request): Promise<Response> {
  return echo(request, new URL(request.url), EVERYTHING);
}

/** The headers of an answer alone, with the length its body would have. */
async function withoutBody({ status, headers, body }: Response): Promise<Response> {
  if (!headers.has("content-length") && body !== null) {
    const { byteLength } = await new Response(body).arrayBuffer();
    headers.set("content-length", String(byteLength));
  }
  return new Response(null, { status, headers });
}

const FIELDS = ["args", "data", "files", "form", "headers", "json", "origin", "url"] as const;
const EVERYTHING = [...FIELDS, "method"] as const;

function describe(request: Request, { url }: { url: URL }): Promise<Response> {
  return echo(request, url, FIELDS);
}

/** What came, as JSON: those of the facts that a path tells. */
async function echo(
  request: Request,
  url: URL,
  names: readonly (typeof EVERYTHING)[number][],
): Promise<Response> {
  const type = request.headers.get("content-type") ?? "";
  const isForm = type.startsWith("multipart/form-data") ||
    type.startsWith("application/x-www-form-urlencoded");
  const data = isForm ? "" : printable(await request.bytes(), type);
  const form: [string, string][] = [];
  const files: [string, string][] = [];
  for (const [name, value] of isForm ? await request.formData() : []) {
    if (typeof value === "string") form.push([name, value]);
    else files.push([name, printable(new Uint8Array(await value.arrayBuffer()), value.type)]);
  }
  const facts = {
    args: grouped(url.searchParams),
    data,
    files: grouped(files),
    form: grouped(form),
    headers: headersOf(request),
    json: parsed(data),
    method: request.method,
    origin: "127.0.0.1",
    url: url.href,
  };
  return json(Object.fromEntries(names.map((name) => [name, facts[name]])));
}

/** Bytes as text, or as a data URL where they are none. */
function printable(bytes: Uint8Array, type: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const shown = type === "" ? "application/octet-stream" : type;
    return `data:${shown};base64,${Buffer.from(bytes).toString("base64")}`;
  }
}

function cookies(request: Request, { url, rest }: { url: URL; rest: string[] }): Response {
  if (rest[0] === undefined) return json({ cookies: cookiesOf(request) });
  const headers = new Headers({ location: "/cookies", "content-type": PAGE });
  const set = rest.length === 3 ? [[rest[1], rest[2]]] : url.searchParams;
  const suffix = rest[0] === "delete" ? "; Max-Age=0; Path=/" : "; Path=/";
  for (const [name, value] of set) headers.append("set-cookie", `${name}=${value}${suffix}`);
  return new Response(null, { status: 302, headers });
}

function basicAuth(request: Request, rest: string[], refusal: number): Response {
  const expected = `Basic ${btoa(`${rest[0]}:${rest[1]}`)}`;
  if (request.headers.get("authorization") === expected) {
    return json({ authenticated: true, user: rest[0] });
  }
  return refusal === 401 ? untyped(401, BASIC) : bare(refusal);
}

function bearer(request: Request): Response {
  const [scheme, token] = (request.headers.get("authorization") ?? "").split(" ");
  if (scheme === "Bearer") return json({ authenticated: true, token });
  return bare(401, { "www-authenticate": "Bearer" });
}

function status(code: number): Response {
  if ([301, 302, 303, 305, 307].includes(code)) return untyped(code, { location: "/redirect/1" });
  if (code === 401) return untyped(code, BASIC);
  return bare(code);
}

/** Where the next of so many redirects leads. */
function after(times: string | undefined, path: string): string {
  return Number(times) > 1 ? `${path}/${Number(times) - 1}` : "/get";
}

function moved(location: string, status = 302): Response {
  return bare(status, { location });
}

function image(kind: string | undefined): Response {
  if (kind !== "png") return bare(404);
  return typed("image/png", Uint8Array.from(Buffer.from(PIXEL, "base64")));
}

/** One transparent pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4" +
  "nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==";

function lines(count: number, request: Request, url: URL): Response {
  const headers = headersOf(request);
  const facts = { url: url.href, args: grouped(url.searchParams), headers, origin: "127.0.0.1" };
  return streamed("application/json", count, (id) => JSON.stringify({ ...facts, id }) + "\n");
}

function events(count: number): Response {
  return streamed("text/event-stream", count, (id) => `id: ${id}\ndata: event ${id}\n\n`);
}

function streamed(type: string, count: number, make: (i: number) => string): Response {
  let next = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (next === count) controller.close();
      else controller.enqueue(new TextEncoder().encode(make(next++)));
    },
  });
  return typed(type, body);
}

function streamedBytes(count: number): Response {
  const chunk = patterned(256 * 1024);
  let left = count;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const size = Math.min(left, chunk.length);
      if (size > 0) controller.enqueue(chunk.slice(0, size));
      left -= size;
      if (left === 0) controller.close();
    },
  });
  const headers = { "content-type": "application/octet-stream", "content-length": String(count) };
  return new Response(body, { headers });
}

const CODED = { gzip: "gzipped", deflate: "deflated", br: "brotli" } as const;

function compressed(request: Request, coding: keyof typeof CODED): Response {
  const { method } = request;
  const headers = headersOf(request);
  const text = JSON.stringify({ [CODED[coding]]: true, headers, method, origin: "127.0.0.1" });
  const body = coding === "br"
    ? Uint8Array.from(brotliCompressSync(text))
    : new Blob([text]).stream().pipeThrough(new CompressionStream(coding));
  const fields = { "content-type": "application/json", "content-encoding": coding };
  return new Response(body, { headers: fields });
}

/** As httpbin writes its type: Bun's `Response.json()` adds a charset. */
function json(value: unknown): Response {
  return typed("application/json", JSON.stringify(value) + "\n");
}

/** An answer with headers alone, of the type that httpbin gives to pages. */
function bare(status: number, headers: Record<string, string> = {}): Response {
  return untyped(status, { "content-type": PAGE, ...headers });
}

function untyped(status: number, headers: Record<string, string>): Response {
  return new Response(null, { status, headers });
}

const PAGE = "text/html; charset=utf-8";
const BASIC = { "www-authenticate": 'Basic realm="Fake Realm"' };

function typed(type: string, body: BodyInit, status = 200): Response {
  return new Response(body, { status, headers: { "content-type": type } });
}

function patterned(count: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(count).map((_, i) => i % 251);
}

function headersOf(request: Request): Record<string, string> {
  const title = (name: string) => name.replace(/(^|-)[a-z]/g, (c) => c.toUpperCase());
  return Object.fromEntries([...request.headers].map(([name, value]) => [title(name), value]));
}

function cookiesOf(request: Request): Record<string, string> {
  const pairs = (request.headers.get("cookie") ?? "").split("; ").filter((pair) => pair !== "");
  return Object.fromEntries(pairs.map((pair) => pair.split("=", 2)));
}

function grouped(pairs: Iterable<[string, string]>): Record<string, string | string[]> {
  const result: Record<string, string | string[]> = {};
  for (const [name, value] of pairs) {
    const earlier = result[name];
    result[name] = earlier === undefined ? value : [earlier, value].flat();
  }
  return result;
}

const SLIDES = {
  slideshow: {
    author: "Yours Truly",
    date: "date of publication",
    slides: [
      { title: "Wake up to WonderWidgets!", type: "all" },
      {
        items: ["Why <em>WonderWidgets</em> are great", "Who <em>buys</em> WonderWidgets"],
        title: "Overview",
        type: "all",
      },
    ],
    title: "Sample Slide Show",
  },
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
