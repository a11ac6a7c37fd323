import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  createTLSContext,
  type TLSContextOptions,
  type TLSInit,
  tlsSettings,
  tlsSettingsOf,
  withVerify,
} from "../../src/options/tls_context.ts";
import { tlsOptions } from "../../src/options/tls_settings.ts";
import { authorities, certificatePath, client, servers } from "../support/certificates.ts";
import { withEnvironment } from "../support/environment.ts";

const { cert, key, encryptedKey, passphrase } = client;
const ca = authorities.ca.trim();
const other = authorities.other.trim();
const broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";

const settingsOf = (options: TLSContextOptions) =>
  tlsSettingsOf(createTLSContext({ trustEnv: false, ...options }));

describe("tlsSettings()", () => {
  it("trusts the runtime's authorities where nothing is said", () => {
    for (const init of [{}, { verify: true, cert: null }]) {
      const { verify, ca, isCaExclusive, cert, key } = tlsSettings({ ...init, trustEnv: false });
      assertEquals([verify, ca, isCaExclusive, cert, key], [true, [], false, null, null]);
    }
  });

  it("checks nobody with verify: false, whatever the environment says", () =>
    withEnvironment({ SSL_CERT_FILE: certificatePath("ca") }, () => {
      const { verify, ca } = tlsSettings({ verify: false, trustEnv: true });
      assertEquals([verify, ca], [false, []]);
    }));

  it("trusts a bundle, as path or text, and nobody else", () => {
    const both = `${authorities.ca}\n${authorities.other}`;
    for (const verify of [authorities.ca, certificatePath("ca")]) {
      const settings = tlsSettings({ verify, trustEnv: true });
      assertEquals([settings.verify, settings.ca, settings.isCaExclusive], [true, [ca], true]);
    }
    assertEquals(tlsSettings({ verify: both, trustEnv: false }).ca.length, 2);
  });

  it("adds the authorities of SSL_CERT_FILE to the runtime's with trustEnv, not to a bundle", () =>
    withEnvironment({ SSL_CERT_FILE: certificatePath("ca") }, () => {
      const trusted = (settings: ReturnType<typeof tlsSettings>) => {
        const peer = { serverName: "localhost", alpnProtocols: [] };
        const { ca, isCaExclusive } = tlsOptions(settings, peer);
        return [ca, isCaExclusive ? "alone" : "added"];
      };
      const context = (ca: string[]) =>
        trusted(tlsSettingsOf(createTLSContext({ ca, trustEnv: true })));
      assertEquals(trusted(tlsSettings({ trustEnv: true })), [[ca], "added"]);
      assertEquals(trusted(tlsSettings({ trustEnv: false })), [[], "added"]);
      assertEquals(trusted(tlsSettings({ trustEnv: true, verify: other })), [[other], "alone"]);
      assertEquals(context([other]), [[other], "alone"]);
      assertEquals(context(["runtime", other]), [[other, ca], "added"]);
    }));

  it("takes a client certificate: text, paths, both in one", () => {
    for (
      const given of [
        [cert, key],
        [certificatePath("clients/client"), certificatePath("clients/key")],
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
    const bare = key.replace(/-----[^-]*-----/g, "").trim();
    const wrong: [Omit<TLSInit, "trustEnv">, string][] = [
      [{ verify: "/no/such.pem" }, '"verify": file "/no/such.pem" is not there'],
      [{ verify: key }, '"verify": there is no certificate in the given text'],
      [{ verify: 1 as never }, '"verify": give true, false, a path, PEM text or a TLSContext'],
      [{ cert: "/no/such.pem" }, '"cert": file "/no/such.pem" is not there'],
      [{ cert: [cert, "/no/key.pem"] }, '"cert": file "/no/key.pem" is not there'],
      [{ cert }, '"cert": there is no private key in the given text'],
      [{ cert: [key, key] }, '"cert": there is no certificate in the given text'],
      // What has lost its first line is no path, and is not shown as one.
      [{ cert: [cert, bare] }, '"cert": there is no private key in the given text'],
      [
        { cert: [cert, bare.replaceAll("\n", "")] },
        '"cert": there is no private key in the given te',
      ],
      [{ cert: [cert, encryptedKey] }, "is encrypted; give [cert, key, passphrase]"],
      [{ cert: [cert, encryptedKey, "no"] }, "does not open with this passphrase"],
      [{ cert: [cert, broken] }, `"cert": the key in the given text can't be read`],
      [{ cert: [cert, servers.good.key] }, "does not belong to the certificate in the given text"],
      [{ cert: [cert] as never }, '"cert": give a path or PEM text with both, [cert, key], or'],
      [{ cert: {} as never }, '"cert": give a path or PEM text with both, [cert, key], or'],
      [{ verify: createTLSContext(), cert: cert + key }, '"cert": verify is a TLSContext'],
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

describe("createTLSContext()", () => {
  it("is the runtime's settings where nothing is said", () => {
    const settings = settingsOf({});
    const { verify, ca, cert, minVersion, maxVersion, alpn, onSecret } = settings;
    assertEquals(
      [verify, ca, cert, minVersion, maxVersion, alpn, onSecret],
      [true, [], null, null, null, null, null],
    );
  });

  it("trusts whom it is told to: text, path, a list, and beside the usual ones", () => {
    const choices: [TLSContextOptions["ca"], readonly string[], boolean][] = [
      [ca, [ca], true],
      [certificatePath("ca"), [ca], true],
      [[ca, certificatePath("other_ca")], [ca, other], true],
      [["runtime", ca], [ca], false],
      ["runtime", [], false],
    ];
    for (const [given, trusted, isExclusive] of choices) {
      const settings = settingsOf({ ca: given });
      assertEquals([settings.ca, settings.isCaExclusive], [trusted, isExclusive]);
    }
    assertEquals(settingsOf({ verify: certificatePath("ca") }).ca, [ca]);
    assertEquals(settingsOf({ verify: false, ca }).ca, []);
  });

  it("finds the authorities of the operating system", () => {
    const { ca: trusted, isCaExclusive } = settingsOf({ ca: ["system", ca] });
    assertEquals([trusted.length > 1, trusted.at(-1), isCaExclusive], [true, ca, true]);
  });

  it("takes a certificate with its key, beside it or apart, encrypted too", () => {
    for (
      const given of [
        { cert: cert + key },
        { cert, key },
        { cert: certificatePath("clients/client"), key: certificatePath("clients/key") },
        { cert, key: encryptedKey, passphrase },
      ]
    ) {
      const settings = settingsOf(given);
      assertEquals([settings.cert, settings.key?.trim()], [cert.trim(), key.trim()]);
    }
  });

  it("keeps versions, ALPN and verify", () => {
    const alpn = ["http/1.1"];
    const context = createTLSContext({
      ...{ minVersion: "TLSv1.2", maxVersion: "TLSv1.3" },
      ...{ verify: false, alpn },
    });
    const { minVersion, maxVersion, verify } = context;
    assertEquals([minVersion, maxVersion, verify], ["TLSv1.2", "TLSv1.3", false]);
    assertEquals(tlsSettingsOf(context).alpn, alpn);
  });

  it("shows nothing of a key", () => {
    const context = createTLSContext({ cert, key });
    assertEquals(Object.keys(context), []);
    assertEquals(JSON.stringify(context), "{}");
  });

  it("throws a TypeError that names the option and what is wrong", () => {
    const wrong: [Record<string, unknown>, string][] = [
      [{ cafile: "x" }, 'option "cafile": there are ca, cert, key, passphrase, verify, minVersion'],
      [{ ca: "/no/such.pem" }, 'option "ca": file "/no/such.pem" is not there'],
      [{ ca: [] }, 'option "ca": the list is empty: no certificate would be trusted'],
      [{ ca: [1] }, 'option "ca": give a path, PEM text, or a list of them'],
      [{ ca: {} }, 'option "ca": give a path, PEM text, or a list of them'],
      [{ ca, verify: ca }, 'option "ca": verify is a bundle too; give one of them'],
      [{ verify: 1 }, 'option "verify": give true, false or a bundle'],
      [{ trustEnv: 1 }, 'option "trustEnv": give true or false'],
      [{ key }, 'option "key": there is no cert for it'],
      [{ passphrase }, 'option "passphrase": there is no cert for it'],
      [{ cert }, 'option "cert": there is no private key in the given text'],
      [{ cert, key: encryptedKey }, 'option "key": the key in the given text is encrypted; give'],
      [{ cert, key: encryptedKey, passphrase: "no" }, 'option "key": the key in the given text do'],
      [{ cert, key: broken }, 'option "key": the key in the given text can\'t be read'],
      [{ minVersion: "TLSv1" }, 'option "minVersion": there are TLSv1.2 and TLSv1.3'],
      [{ maxVersion: 1.3 }, 'option "maxVersion": there are TLSv1.2 and TLSv1.3'],
      [
        { minVersion: "TLSv1.3", maxVersion: "TLSv1.2" },
        "minVersion and maxVersion: no version is left between them",
      ],
      [{ alpn: "h2" }, 'option "alpn": give a list of names, such as ["h2", "http/1.1"]'],
      [{ alpn: [""] }, 'option "alpn": give a list of names'],
    ];
    for (const [options, words] of wrong) {
      assertThrows(() => createTLSContext(options), TypeError, `Cannot use ${words}`);
    }
  });
});

describe("withVerify()", () => {
  it("changes whom settings trust, and nothing else; a context brings everything itself", () => {
    const usual = settingsOf({ cert, key, minVersion: "TLSv1.3" });
    const trustEnv = false;
    const unverified = withVerify(usual, { verify: false, trustEnv });
    assertEquals(
      [unverified.verify, unverified.cert, unverified.minVersion],
      [false, usual.cert, "TLSv1.3"],
    );
    assertNotEquals(unverified.memory, usual.memory);
    assertEquals(withVerify(usual, { verify: ca, trustEnv }).ca, [ca]);
    const context = createTLSContext({ ca });
    assertEquals(withVerify(usual, { verify: context, trustEnv }), tlsSettingsOf(context));
  });
});
