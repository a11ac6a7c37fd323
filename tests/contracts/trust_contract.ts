/** Whom TLS must trust, whom not, and what is said of those. Run for each adapter, over each route to TLS. */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { TLSOptions } from "../../src/runtime/connect_options.ts";
import type { Connect } from "../../src/runtime/select_adapter.ts";
import { authorities, client, servers } from "../support/certificates.ts";
import { listen, type ListenOptions } from "../support/loopback.ts";
import { SocketLog, turns } from "../support/connections/socket_log.ts";
import { connectErrorOf, optionsFor, text, trusting } from "./socket_contract.ts";

/** What an adapter is not asked for: `pick()` gives that to another. */
export interface Abilities {
  /** `verify: false`, and versions of TLS: Deno's own API has neither. */
  readonly unverified: boolean;
  /** Deno's `node:tls` says "unknown issuer" of an expired certificate. */
  readonly tellsReasons: boolean;
  /** Deno's own API says so of self-signed certificates, and takes none that is a CA's. */
  readonly takesSelfSigned: boolean;
  /** `Deno.startTls` shows none. Default: `true`. */
  readonly clientCertificates?: boolean;
  /** Deno's `node:tls` drops a client certificate whose key is none. */
  readonly tellsBadKeys: boolean;
  /** A local address to connect from. */
  readonly localAddress: boolean;
  /** `onReached`: nobody is to be told by `startTLS()`. Default: `true`. */
  readonly tellsReached?: boolean;
  /** An unanswered handshake that is given up frees its connection at once: Deno waits for the peer. */
  readonly freesHandshakes: boolean;
}

/** Registers the tests for one adapter. */
export function describeTrust(name: string, connect: Connect, can: Abilities): void {
  describe(`${name} and trust`, () => {
    testTrust(connect);
    testFaults(connect, can);
    testNames(connect);
    if (can.clientCertificates ?? true) testClientCertificates(connect, can);
    if (can.unverified) {
      testUnverified(connect);
      testVersions(connect);
    }
  });
}

/** Tries to connect to a TLS server, and says what it got: `"connected"` or phase and reason. */
async function outcome(
  connect: Connect,
  server: ListenOptions,
  tls: Partial<TLSOptions> = {},
  host = "localhost",
): Promise<string> {
  await using peer = await listen((peer) => peer.echo(), server);
  const options = optionsFor(peer, "TLS", {
    host,
    tls: { ...trusting, serverName: host, ...tls },
  });
  let found = "connected";
  try {
    const socket = await connect(options);
    const log = new SocketLog();
    socket.attach(log);
    socket.write(text("x"));
    await log.untilBytes(1);
    socket.close();
    if (log.error !== null) found = `${log.error.name}: ${log.error.message}`;
    else if (log.text !== "x") found = "connected, then nothing";
  } catch {
    const error = await connectErrorOf(connect(options));
    found = `${error.phase}: ${error.message.replace(/^Cannot connect to \S+: /, "")}`;
  }
  await turns();
  return found;
}

const UNKNOWN_ISSUER = "tls: the certificate is not signed by a trusted authority; " +
  "pass its CA certificate (a path or PEM) as `verify`";
const SELF_SIGNED = "tls: the certificate is self-signed; to trust it, pass it as `verify`";

function testTrust(connect: Connect): void {
  it("takes whom it is told to, by name and by address", async () => {
    assertEquals(await outcome(connect, { tls: servers.good }), "connected");
    assertEquals(await outcome(connect, { tls: servers.good }, {}, "127.0.0.1"), "connected");
  });

  it("takes a bundle of several", async () => {
    const ca = [authorities.other, authorities.ca];
    assertEquals(await outcome(connect, { tls: servers.good }, { ca }), "connected");
  });

  it("takes what an intermediate authority has signed, where it is sent or known", async () => {
    const { chained, incomplete } = servers;
    const ca = [authorities.ca, authorities.intermediate];
    assertEquals(await outcome(connect, { tls: chained }), "connected");
    assertEquals(await outcome(connect, { tls: incomplete }), UNKNOWN_ISSUER);
    assertEquals(await outcome(connect, { tls: incomplete }, { ca }), "connected");
  });

  it("takes authorities beside the runtime's own", async () => {
    const tls = { isCaExclusive: false };
    assertEquals(await outcome(connect, { tls: servers.good }, tls), "connected");
    const other = { ...tls, ca: [authorities.other] };
    assertEquals(await outcome(connect, { tls: servers.good }, other), UNKNOWN_ISSUER);
  });

  it("takes nobody whose authority it does not know", async () => {
    assertEquals(await outcome(connect, { tls: servers.good }, { ca: [] }), UNKNOWN_ISSUER);
    const ca = [authorities.other];
    assertEquals(await outcome(connect, { tls: servers.good }, { ca }), UNKNOWN_ISSUER);
  });
}

function testFaults(connect: Connect, can: Abilities): void {
  it("takes nobody who signed for himself, unless told to", async () => {
    const { selfSigned } = servers;
    const expected = can.takesSelfSigned ? SELF_SIGNED : UNKNOWN_ISSUER;
    assertEquals(await outcome(connect, { tls: selfSigned }), expected);
    assertEquals(
      await outcome(connect, { tls: selfSigned }, { ca: [selfSigned.cert] }),
      "connected",
    );
  });

  it("takes nobody who signed for himself as an authority, unless told to", async () => {
    const { selfSignedCA } = servers;
    const authority = "tls: the certificate is a CA's own, which Deno takes from a server only " +
      "where it alone is trusted; to trust it, pass it as `verify`";
    const refused = can.takesSelfSigned ? SELF_SIGNED : authority;
    assertEquals(await outcome(connect, { tls: selfSignedCA }), refused);
    const found = await outcome(connect, { tls: selfSignedCA }, { ca: [selfSignedCA.cert] });
    assertEquals(found, can.takesSelfSigned ? "connected" : authority);
  });

  it("takes no certificate that has expired, or is not valid yet", async () => {
    const expired = "tls: the certificate has expired; the server needs a new one";
    const early = "tls: the certificate is not valid yet; check this machine's clock";
    const expected = can.tellsReasons ? [expired, early] : [UNKNOWN_ISSUER, UNKNOWN_ISSUER];
    const found = [
      await outcome(connect, { tls: servers.expired }),
      await outcome(connect, { tls: servers.notYetValid }),
    ];
    assertEquals(found, expected);
  });

  it("says that nothing is spoken of what ALPN offers", async () => {
    const tls = { ...servers.good, alpnProtocols: ["h2"] };
    assertEquals(
      await outcome(connect, { tls }, { alpnProtocols: ["http/1.1"] }),
      "tls: the server speaks nothing of what is offered by ALPN; look at http1, http2 and alpn",
    );
  });
}

function testNames(connect: Connect): void {
  const wrong = (names: string) =>
    `tls: the certificate is for ${names}, not for this host; ` +
    "ask by a name that it is for, or give that as extensions.sni_hostname";

  it("takes no certificate for another name, and says for which it is", async () => {
    const { wrongHost, good } = servers;
    assertEquals(await outcome(connect, { tls: wrongHost }), wrong("wrong.example"));
    assertEquals(
      await outcome(connect, { tls: wrongHost }, {}, "127.0.0.1"),
      wrong("wrong.example"),
    );
    assertEquals(
      await outcome(connect, { tls: good }, { serverName: "a.example" }),
      wrong("localhost, 127.0.0.1, ::1"),
    );
  });

  it("checks the name it is given, not the host; an address too", async () => {
    const serverName = "wrong.example";
    assertEquals(await outcome(connect, { tls: servers.wrongHost }, { serverName }), "connected");
    for (const serverName of ["127.0.0.1", "::1"]) {
      assertEquals(await outcome(connect, { tls: servers.good }, { serverName }), "connected");
    }
    const other = await outcome(connect, { tls: servers.good }, { serverName: "127.0.0.2" });
    assertEquals(other, wrong("localhost, 127.0.0.1, ::1"));
  });

  it("takes a wildcard for one label, no more and no less", async () => {
    const expected = { "a.wild.example": "connected", "A.WILD.EXAMPLE": "connected" };
    for (const [serverName, found] of Object.entries(expected)) {
      assertEquals(await outcome(connect, { tls: servers.wildcard }, { serverName }), found);
    }
    for (const serverName of ["wild.example", "a.b.wild.example"]) {
      const found = await outcome(connect, { tls: servers.wildcard }, { serverName });
      assertEquals(found, wrong("*.wild.example"));
    }
  });

  it("rejects a common name, a wildcard inside a label, and a name with a trailing dot", async () => {
    const cases = [
      [servers.commonName, "localhost"],
      [servers.partialWildcard, "www.wild.example"],
      [servers.trailingDot, "localhost"],
    ] as const;
    for (const [identity, serverName] of cases) {
      const found = await outcome(connect, { tls: identity }, { serverName });
      assertMatch(found, /^tls: the certificate (names no host|is for)/);
    }
  });
}

function testClientCertificates(connect: Connect, can: Abilities): void {
  const picky = { tls: { ...servers.good, clientCA: authorities.ca } };
  const older = { tls: { ...picky.tls, maxVersion: "TLSv1.2" as const } };
  const { cert, key, stranger } = client;

  it("shows a client certificate", async () => {
    for (const server of [picky, older]) {
      assertEquals(await outcome(connect, server, { cert, key }), "connected");
    }
  });

  // How a server refuses is its own affair, and in TLS 1.3 the client has been through the handshake before.
  it("says that the server wants one", async () => {
    const wants = "wants a client certificate|broke off the TLS handshake";
    assertMatch(await outcome(connect, older), new RegExp(`^tls: the server .*(${wants})`));
    assertNotEquals(await outcome(connect, picky), "connected");
  });

  it("says that the server does not take it", async () => {
    const refuses = "client certificate|broke off the TLS handshake";
    const other = { cert: stranger, key };
    const found = await outcome(connect, older, other);
    assertMatch(found, new RegExp(`^tls: the server .*(${refuses})`));
    assertNotEquals(await outcome(connect, picky, other), "connected");
  });

  if (!can.tellsBadKeys) return;
  it("says that a client certificate can't be used", async () => {
    const found = await outcome(connect, picky, { cert, key: cert });
    assertMatch(found, /^tls: its client certificate or key can't be used/);
  });
}

function testUnverified(connect: Connect): void {
  it("takes anybody where it is not to verify", async () => {
    for (const tls of Object.values(servers)) {
      assertEquals(await outcome(connect, { tls }, { verify: false, ca: [] }), "connected");
    }
  });

  it("says what hinders it all the same", async () => {
    const tls = { ...servers.good, maxVersion: "TLSv1.2" as const };
    const found = await outcome(connect, { tls }, { verify: false, minVersion: "TLSv1.3" });
    assertMatch(found, /^tls: the server speaks no version of TLS that is allowed here/);
  });
}

function testVersions(connect: Connect): void {
  const none = "tls: the server speaks no version of TLS that is allowed here: " +
    "there are TLS 1.2 and 1.3, less what minVersion and maxVersion leave out";
  const old = { tls: { ...servers.good, maxVersion: "TLSv1.2" as const } };
  const recent = { tls: { ...servers.good, minVersion: "TLSv1.3" as const } };

  it("speaks TLS 1.2 and 1.3", async () => {
    assertEquals(await outcome(connect, old), "connected");
    assertEquals(await outcome(connect, recent), "connected");
  });

  it("speaks what it is told to, and nothing else", async () => {
    assertEquals(await outcome(connect, old, { maxVersion: "TLSv1.2" }), "connected");
    assertEquals(await outcome(connect, recent, { minVersion: "TLSv1.3" }), "connected");
    assertEquals(await outcome(connect, old, { minVersion: "TLSv1.3" }), none);
    assertEquals(await outcome(connect, recent, { maxVersion: "TLSv1.2" }), none);
  });
}
