/** A cache answers again what a server allows it to; it asks whether the rest has changed. */
import { Client, MockTransport, Response } from "@httpx/httpx";
import { cache } from "@httpx/httpx/cache";

const server = new MockTransport((request) => {
  if (request.headers.get("if-none-match") === '"v1"') return new Response(304);
  const isNews = request.url.endsWith("/news");
  const headers = { ETag: '"v1"', "Cache-Control": isNews ? "no-cache" : "max-age=3600" };
  return new Response(200, { headers, text: isNews ? "the news" : "a logo" });
});

await using client = new Client({ transport: server, middleware: [cache()] });
for (const path of ["/logo", "/logo", "/news", "/news"]) {
  const response = await client.get(`https://example.org${path}`);
  const { status, reason } = response.extensions.cache ?? {};
  console.log(path, "→", await response.text(), `(${status}: ${reason})`);
}

// The same object works for fetch, whose cache modes it knows.
const offline = await client.fetch("https://example.org/logo", { cache: "only-if-cached" });
console.log("offline →", await offline.text());

// Many at once are one request.
const all = await Promise.all(
  Array.from({ length: 100 }, () => client.get("https://example.org/other")),
);
console.log("shared:", all.filter(({ extensions }) => extensions.cache?.isShared).length, "of 100");
