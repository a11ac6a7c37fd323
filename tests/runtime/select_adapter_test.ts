import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { ConnectOptions } from "../../src/runtime/connect_options.ts";
import {
  type Adapter,
  adapterFor,
  connect,
  connectsByName,
  hasSockets,
} from "../../src/runtime/select_adapter.ts";
import { connectErrorOf, optionsFor, trusting } from "../contracts/socket_contract.ts";
import { client, servers } from "../support/certificates.ts";
import { listen } from "../support/loopback.ts";
import { runtime } from "../support/runtimes.ts";

const signal = new AbortController().signal;
const plain: ConnectOptions = { host: "localhost", port: 443, tls: null, signal };
const tls = { ...trusting, isCaExclusive: false };
const { cert, key } = client;

const own = runtime === "deno" ? "deno" : "bun";
const nodeOnDeno = runtime === "deno" ? "node" : "bun";
const stagesOnDeno = runtime === "deno" ? "stages" : "bun";

describe("adapterFor()", () => {
  it("takes the runtime's own sockets where they can, Node's elsewhere", () => {
    const choices: [Partial<ConnectOptions>, Adapter][] = [
      [{}, own],
      [{ path: "/run/x.sock" }, own],
      [{ tls }, own],
      [{ tls: { ...tls, cert, key } }, stagesOnDeno],
      [{ tls: { ...tls, serverName: "example.org" } }, own],
      [{ tls: { ...tls, cert, key, serverName: "example.org" } }, stagesOnDeno],
      [{ tls: { ...tls, cert, key, verify: false } }, stagesOnDeno],
      [{ tls: { ...tls, cert, key }, localAddress: "127.0.0.1" }, "node"],
      [{ tls: { ...tls, verify: false } }, nodeOnDeno],
      [{ tls: { ...tls, isCaExclusive: true } }, nodeOnDeno],
      [{ tls: { ...tls, minVersion: "TLSv1.3" } }, nodeOnDeno],
      [{ tls: { ...tls, maxVersion: "TLSv1.2" } }, nodeOnDeno],
      [{ tls, path: "/run/x.sock" }, nodeOnDeno],
      [{ localAddress: "127.0.0.1" }, "node"],
    ];
    for (const [options, expected] of choices) {
      assertEquals(adapterFor({ ...plain, ...options }), expected);
    }
  });
});

describe("connectsByName()", () => {
  it("is true for the adapters that race the addresses of a name themselves", () => {
    assertEquals(connectsByName(plain), true);
    assertEquals(connectsByName({ ...plain, localAddress: "127.0.0.1" }), false);
    const unverified = { ...plain, tls: { ...tls, verify: false } };
    assertEquals(connectsByName(unverified), runtime === "bun");
  });
});

describe("connect()", () => {
  it("says what is wrong with a certificate, on Deno after a second look", async () => {
    const reasons = {
      expired: "the certificate has expired; the server needs a new one",
      notYetValid: "the certificate is not valid yet; check this machine's clock",
      selfSigned: "the certificate is self-signed; to trust it, pass it as `verify`",
      incomplete: "the certificate is not signed by a trusted authority; " +
        "pass its CA certificate (a path or PEM) as `verify`",
    } as const;
    for (const [name, reason] of Object.entries(reasons)) {
      for (const isCaExclusive of [true, false]) {
        const server = { tls: servers[name as keyof typeof reasons] };
        await using peer = await listen((peer) => peer.echo(), server);
        const options = optionsFor(peer, "TLS", { tls: { ...trusting, isCaExclusive } });
        const { message, phase } = await connectErrorOf(connect(options));
        const expected = `Cannot connect to localhost:${peer.port}: ${reason}`;
        assertEquals([message, phase], [expected, "tls"]);
      }
    }
  });
});

describe("hasSockets()", () => {
  it("is true where these tests run", () => assertEquals(hasSockets(), true));
});
