import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RequestTLS, type RequestTLSInit } from "../../src/transports/request_tls.ts";
import { createTLSContext, tlsSettingsOf } from "../../src/options/tls_context.ts";
import { makeSettings } from "../../src/options/tls_settings.ts";
import { authorities } from "../support/certificates.ts";

const settings = makeSettings({ minVersion: "TLSv1.3" });
const init: RequestTLSInit = {
  verify: true,
  trustEnv: false,
  versions: { http1: true, http2: false },
};

describe("RequestTLS", () => {
  it("has nothing of its own for requests that say nothing else than the transport", () => {
    const trust = new RequestTLS(settings, init);
    assertEquals(trust.identityFor({}), null);
    assertEquals(trust.identityFor({ verify: true }), null);
  });

  it("reads what is trusted once", () => {
    const trust = new RequestTLS(settings, init);
    const [first, second] = [1, 2].map(() => trust.identityFor({ verify: authorities.ca }));
    assertEquals(first?.settings?.ca, [authorities.ca.trim()]);
    assertEquals(first?.settings?.minVersion, "TLSv1.3");
    assertEquals(first?.settings === second?.settings, true);
    assertEquals(trust.identityFor({ verify: false })?.settings?.verify, false);
    const context = createTLSContext({ verify: false });
    const identity = trust.identityFor({ verify: context });
    assertEquals(identity?.settings === tlsSettingsOf(context), true);
  });

  it("takes a name of a server", () => {
    const trust = new RequestTLS(settings, init);
    const names = {
      "a.test": "a.test",
      "A.test.": "a.test",
      "bücher.test": "xn--bcher-kva.test",
      "127.0.0.1": "127.0.0.1",
      "::1": "::1",
    };
    for (const [name, serverName] of Object.entries(names)) {
      assertEquals(trust.identityFor({ sni_hostname: name }), { serverName, settings: null });
    }
  });

  it("throws a TypeError that names what can't be used", () => {
    const trust = new RequestTLS(settings, init);
    const h2 = createTLSContext({ alpn: ["h2"] });
    const wrong: [Record<string, unknown>, string][] = [
      [{ sni_hostname: 1 }, 'extension "sni_hostname": give the name of a host'],
      ...["", ".", "a/b", "a b", "a@b", "a:1", "[::1]"].map((
        name,
      ): [{ sni_hostname: string }, string] => [
        { sni_hostname: name },
        'extension "sni_hostname": give the name of a host',
      ]),
      [{ verify: "/no/such.pem" }, 'option "verify": file "/no/such.pem" is not there'],
      [{ verify: null }, 'option "verify": give true, false, a path, PEM text or a TLSContext'],
      [{ verify: h2 }, 'option "alpn": it offers "h2", but http2 is not true'],
    ];
    for (const [extensions, words] of wrong) {
      assertThrows(() => trust.identityFor(extensions), TypeError, `Cannot use ${words}`);
    }
  });

  it("offers by ALPN only what the transport speaks, and something that it does", () => {
    const make = (alpn: string[], versions: RequestTLSInit["versions"]) => () =>
      new RequestTLS(makeSettings({ alpn }), { ...init, versions });
    assertThrows(make(["h2"], init.versions), TypeError, 'it offers "h2", but http2 is not true');
    const onlyHttp2 = { http1: false, http2: true };
    assertThrows(make(["http/1.1"], onlyHttp2), TypeError, 'without http1 it must offer "h2"');
    for (const alpn of [["h2"], ["h2", "http/1.1"]]) make(alpn, { http1: true, http2: true })();
    for (const alpn of [[], ["http/1.1"], ["acme-tls/1"]]) make(alpn, init.versions)();
  });
});
