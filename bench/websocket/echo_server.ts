/** Echoes WebSocket messages, on Bun, whose server is native: it costs little beside the client that is measured. */

interface EchoSocket {
  send(message: string | Uint8Array): void;
}

interface BunHost {
  serve(options: {
    hostname: string;
    port: number;
    fetch(request: Request, server: { upgrade(request: Request): boolean }): Response | undefined;
    websocket: {
      maxPayloadLength: number;
      perMessageDeflate: boolean;
      message(socket: EchoSocket, message: string | Uint8Array): void;
    };
  }): { readonly port: number };
}

const { Bun } = globalThis as unknown as { Bun: BunHost };
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) => server.upgrade(request) ? undefined : new Response("not here"),
  websocket: {
    maxPayloadLength: 1 << 26,
    perMessageDeflate: false,
    message: (socket, message) => socket.send(message),
  },
});
console.log(server.port);
