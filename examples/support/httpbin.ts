/**
 * A stand-in for httpbin.org, so that the examples run offline: the same paths, the same answers, as
 * one fetch handler. `startHttpbin()` puts it on a free port of this machine, on Deno and on Bun.
 */

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
  anything: describe,
  get: describe,
  post: describe,
  put: describe,
  patch: describe,
  delete: describe,
  headers: (request) => Response.json({ headers: headersOf(request) }),
  "user-agent": (request) => Response.json({ "user-agent": request.headers.get("user-agent") }),
  ip: () => Response.json({ origin: "127.0.0.1" }),
  uuid: () => Response.json({ uuid: crypto.randomUUID() }),
  json: () => Response.json({ slideshow: { title: "Sample Slide Show", author: "Yours Truly" } }),
  html: () => typed("text/html; charset=utf-8", "<!DOCTYPE html>\n<h1>Herman Melville</h1>\n"),
  xml: () => typed("application/xml", '<?xml version="1.0"?>\n<slideshow title="Sample"/>\n'),
  encoding: () =>
    typed("text/html; charset=utf-8", "<h1>Unicode Demo</h1>\n<p>ᚻᛖ ᚳᚹᚫᚦ ∮ E⋅da</p>\n"),
  status: (_, { rest }) => status(Number(rest[0])),
  redirect: (_, { rest }) => redirect(Number(rest[0])),
  "redirect-to": (_, { url }) =>
    new Response(null, {
      status: Number(url.searchParams.get("status_code") ?? 302),
      headers: { location: url.searchParams.get("url") ?? "/" },
    }),
  cookies,
  "basic-auth": basicAuth,
  bearer: bearer,
  delay: async (request, at) => {
    await new Promise((resolve) => setTimeout(resolve, Math.min(Number(at.rest[0]), 10) * 1000));
    return describe(request, at);
  },
  bytes: (_, { rest }) => typed("application/octet-stream", patterned(Number(rest[0]))),
  stream: (request, { url, rest }) => lines(Number(rest[0]), request, url),
  "stream-bytes": (_, { rest }) => streamedBytes(Number(rest[0])),
  gzip: (request) => compressed("gzip", { gzipped: true, headers: headersOf(request) }),
  deflate: (request) => compressed("deflate", { deflated: true, headers: headersOf(request) }),
  sse: (_, { rest }) => events(Number(rest[0])),
};

/** Answers one request as httpbin does. */
export async function httpbin(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const [name = "", ...rest] = url.pathname.slice(1).split("/").map(decodeURIComponent);
  const route = ROUTES[name];
  if (route === undefined) return typed("text/html", "<h1>Not Found</h1>", 404);
  return await route(request, { url, rest });
}

async function describe(request: Request, { url }: { url: URL }): Promise<Response> {
  const type = request.headers.get("content-type") ?? "";
  const isForm = type.startsWith("multipart/form-data") ||
    type.startsWith("application/x-www-form-urlencoded");
  const data = isForm ? "" : await request.text();
  const form: [string, string][] = [];
  const files: [string, string][] = [];
  if (isForm) {
    for (const [name, value] of await request.formData()) {
      if (typeof value === "string") form.push([name, value]);
      else files.push([name, await value.text()]);
    }
  }
  return Response.json({
    args: grouped(url.searchParams),
    data,
    files: grouped(files),
    form: grouped(form),
    headers: headersOf(request),
    json: parsed(data),
    method: request.method,
    origin: "127.0.0.1",
    url: url.href,
  });
}

function cookies(request: Request, { url, rest }: { url: URL; rest: string[] }): Response {
  if (rest[0] === undefined) return Response.json({ cookies: cookiesOf(request) });
  const headers = new Headers({ location: "/cookies" });
  const set = rest.length === 3 ? [[rest[1], rest[2]]] : url.searchParams;
  const suffix = rest[0] === "delete" ? "; Max-Age=0; Path=/" : "; Path=/";
  for (const [name, value] of set) headers.append("set-cookie", `${name}=${value}${suffix}`);
  return new Response(null, { status: 302, headers });
}

function basicAuth(request: Request, { rest }: { rest: string[] }): Response {
  const expected = `Basic ${btoa(`${rest[0]}:${rest[1]}`)}`;
  if (request.headers.get("authorization") === expected) {
    return Response.json({ authenticated: true, user: rest[0] });
  }
  const headers = { "www-authenticate": 'Basic realm="Fake Realm"' };
  return new Response(null, { status: 401, headers });
}

function bearer(request: Request): Response {
  const [scheme, token] = (request.headers.get("authorization") ?? "").split(" ");
  if (scheme === "Bearer") return Response.json({ authenticated: true, token });
  return new Response(null, { status: 401, headers: { "www-authenticate": "Bearer" } });
}

function status(code: number): Response {
  if (code >= 300 && code < 400) {
    return new Response(null, { status: code, headers: { location: "/redirect/1" } });
  }
  return new Response(null, { status: code });
}

function redirect(times: number): Response {
  const location = times > 1 ? `/redirect/${times - 1}` : "/get";
  return new Response(null, { status: 302, headers: { location } });
}

function lines(count: number, request: Request, url: URL): Response {
  const headers = headersOf(request);
  return streamed(
    "application/json",
    count,
    (id) => JSON.stringify({ url: url.href, args: {}, headers, origin: "127.0.0.1", id }) + "\n",
  );
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

function compressed(coding: "gzip" | "deflate", value: unknown): Response {
  const body = new Blob([JSON.stringify(value)]).stream().pipeThrough(
    new CompressionStream(coding),
  );
  const headers = { "content-type": "application/json", "content-encoding": coding };
  return new Response(body, { headers });
}

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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
