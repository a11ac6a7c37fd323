/** An HTTP proxy on loopback, plain or over TLS: forwards `http:` requests, makes tunnels, and writes down what it saw. */
import type { Socket } from "node:net";
import { basicCredentials } from "../../../src/semantics/basic_credentials.ts";
import { servers } from "../certificates.ts";
import { listen, type Loopback, type Peer } from "../loopback.ts";
import { fieldOf, reach, readHead, relay } from "./relay.ts";

/** How a proxy behaves. */
export interface TestProxyOptions {
  readonly tls?: boolean;
  /** It wants these credentials, `user:password`. */
  readonly credentials?: string;
  /** Where every host is, for names that nothing resolves; by default each where it says. */
  readonly hosts?: Readonly<Record<string, string>>;
}

/** A running proxy. */
export interface TestProxy extends Loopback {
  /** `http://127.0.0.1:PORT`, or `https://localhost:PORT` */
  readonly url: string;
  /** The heads of all requests that it got, in order. */
  readonly heads: readonly string[];
}

/** Starts one. */
export async function startHttpProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const heads: string[] = [];
  const server = await listen(
    (peer) => serve(peer, { ...options, heads }),
    options.tls ? { tls: servers.good } : {},
  );
  const url = options.tls ? `https://localhost:${server.port}` : `http://127.0.0.1:${server.port}`;
  return Object.assign(server, { url, heads });
}

async function serve(
  peer: Peer,
  options: TestProxyOptions & { readonly heads: string[] },
): Promise<void> {
  const { credentials, heads, hosts = {} } = options;
  for (let head = await readHead(peer); head !== null; head = await readHead(peer)) {
    heads.push(head);
    const [method = "", target = ""] = head.split(" ");
    const expected = credentials === undefined ? null : basicOf(credentials);
    if (expected !== null && fieldOf(head, "proxy-authorization") !== expected) {
      await peer.send(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n' +
          "Content-Length: 4\r\n\r\nwho?",
      );
      continue;
    }
    const url = new URL(method === "CONNECT" ? `http://${target}` : target);
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const origin = await reach(hosts[host] ?? host, Number(url.port === "" ? 80 : url.port));
    if (origin === null) {
      await peer.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
      continue;
    }
    if (method === "CONNECT") {
      await peer.send("HTTP/1.1 200 Connection established\r\n\r\n");
      return await relay(peer, origin);
    }
    origin.write(originForm(head, url));
    const length = Number(fieldOf(head, "content-length") ?? 0);
    if (length > 0) origin.write(await peer.read(length));
    if (!await handBack(origin, peer)) break;
  }
  peer.close();
}

/** The origin's answer; whether it was whole, as far as its head tells. */
async function handBack(origin: Socket, peer: Peer): Promise<boolean> {
  let begin = "";
  let size = 0;
  await new Promise<void>((resolve) => {
    origin.on("data", (bytes) => {
      size += bytes.length;
      if (begin.length < 1000) begin += new TextDecoder("latin1").decode(bytes.subarray(0, 1000));
      origin.pause();
      peer.send(new Uint8Array(bytes)).then(() => origin.resume());
    });
    origin.once("close", resolve);
    origin.once("end", () => origin.end());
  });
  const length = fieldOf(begin, "content-length");
  return length === null || size === begin.indexOf("\r\n\r\n") + 4 + Number(length);
}

function basicOf(credentials: string): string {
  const [user = "", ...rest] = credentials.split(":");
  return basicCredentials(user, rest.join(":"));
}

/** What the origin is sent: its own form of the target, nothing that was the proxy's, and an end after the answer. */
function originForm(head: string, url: URL): string {
  const [line = "", ...fields] = head.split("\r\n");
  const own = fields.filter((field) => !/^(proxy-authorization|connection):/i.test(field));
  const [method] = line.split(" ");
  return [`${method} ${url.pathname}${url.search} HTTP/1.1`, "Connection: x-close", ...own].join(
    "\r\n",
  );
}
