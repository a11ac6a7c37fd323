/**
 * Every way a proxy's word can break off, at every byte of it, over real sockets: whatever happens, the call ends
 * with the right error, nothing stays behind in the pool or on the network, and the next call works.
 */
import { assertEquals, assertInstanceOf, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Client,
  ConnectError,
  ConnectTimeout,
  HTTPTransport,
  ProxyError,
  RemoteProtocolError,
  Timeout,
} from "@httpx/httpx";
import { authorities, servers } from "../support/certificates.ts";
import { listen, type Loopback, type Peer } from "../support/loopback.ts";
import { startOrigin } from "../support/proxies/origin.ts";
import { reach, readHead, relay } from "../support/proxies/relay.ts";

/** One kind of proxy: what it reads before each word of its own. */
interface Script {
  readonly name: string;
  /** In turn: how many bytes are read (`null`: a head), and what is answered. */
  readonly turns: readonly (readonly [read: number | null, answer: readonly number[]])[];
  readonly url: (port: number) => string;
  readonly isSecure: boolean;
}

const ascii = (text: string) => Array.from(text, (c) => c.charCodeAt(0));
const OK = ascii("HTTP/1.1 200 OK\r\nVia: x\r\n\r\n");
/** What the client asks of SOCKS for `localhost`: version, command, type, the name, the port. */
const REQUEST_BYTES = 4 + 1 + "localhost".length + 2;

const SCRIPTS: readonly Script[] = [
  {
    name: "an HTTP proxy",
    turns: [[null, OK]],
    url: (port) => `http://127.0.0.1:${port}`,
    isSecure: false,
  },
  {
    name: "an HTTPS proxy",
    turns: [[null, OK]],
    url: (port) => `https://localhost:${port}`,
    isSecure: true,
  },
  {
    name: "a SOCKS proxy",
    turns: [
      [4, [5, 2]],
      [3 + "ada".length + "secret".length, [1, 0]],
      [REQUEST_BYTES, [5, 0, 0, 1, 127, 0, 0, 1, 0, 80]],
    ],
    url: (port) => `socks5://ada:secret@127.0.0.1:${port}`,
    isSecure: false,
  },
];

/** What follows the cut. */
type Then = "end" | "reset" | "stall";

/** A proxy that says the first `cut` bytes of its script and then does what it is told. */
class CuttingProxy {
  cut = Infinity;
  then: Then = "stall";
  readonly #script: Script;
  readonly #originPort: number;
  /** Called at each cut. */
  onCut = () => {};

  constructor(script: Script, originPort: number) {
    this.#script = script;
    this.#originPort = originPort;
  }

  async serve(peer: Peer): Promise<void> {
    let left = this.cut;
    for (const [read, answer] of this.#script.turns) {
      if (left <= 0) break;
      if (read === null) await readHead(peer);
      else await peer.read(read);
      if (left > 0) await peer.send(Uint8Array.from(answer.slice(0, left)));
      left -= answer.length;
    }
    if (left >= 0 && this.cut === Infinity) return await this.#resume(peer);
    this.onCut();
    if (this.then === "end") peer.end();
    else if (this.then === "reset") await later(() => peer.reset());
    await peer.readToEnd();
    peer.close();
  }

  async #resume(peer: Peer): Promise<void> {
    const origin = await reach("127.0.0.1", this.#originPort);
    if (origin !== null) await relay(peer, origin);
  }
}

/** The bytes before a reset must arrive first: what the kernel still holds would be lost. */
function later(act: () => void): Promise<void> {
  return new Promise((resolve) =>
    setTimeout(() => {
      act();
      resolve();
    }, 2)
  );
}

interface Fixture extends AsyncDisposable {
  readonly proxy: CuttingProxy;
  readonly server: Loopback;
  readonly transport: HTTPTransport;
  readonly client: Client;
  readonly url: string;
}

async function build(script: Script): Promise<Fixture> {
  const origin = await startOrigin({ tls: true });
  const proxy = new CuttingProxy(script, origin.port);
  const server = await listen(
    (peer) => proxy.serve(peer),
    script.isSecure ? { tls: servers.good } : {},
  );
  const transport = new HTTPTransport({
    proxy: script.url(server.port),
    verify: authorities.ca,
    // A connection that is not given back shows at once, as a `PoolTimeout`.
    limits: { maxConnections: 1 },
  });
  const client = new Client({ transport });
  return {
    proxy,
    server,
    transport,
    client,
    url: origin.url,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}

async function assertWorks({ proxy, client, url }: Fixture): Promise<void> {
  proxy.cut = Infinity;
  const response = await client.get(url);
  assertEquals(await response.text(), "GET / HTTP/1.1");
}

function assertAtRest({ transport }: Fixture, where: string): void {
  const expected = { where, connecting: 0, active: 0, idle: 0, waiting: 0 };
  assertEquals({ where, ...transport.stats }, expected);
}

for (const script of SCRIPTS) {
  const size = script.turns.reduce((sum, [, answer]) => sum + answer.length, 0);
  const offsets = Array.from({ length: size }, (_, i) => i);

  describe(`The word of ${script.name} that breaks off`, () => {
    for (const then of ["end", "reset"] as const) {
      it(`with an ${then} at every byte is an error of the proxy's`, async () => {
        await using fixture = await build(script);
        fixture.proxy.then = then;
        for (const cut of offsets) {
          fixture.proxy.cut = cut;
          const error = await fixture.client.get(fixture.url).catch((e) => e);
          const where = `${then} at ${cut}: ${error}`;
          assertInstanceOf(error, ProxyError, where);
          assertMatch(
            error.message,
            /: (it closed the connection before it had answered|the connection broke: .*|connection refused|the server broke off the TLS handshake)$/,
            where,
          );
          assertEquals([error.requestSent, error.safeToRetry], ["no", true], where);
          assertEquals(error.message.includes("secret"), false, where);
          await fixture.server.allClosed();
          assertAtRest(fixture, where);
        }
        await assertWorks(fixture);
      });
    }

    it("with silence at every byte costs the connect timeout", async () => {
      await using fixture = await build(script);
      const timeout = new Timeout(5000, { connect: 20 });
      for (const cut of offsets.filter((i) => i % 3 === 0 || script.turns.length > 1)) {
        fixture.proxy.cut = cut;
        const error = await fixture.client.get(fixture.url, { timeout }).catch((e) => e);
        const where = `silence at ${cut}: ${error}`;
        assertInstanceOf(error, ConnectTimeout, where);
        await fixture.server.allClosed();
        assertAtRest(fixture, where);
      }
      await assertWorks(fixture);
    });

    it("may be given up at every byte", async () => {
      await using fixture = await build(script);
      for (const cut of offsets) {
        fixture.proxy.cut = cut;
        const wasCut = new Promise<void>((resolve) => fixture.proxy.onCut = resolve);
        const controller = new AbortController();
        const call = fixture.client.get(fixture.url, { signal: controller.signal });
        call.catch(() => {});
        await wasCut;
        controller.abort(new RangeError(`enough at ${cut}`));
        await assertRejects(() => call, RangeError, `enough at ${cut}`);
        await fixture.server.allClosed();
        assertAtRest(fixture, String(cut));
      }
      await assertWorks(fixture);
    });
  });

  describe(`A tunnel through ${script.name} that breaks off`, () => {
    it("before TLS is an error of TLS with the origin", async () => {
      await using fixture = await build(script);
      fixture.proxy.cut = size;
      fixture.proxy.then = "end";
      const error = await assertRejects(() => fixture.client.get(fixture.url), ConnectError);
      assertEquals([error.phase, error.safeToRetry], ["tls", true]);
      assertAtRest(fixture, error.message);
      await assertWorks(fixture);
    });
  });
}

describe("A forwarding proxy that breaks off", () => {
  it("is a server that does: the request may have reached the origin", async () => {
    await using proxy = await listen(async (peer) => {
      await readHead(peer);
      await peer.send("HTTP/1.1 200 OK\r\nConte");
      peer.close();
    });
    const transport = new HTTPTransport({ proxy: `http://127.0.0.1:${proxy.port}` });
    await using client = new Client({ transport });
    const error = await assertRejects(
      () => client.post("http://a.invalid/", { content: "x" }),
      RemoteProtocolError,
    );
    assertEquals([error.requestSent, error.safeToRetry], ["yes", false]);
    assertEquals(error.peer, `127.0.0.1:${proxy.port}`);
    assertEquals(transport.stats.active, 0);
  });
});
