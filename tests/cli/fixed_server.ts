/** A server whose answers are bytes, so that what a command shows of them never changes. */
import type { ServerIdentity } from "../support/certificates.ts";
import { listen, type Loopback, type Peer } from "../support/loopback.ts";

/** What is sent for a path: bytes and then the end, or whatever a function does with the connection. */
export type FixedAnswer = string | Uint8Array | ((peer: Peer) => Promise<void>);

/** A running server. */
export interface FixedServer extends Loopback {
  /** `http://127.0.0.1:PORT`, or `https://localhost:PORT`. */
  readonly url: string;
  /** The head of each request. */
  readonly heads: readonly string[];
}

/** Starts a server; one answer to a connection. */
export async function serveFixed(
  answers: Readonly<Record<string, FixedAnswer>>,
  tls?: ServerIdentity,
): Promise<FixedServer> {
  const heads: string[] = [];
  const server = await listen(async (peer) => {
    const head = await readHead(peer);
    if (head === null) return peer.close();
    heads.push(head);
    const path = head.split(" ")[1] ?? "";
    const answer = answers[path] ?? response("404 Not Found", "Content-Type: text/plain", "no\n");
    if (typeof answer === "function") return await answer(peer);
    await peer.send(answer);
    peer.end();
  }, tls === undefined ? {} : { tls });
  const url = tls === undefined
    ? `http://127.0.0.1:${server.port}`
    : `https://localhost:${server.port}`;
  return {
    ...server,
    get accepted() {
      return server.accepted;
    },
    url,
    heads,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** An answer with the length of its body. */
export function response(status: string, fields: string, body: string | Uint8Array): Uint8Array {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const lines = fields === "" ? "" : `${fields}\r\n`;
  const head = `HTTP/1.1 ${status}\r\n${lines}Content-Length: ${bytes.length}\r\n\r\n`;
  const whole = new Uint8Array(head.length + bytes.length);
  whole.set(Uint8Array.from(head, (char) => char.charCodeAt(0)));
  whole.set(bytes, head.length);
  return whole;
}

async function readHead(peer: Peer): Promise<string | null> {
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const bytes = await peer.readSome();
    if (bytes === null) return null;
    head += new TextDecoder("latin1").decode(bytes);
  }
  return head;
}
