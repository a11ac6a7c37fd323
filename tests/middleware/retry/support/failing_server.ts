/** Servers on loopback that count the requests they have seen and fail in a given way: over HTTP/1.1, HTTP/2, TLS. */
import { F, frame, settings, T } from "../../../support/http2/frames.ts";
import { listen, type ListenOptions, type Loopback, type Peer } from "../../../support/loopback.ts";

/** What a server does with a connection, after each request that it has read whole. */
export type Answer = (peer: Peer, seen: Seen) => Promise<"keep" | "over">;

/** Counts of requests: on this connection, and on all of them. */
export interface Seen {
  readonly here: number;
  readonly total: number;
}

/** A server and what it has seen. */
export interface FailingServer extends AsyncDisposable {
  readonly url: string;
  /** Requests that were read whole. */
  requests: number;
  /** Connections that were accepted, since the last `reset()`. */
  readonly connections: number;
  reset(): void;
}

/** A server that speaks HTTP/1.1. */
export async function startHTTP1(
  answer: Answer,
  options: ListenOptions = {},
): Promise<FailingServer> {
  const server = await listen(async (peer) => {
    for (let here = 1; await readRequest(peer); here++) {
      state.requests++;
      if (await answer(peer, { here, total: state.requests }) === "over") return;
    }
    peer.close();
  }, options);
  const state = stateOf(server, options.tls === undefined ? "http" : "https");
  return state;
}

/** A server that resets each connection as soon as bytes arrive. */
export async function startResetting(): Promise<FailingServer> {
  const server = await listen(async (peer) => {
    await peer.readSome();
    peer.reset();
  });
  return stateOf(server, "https");
}

/** A server that speaks HTTP/2 without TLS, and answers the HEADERS of each stream with these frames. */
export async function startHTTP2(answer: (streamId: number) => Uint8Array): Promise<FailingServer> {
  const server = await listen(async (peer) => {
    await peer.send(settings());
    await peer.read("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length);
    for (;;) {
      const head = await peer.read(9);
      if (head.length < 9) return peer.close();
      const view = new DataView(head.buffer, head.byteOffset);
      await peer.read(view.getUint32(0) >>> 8);
      const [type, flags] = [view.getUint8(3), view.getUint8(4)];
      if (type === T.SETTINGS && (flags & F.ACK) === 0) {
        await peer.send(frame(T.SETTINGS, F.ACK, 0));
      }
      if (type !== T.HEADERS) continue;
      state.requests++;
      await peer.send(answer(view.getUint32(5)));
    }
  });
  const state = stateOf(server, "http");
  return state;
}

function stateOf(server: Loopback, scheme: string): FailingServer {
  let before = 0;
  return {
    url: `${scheme}://127.0.0.1:${server.port}/`,
    requests: 0,
    get connections() {
      return server.accepted - before;
    },
    reset() {
      this.requests = 0;
      before = server.accepted;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Reads one request with its content; false if the connection ends before. */
async function readRequest(peer: Peer): Promise<boolean> {
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    const next = await peer.readText(1);
    if (next === "") return false;
    head += next;
  }
  const [, length] = /content-length: (\d+)/i.exec(head) ?? [];
  if (length !== undefined) return (await peer.read(Number(length))).length === Number(length);
  if (!/transfer-encoding: chunked/i.test(head)) return true;
  let content = "";
  while (!content.endsWith("0\r\n\r\n")) {
    const next = await peer.readText(1);
    if (next === "") return false;
    content += next;
  }
  return true;
}
