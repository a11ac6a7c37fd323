/** A SOCKS5 proxy on loopback that does as RFC 1928 and RFC 1929 say, and writes down what it saw. */
import { listen, type Loopback, type Peer } from "../loopback.ts";
import { reach, relay } from "./relay.ts";

/** How a proxy behaves. */
export interface TestSocksOptions {
  /** It wants these. */
  readonly credentials?: readonly [username: string, password: string];
  /** Where hosts are, for names that nothing resolves; by default each where it says. */
  readonly hosts?: Readonly<Record<string, string>>;
}

/** A running proxy. */
export interface TestSocks extends Loopback {
  /** `127.0.0.1:PORT` */
  readonly authority: string;
  /** What each client asked for: `name a.test:80`, `IPv4 127.0.0.1:80`, `IPv6 0,0,…,1:80`. */
  readonly asked: readonly string[];
}

/** Starts one. */
export async function startSocks(options: TestSocksOptions = {}): Promise<TestSocks> {
  const asked: string[] = [];
  const server = await listen((peer) => serve(peer, { ...options, asked }));
  return Object.assign(server, { authority: `127.0.0.1:${server.port}`, asked });
}

async function serve(
  peer: Peer,
  { credentials, hosts = {}, asked }: TestSocksOptions & { readonly asked: string[] },
): Promise<void> {
  const [, count = 0] = await peer.read(2);
  const methods = await peer.read(count);
  const method = credentials === undefined ? 0 : 2;
  if (!methods.includes(method)) return await refuse(peer, [5, 255]);
  await peer.send(Uint8Array.of(5, method));
  if (credentials !== undefined) {
    await peer.read(1);
    const given = [await counted(peer), await counted(peer)];
    if (given.join("\0") !== credentials.join("\0")) return await refuse(peer, [1, 1]);
    await peer.send(Uint8Array.of(1, 0));
  }
  const [, , , type] = await peer.read(4);
  const host = type === 3
    ? await counted(peer)
    : (await peer.read(type === 1 ? 4 : 16)).join(type === 1 ? "." : ",");
  const [high = 0, low = 0] = await peer.read(2);
  const port = high * 256 + low;
  asked.push(`${type === 3 ? "name" : type === 1 ? "IPv4" : "IPv6"} ${host}:${port}`);
  const address = type === 4 ? "::1" : hosts[host] ?? host;
  const origin = await reach(address, port);
  if (origin === null) return await refuse(peer, [5, 5, 0, 1, 0, 0, 0, 0, 0, 0]);
  await peer.send(Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0));
  await relay(peer, origin);
}

async function counted(peer: Peer): Promise<string> {
  const [length = 0] = await peer.read(1);
  return new TextDecoder().decode(await peer.read(length));
}

async function refuse(peer: Peer, answer: readonly number[]): Promise<void> {
  await peer.send(Uint8Array.from(answer));
  peer.close();
}
