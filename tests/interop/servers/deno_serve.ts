// Deno's own server, which speaks HTTP/2 over TLS: `deno run -A deno_serve.ts PORT CERT KEY`.
const [port, cert, key] = Deno.args;
const sizes: Record<string, number> = { "/1k.bin": 1024, "/100m.bin": 100 * 1024 * 1024 };

Deno.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  cert: Deno.readTextFileSync(cert ?? ""),
  key: Deno.readTextFileSync(key ?? ""),
}, async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/upload") {
    let bytes = 0;
    for await (const chunk of request.body ?? []) bytes += chunk.length;
    return Response.json({ bytes });
  }
  const size = sizes[pathname];
  if (size === undefined) return new Response(null, { status: 404 });
  const headers = { "content-length": String(size) };
  if (request.method === "HEAD") return new Response(null, { headers });
  let left = size;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = new Uint8Array(Math.min(left, 64 * 1024));
      left -= piece.length;
      controller.enqueue(piece);
      if (left === 0) controller.close();
    },
  });
  return new Response(body, { headers });
});
