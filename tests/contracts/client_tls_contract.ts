/**
 * What a client does about TLS, against servers that nobody here wrote, over HTTP/1.1 and HTTP/2. Run on each runtime;
 * Node's runner knows no hooks of Deno's, so each test starts its servers.
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import {
  Client,
  type ClientConnectionOptions,
  type ClientOptions,
  ConnectError,
  createTLSContext,
  TransportError,
} from "../../mod.ts";
import { type Seen, type SiteName, startPickyServer, startSites } from "../interop/tls_servers.ts";
import { authorities, certificatePath, client, servers } from "../support/certificates.ts";
import { withEnvironment } from "../support/environment.ts";
import { startHttpProxy } from "../support/proxies/http_proxy.ts";

/** What differs between runtimes. */
export interface TLSAbilities {
  /** Whether sessions are taken up again. Deno has no way to it. */
  readonly resumes: boolean;
}

type Options = BaseOptions & ClientConnectionOptions;
type BaseOptions = Pick<ClientOptions, "headers" | "proxy">;

const ca = certificatePath("ca");
const { cert, key, encryptedKey, traditionalKey, passphrase, stranger } = client;

/** Registers the tests for one runtime. */
export function describeClientTLS(runtime: string, can: TLSAbilities): void {
  for (const [version, versions] of Object.entries(VERSIONS)) {
    const open: Open = (options) => new Client({ trustEnv: false, ...versions, ...options });
    describe(`Client on ${runtime} over TLS and ${version}`, () => {
      testVersions(open, version);
      testFaults(open);
      testNames(open);
      testClientCertificates(open);
      testOwnTrust(open);
      testEnvironment(open);
      testTunnels(open);
    });
  }
  describe(`Client on ${runtime} over TLS`, () => {
    testRefusals();
    testSessions(can);
    testALPN();
  });
}

const VERSIONS = { "HTTP/1.1": {}, "HTTP/2": { http2: true, http1: false } } as const;

/** Makes a client that speaks the version the tests are about. */
type Open = (options?: Options) => Client;

async function seen(client: Client, url: string, options = {}): Promise<Seen> {
  const response = await client.get(url, options);
  return await response.raiseForStatus().json<Seen>();
}

/** Why a connection fails: phase and reason. */
async function failure(client: Client, url: string, options = {}): Promise<string> {
  const error = await assertRejects(() => client.get(url, options), ConnectError);
  const reason = error.message.replace(/^.*Cannot connect to \S+: | \([\d.]+\)$/g, "");
  return `${error.phase}: ${reason}`;
}

function testVersions(open: Open, version: string): void {
  it("speaks TLS 1.2 and 1.3, with an authority of one's own", async () => {
    await using sites = await startSites();
    await using client = open({ verify: ca });
    const response = await client.get(sites.url("good"));
    assertEquals([response.status, response.httpVersion], [200, version]);
    assertEquals((await seen(client, sites.url("good"))).protocol, "TLSv1.3");
    assertEquals((await seen(client, sites.url("tls12"))).protocol, "TLSv1.2");
    assertEquals((await seen(client, sites.url("tls13"))).protocol, "TLSv1.3");
  });

  it("speaks no other version than it is told to", async () => {
    const none = "tls: the server speaks no version of TLS that is allowed here: " +
      "there are TLS 1.2 and 1.3, less what minVersion and maxVersion leave out";
    await using sites = await startSites();
    await using newer = open({ verify: createTLSContext({ ca, minVersion: "TLSv1.3" }) });
    await using older = open({ verify: createTLSContext({ ca, maxVersion: "TLSv1.2" }) });
    assertEquals((await seen(newer, sites.url("good"))).protocol, "TLSv1.3");
    assertEquals((await seen(older, sites.url("good"))).protocol, "TLSv1.2");
    assertEquals(await failure(newer, sites.url("tls12")), none);
    assertEquals(await failure(older, sites.url("tls13")), none);
    assertEquals(await failure(newer, sites.url("tls11")), none);
    await using usual = open({ verify: ca });
    assertEquals(await failure(usual, sites.url("tls11")), none);
  });
}

const UNKNOWN = "the certificate is not signed by a trusted authority; " +
  "pass its CA certificate (a path or PEM) as `verify`";
const SELF_SIGNED = "the certificate is self-signed; to trust it, pass it as `verify`";

const FAULTS: Readonly<Partial<Record<SiteName, string>>> = {
  expired: "the certificate has expired; the server needs a new one",
  notYetValid: "the certificate is not valid yet; check this machine's clock",
  wrongHost: "the certificate is for wrong.example, not for this host; " +
    "ask by a name that it is for, or give that as extensions.sni_hostname",
  selfSigned: SELF_SIGNED,
  selfSignedCA: SELF_SIGNED,
  incomplete: UNKNOWN,
};

function testFaults(open: Open): void {
  it("says what is wrong with a certificate, and what to do", async () => {
    await using sites = await startSites();
    await using client = open({ verify: ca });
    for (const [name, reason] of Object.entries(FAULTS)) {
      assertEquals(await failure(client, sites.url(name as SiteName)), `tls: ${reason}`);
    }
    await using usual = open();
    assertEquals(await failure(usual, sites.url("good")), `tls: ${UNKNOWN}`);
    await using other = open({ verify: authorities.other });
    assertEquals(await failure(other, sites.url("good")), `tls: ${UNKNOWN}`);
  });

  it("trusts what it is told to: a certificate itself, and anybody with verify: false", async () => {
    await using sites = await startSites();
    for (const name of ["selfSigned", "selfSignedCA"] as const) {
      await using client = open({ verify: servers[name].cert });
      assertEquals((await seen(client, sites.url(name))).name, "localhost");
    }
    await using anybody = open({ verify: false });
    for (const name of Object.keys(FAULTS)) {
      assertEquals((await seen(anybody, sites.url(name as SiteName))).name, "localhost");
    }
  });

  it("trusts one's own authority beside the usual ones and those of the system", async () => {
    await using sites = await startSites();
    for (const others of ["runtime", "system"]) {
      await using client = open({ verify: createTLSContext({ ca: [others, ca] }) });
      assertEquals((await seen(client, sites.url("good"))).protocol, "TLSv1.3");
    }
  });
}

function testNames(open: Open): void {
  it("asks for the host by its name, and for an address by none", async () => {
    await using sites = await startSites();
    await using client = open({ verify: ca });
    assertEquals((await seen(client, sites.url("good"))).name, "localhost");
    assertEquals((await seen(client, sites.url("good", "127.0.0.1"))).name, "");
    assertMatch(
      await failure(client, sites.url("wrongHost", "127.0.0.1")),
      /^tls: the certificate is for wrong\.example, not for this host/,
    );
  });

  it("asks for the name of sni_hostname and checks it, over a connection of its own", async () => {
    await using sites = await startSites();
    await using client = open({ verify: ca });
    const url = sites.url("wildcard");
    const named = (name: string) => ({ extensions: { sni_hostname: name } });
    for (const name of ["a.wild.example", "b.wild.example", "a.wild.example"]) {
      assertEquals((await seen(client, url, named(name))).name, name);
    }
    assertEquals((await seen(client, url, named("a.wild.example"))).requests, 3);
    assertMatch(await failure(client, url, named("wild.example")), /is for \*\.wild\.example/);
    assertMatch(await failure(client, url), /is for \*\.wild\.example, not for this host/);
  });
}

function testClientCertificates(open: Open): void {
  it("shows a client certificate in each of its shapes", async () => {
    await using sites = await startSites();
    const shapes: Options[] = [
      { verify: ca, cert: cert + key },
      { verify: ca, cert: [certificatePath("clients/client"), certificatePath("clients/key")] },
      { verify: ca, cert: [cert, encryptedKey, passphrase] },
      { verify: ca, cert: [cert, traditionalKey, passphrase] },
      { verify: false, cert: [cert, key] },
      { verify: createTLSContext({ ca, cert, key: encryptedKey, passphrase }) },
      { verify: createTLSContext({ ca: ["runtime", ca], cert, key }) },
    ];
    for (const options of shapes) {
      await using client = open(options);
      assertEquals((await seen(client, sites.url("clients"))).client, "CN=httpx test client");
    }
  });

  it("passes on what the server says of no certificate, and of a stranger's", async () => {
    await using sites = await startSites();
    for (const options of [{ verify: ca }, { verify: ca, cert: [stranger, key] as const }]) {
      await using client = open(options);
      assertEquals((await client.get(sites.url("clients"))).status, 400);
    }
  });
}

function testOwnTrust(open: Open): void {
  it("trusts others for one request, which rides no connection of the rest", async () => {
    await using sites = await startSites();
    await using client = open();
    const url = sites.url("good");
    const own = [ca, authorities.ca, false, createTLSContext({ ca })];
    for (const verify of own) assertEquals((await seen(client, url, { verify })).requests, 1);
    for (const verify of own) assertEquals((await seen(client, url, { verify })).requests, 2);
    assertEquals(await failure(client, url), `tls: ${UNKNOWN}`);
    assertEquals(await failure(client, url, { verify: authorities.other }), `tls: ${UNKNOWN}`);
  });

  it("is as strict for one request as it is told to, and keeps the client's certificate", async () => {
    await using sites = await startSites();
    await using client = open({ verify: false, cert: [cert, key] });
    const url = sites.url("clients");
    assertEquals((await seen(client, url)).client, "CN=httpx test client");
    assertEquals(await failure(client, url, { verify: true }), `tls: ${UNKNOWN}`);
    assertEquals((await seen(client, url, { verify: ca })).client, "CN=httpx test client");
  });

  it("refuses a bundle that can't be used", async () => {
    await using sites = await startSites();
    await using client = open();
    await assertRejects(
      () => client.get(sites.url("good"), { verify: "/no/such.pem" }),
      TypeError,
      'Cannot use option "verify": file "/no/such.pem" is not there',
    );
  });
}

function testEnvironment(open: Open): void {
  it("trusts whom SSL_CERT_FILE and SSL_CERT_DIR say, with trustEnv", async () => {
    await using sites = await startSites();
    const url = sites.url("good");
    const nothing = { SSL_CERT_FILE: undefined, SSL_CERT_DIR: undefined };
    for (const variables of [{ SSL_CERT_FILE: ca }, { SSL_CERT_DIR: join(ca, "..") }]) {
      await withEnvironment({ ...nothing, ...variables }, async () => {
        await using client = open({ trustEnv: true });
        assertEquals((await seen(client, url)).protocol, "TLSv1.3");
        await using other = open({ trustEnv: true, verify: authorities.other });
        assertEquals(await failure(other, url), `tls: ${UNKNOWN}`);
        await using deaf = open({ trustEnv: false });
        assertEquals(await failure(deaf, url), `tls: ${UNKNOWN}`);
      });
    }
  });

  it("says which variable names a file that can't be used, when a TLS connection is made", () =>
    withEnvironment({ SSL_CERT_FILE: certificatePath("server_key") }, async () => {
      await using client = open({ trustEnv: true });
      const { message } = await assertRejects(() => client.get("https://localhost:1/"), TypeError);
      assertMatch(
        message,
        /^Cannot use SSL_CERT_FILE: there is no certificate in file ".*trustEnv/,
      );
    }));
}

function testTunnels(open: Open): void {
  for (const tls of [false, true]) {
    it(`checks and shows the same through a proxy${tls ? " over TLS" : ""}`, async () => {
      await using sites = await startSites();
      await using proxy = await startHttpProxy({ tls });
      await using client = open({ verify: ca, cert: [cert, key], proxy: proxy.url });
      const { client: name } = await seen(client, sites.url("clients"));
      assertEquals(name, "CN=httpx test client");
      assertEquals((await seen(client, sites.url("good", "127.0.0.1"))).name, "");
      const extensions = { sni_hostname: "a.wild.example" };
      const named = await seen(client, sites.url("wildcard"), { extensions });
      assertEquals(named.name, "a.wild.example");
      assertMatch(await failure(client, sites.url("wildcard")), /is for \*\.wild\.example, not/);
      for (const [name, reason] of Object.entries(FAULTS)) {
        assertEquals(await failure(client, sites.url(name as SiteName)), `tls: ${reason}`);
      }
    });
  }

  it("trusts others for one request through a proxy, which rides no connection of the rest", async () => {
    await using sites = await startSites();
    await using proxy = await startHttpProxy();
    await using client = open({ proxy: proxy.url });
    const url = sites.url("good");
    for (const requests of [1, 2]) {
      for (const verify of [ca, false]) {
        assertEquals((await seen(client, url, { verify })).requests, requests);
      }
    }
    assertEquals(await failure(client, url), `tls: ${UNKNOWN}`);
  });
}

function testRefusals(): void {
  it("says that a server wants a client certificate, or takes none such", async () => {
    const reasons = new Set<string>();
    for (const version of ["-tls1_2", "-tls1_3"] as const) {
      await using server = await startPickyServer(version);
      const url = server.url.replace("http://127.0.0.1", "https://localhost");
      for (const identity of [{}, { cert: [stranger, key] as const }]) {
        await using client = new Client({ verify: ca, trustEnv: false, ...identity });
        const error = await assertRejects(() => client.get(url), TransportError);
        assert(!error.message.includes("PRIVATE"));
        reasons.add(error.message.replace(/^.*?: (?=the server)/, ""));
      }
      await using good = new Client({ verify: ca, cert: [cert, key], trustEnv: false });
      assertEquals((await good.get(url)).status, 200);
    }
    for (const reason of reasons) assertMatch(reason, /client certificate/);
  });
}

function testSessions({ resumes }: TLSAbilities): void {
  it("takes up a session again where the runtime can, and none of another trust", async () => {
    await using sites = await startSites();
    const headers = { connection: "close" };
    for (const name of ["tls12", "tls13"] as const) {
      const url = sites.url(name);
      await using client = new Client({ verify: ca, headers, trustEnv: false });
      const resumed = [];
      for (let i = 0; i < 3; i++) resumed.push((await seen(client, url)).isResumed);
      assertEquals(resumed, [false, resumes, resumes]);
      assertEquals((await seen(client, url, { verify: false })).isResumed, false);
      assertEquals(await failure(client, url, { verify: authorities.other }), `tls: ${UNKNOWN}`);
      await using other = new Client({ verify: ca, headers, trustEnv: false });
      assertEquals((await seen(other, url)).isResumed, false);
    }
  });
}

function testALPN(): void {
  it("offers what it is told to", async () => {
    await using sites = await startSites();
    const alpn = ["http/1.1"];
    await using client = new Client({ verify: createTLSContext({ ca, alpn }), http2: true });
    assertEquals((await client.get(sites.url("good"))).httpVersion, "HTTP/1.1");
    await using both = new Client({ verify: createTLSContext({ ca }), http2: true });
    assertEquals((await both.get(sites.url("good"))).httpVersion, "HTTP/2");
    await using none = new Client({ verify: createTLSContext({ ca, alpn: ["acme-tls/1"] }) });
    assertEquals(
      await failure(none, sites.url("good")),
      "tls: the server speaks nothing of what is offered by ALPN; look at http1, http2 and alpn",
    );
  });
}
