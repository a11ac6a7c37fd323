/** A server that proxies lead to: tells each client what it was asked, over HTTP/1.1 or HTTP/2. */
import { servers } from "../certificates.ts";
import { data, F, frame, headers, settings, T } from "../http2/frames.ts";
import { listen, type Loopback, type Peer } from "../loopback.ts";
import { fieldOf, readHead } from "./relay.ts";

/** How it is spoken to. */
export interface OriginOptions {
  readonly tls?: boolean;
  /** HTTP/2 alone. */
  readonly http2?: boolean;
  /** Closes after each response; proxies that forward wait for that. */
  readonly closes?: boolean;
  readonly host?: string;
}

/** A running origin. */
export interface Origin extends Loopback {
  /** `http://127.0.0.1:PORT`, or `https://localhost:PORT` */
  readonly url: string;
  /** Heads of all requests over HTTP/1.1. */
  readonly heads: readonly string[];
}

/** Starts one. Each answer is the request's line, and its body where there is one. */
export async function startOrigin(options: OriginOptions = {}): Promise<Origin> {
  const { tls = false, http2 = false, host = "127.0.0.1" } = options;
  const heads: string[] = [];
  const alpnProtocols = [http2 ? "h2" : "http/1.1"];
  const server = await listen(
    (peer) => http2 ? answerHttp2(peer) : answerHttp1(peer, { ...options, heads }),
    { host, ...(tls && { tls: { ...servers.good, alpnProtocols } }) },
  );
  const authority = `${tls ? "localhost" : host.includes(":") ? `[${host}]` : host}:${server.port}`;
  return Object.assign(server, { url: `${tls ? "https" : "http"}://${authority}`, heads });
}

async function answerHttp1(
  peer: Peer,
  { closes = false, heads }: OriginOptions & { readonly heads: string[] },
): Promise<void> {
  for (let head = await readHead(peer); head !== null; head = await readHead(peer)) {
    heads.push(head);
    const [line = ""] = head.split("\r\n");
    const body = await peer.readText(Number(fieldOf(head, "content-length") ?? 0));
    const text = body === "" ? line : `${line}\n${body}`;
    await peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
    if (closes) break;
  }
  peer.close();
}

/** As little of HTTP/2 as answers requests without a body. */
export async function answerHttp2(peer: Peer): Promise<void> {
  await peer.read("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length);
  await peer.send(settings());
  while (true) {
    const header = await peer.read(9);
    if (header.length < 9) break;
    const view = new DataView(header.buffer, header.byteOffset, 9);
    const [type, flags, id] = [view.getUint8(3), view.getUint8(4), view.getUint32(5)];
    await peer.read(view.getUint32(0) >>> 8);
    if (type === T.SETTINGS && (flags & F.ACK) === 0) await peer.send(frame(T.SETTINGS, F.ACK, 0));
    if (type !== T.HEADERS) continue;
    await peer.send(headers(id));
    await peer.send(data(id, `stream ${id}`, F.END_STREAM));
  }
  peer.close();
}
