import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { type TLSInit, tlsSettings } from "../../../src/wire/dial/tls_settings.ts";
import { authorities, certificatePath, client } from "../../support/certificates.ts";

const { cert, key, encryptedKey, passphrase } = client;
const ca = authorities.ca.trim();

describe("tlsSettings()", () => {
  it("trusts the runtime's authorities where nothing is said", () => {
    const expected = { verify: true, ca: [], isCaExclusive: false, cert: null, key: null };
    assertEquals(tlsSettings({ trustEnv: false }), expected);
    assertEquals(tlsSettings({ verify: true, cert: null, trustEnv: false }), expected);
  });

  it("checks nobody with verify: false, whatever the environment says", () => {
    withEnvironment("SSL_CERT_FILE", certificatePath("ca"), () => {
      const { verify, ca } = tlsSettings({ verify: false, trustEnv: true });
      assertEquals([verify, ca], [false, []]);
    });
  });

  it("trusts a bundle, as path or text, and nobody else", () => {
    const both = `${authorities.ca}\n${authorities.other}`;
    for (const verify of [authorities.ca, certificatePath("ca")]) {
      const settings = tlsSettings({ verify, trustEnv: true });
      assertEquals([settings.verify, settings.ca, settings.isCaExclusive], [true, [ca], true]);
    }
    assertEquals(tlsSettings({ verify: both, trustEnv: false }).ca.length, 2);
  });

  it("takes authorities from SSL_CERT_FILE with trustEnv", () => {
    withEnvironment("SSL_CERT_FILE", certificatePath("ca"), () => {
      const { ca: trusted, isCaExclusive } = tlsSettings({ trustEnv: true });
      assertEquals([trusted, isCaExclusive], [[ca], false]);
      assertEquals(tlsSettings({ trustEnv: false }).ca, []);
      assertEquals(tlsSettings({ trustEnv: true, verify: authorities.other }).ca.length, 1);
    });
  });

  it("passes over an SSL_CERT_FILE that is empty or not there", () => {
    for (const path of ["", "/no/such/file.pem", certificatePath("server_key")]) {
      withEnvironment("SSL_CERT_FILE", path, () => {
        assertEquals(tlsSettings({ trustEnv: true }).ca, []);
      });
    }
  });

  it("takes a client certificate: text, paths, both in one", () => {
    for (
      const given of [
        [cert, key],
        [certificatePath("client"), certificatePath("client_key")],
        cert + key,
        key + cert,
      ] as const
    ) {
      const settings = tlsSettings({ cert: given, trustEnv: false });
      assertEquals([settings.cert, settings.key?.trim()], [cert.trim(), key.trim()]);
    }
  });

  it("opens an encrypted key with its passphrase", () => {
    const settings = tlsSettings({ cert: [cert, encryptedKey, passphrase], trustEnv: false });
    assertEquals(settings.key?.split("\n")[0], "-----BEGIN PRIVATE KEY-----");
    assertNotEquals(settings.key, encryptedKey);
  });

  it("throws a TypeError that names the option and what is wrong", () => {
    const broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
    const wrong: [Omit<TLSInit, "trustEnv">, string][] = [
      [{ verify: "/no/such.pem" }, '"verify": file "/no/such.pem" is not there or may not be read'],
      [{ verify: key }, '"verify": there is no certificate in the given text'],
      [{ verify: "" }, '"verify": file "" is not there or may not be read'],
      [{ cert: "/no/such.pem" }, '"cert": file "/no/such.pem" is not there or may not be read'],
      [{ cert: [cert, "/no/key.pem"] }, '"cert": file "/no/key.pem" is not there'],
      [{ cert }, '"cert": there is no private key in the given text'],
      [{ cert: [key, key] }, '"cert": there is no certificate in the given text'],
      [{ cert: [cert, encryptedKey] }, "is encrypted; give [cert, key, passphrase]"],
      [{ cert: [cert, encryptedKey, "no"] }, "does not open with this passphrase"],
      [{ cert: [cert, broken] }, `"cert": the key in the given text can't be read`],
    ];
    for (const [init, words] of wrong) {
      assertThrows(() => tlsSettings({ ...init, trustEnv: false }), TypeError, words);
    }
  });

  it("says nothing of a key or passphrase in a message", () => {
    const error = assertThrows(() =>
      tlsSettings({ cert: [cert, encryptedKey, "a-wrong-one"], trustEnv: false })
    );
    const { message } = error as Error;
    assertEquals([message.includes("a-wrong-one"), message.includes("BEGIN")], [false, false]);
  });
});

function withEnvironment(name: string, value: string, run: () => void): void {
  const before = process.env[name];
  process.env[name] = value;
  try {
    run();
  } finally {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
}
