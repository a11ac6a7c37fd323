/** An echo server of the runtime's own: `deno run -A websocket_runtime.ts PORT`, or on Bun. */
import process from "node:process";

interface EchoSocket {
  send(message: string | Uint8Array): void;
  close(code: number, reason: string): void;
}

// deno-lint-ignore no-explicit-any -- the globals of two runtimes, of which one is there
const host = globalThis as any;
const port = Number(process.argv[2]);

/** `close` asks for a close frame of the server's; anything else comes back. */
function answer(socket: EchoSocket, message: string | Uint8Array): void {
  if (message === "close") socket.close(4001, "as you wish");
  else socket.send(message);
}

if (host.Bun === undefined) {
  host.Deno.serve({ hostname: "127.0.0.1", port }, (request: Request) => {
    const { socket, response } = host.Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }: MessageEvent) => answer(socket, data);
    return response;
  });
} else {
  host.Bun.serve({
    hostname: "127.0.0.1",
    port,
    fetch: (request: Request, server: { upgrade(request: Request): boolean }) =>
      server.upgrade(request) ? undefined : new Response("not here", { status: 400 }),
    websocket: { perMessageDeflate: true, message: answer },
  });
}
