/** A WebSocket server by the runtime's own API, for an example: it answers each text, and closes when it hears "bye". */

interface Peer {
  send(text: string): void;
  close(code: number, reason: string): void;
}

function answer(peer: Peer, text: string): void {
  if (text === "bye") peer.close(1000, "see you");
  else peer.send(`You said ${text}`);
}

/** Starts it on Deno or Bun. */
export function startEcho(): { readonly url: string; stop(): Promise<void> } {
  // deno-lint-ignore no-explicit-any -- the globals of two runtimes, of which one is there
  const { Deno, Bun } = globalThis as any;
  if (Bun !== undefined) {
    const server = Bun.serve({
      port: 0,
      fetch: (request: Request, host: { upgrade(request: Request): boolean }) =>
        host.upgrade(request) ? undefined : new Response("not here", { status: 404 }),
      websocket: { message: answer },
    });
    return { url: `ws://localhost:${server.port}/`, stop: () => server.stop(true) };
  }
  const server = Deno.serve({ port: 0, onListen() {} }, (request: Request) => {
    if (request.headers.get("upgrade") === null) return new Response("not here", { status: 404 });
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }: MessageEvent) => answer(socket, data);
    return response;
  });
  return { url: `ws://localhost:${server.addr.port}/`, stop: () => server.shutdown() };
}
