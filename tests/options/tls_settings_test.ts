import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  certificatesFrom,
  environmentAuthorities,
  environmentKeyLog,
  makeSettings,
} from "../../src/options/tls_settings.ts";
import { authorities, certificatePath } from "../support/certificates.ts";
import { withEnvironment } from "../support/environment.ts";
import { runtime } from "../support/runtimes.ts";

const ca = authorities.ca.trim();
const other = authorities.other.trim();
const BROKEN = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";

describe("makeSettings()", () => {
  it("gives each its own memory", () => {
    const settings = makeSettings({ verify: false });
    assertEquals([settings.verify, settings.ca, settings.alpn], [false, [], null]);
    assertEquals(settings.memory.id === makeSettings({ verify: false }).memory.id, false);
  });
});

describe("certificatesFrom()", () => {
  it("takes text, a file, and all files of a folder, whatever lies beside them", () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, "a.pem"), `${ca}\n${other}`);
      await symlink("a.pem", join(folder, "b.pem"));
      await writeFile(join(folder, "README"), "nothing");
      await symlink("nowhere", join(folder, "9d66eef0.0"));
      assertEquals(certificatesFrom(ca, "ca"), [ca]);
      assertEquals(certificatesFrom(certificatePath("ca"), "ca"), [ca]);
      assertEquals(certificatesFrom(folder, "ca"), [ca, other]);
    }));

  it("throws a TypeError that names the source and what is wrong", () =>
    withFolder(async (folder) => {
      const der = join(folder, "ca.der");
      await writeFile(der, new Uint8Array([0x30, 0x82, 0x01, 0x00, 0xff]));
      const none = 'it must be PEM, "-----BEGIN CERTIFICATE-----"';
      const wrong: [string, string][] = [
        ["/no/such.pem", 'file "/no/such.pem" is not there'],
        ["", 'file "" is not there'],
        [der, `there is no certificate in file "${der}"; ${none}`],
        [certificatePath("server_key"), "there is no certificate in file "],
        [BROKEN, "a certificate in the given text can't be read"],
        [`${ca}\n${BROKEN}`, "a certificate in the given text can't be read"],
      ];
      for (const [given, words] of wrong) {
        const throwing = () => certificatesFrom(given, 'option "ca"');
        assertThrows(throwing, TypeError, `Cannot use option "ca": ${words}`);
      }
    }));
});

describe("environmentAuthorities()", () => {
  it("says nothing where neither variable is set, or they are empty", async () => {
    for (const value of [undefined, ""]) {
      await withEnvironment({ SSL_CERT_FILE: value, SSL_CERT_DIR: value }, () => {
        assertEquals(environmentAuthorities(), null);
      });
    }
  });

  it("takes SSL_CERT_FILE, else the folders of SSL_CERT_DIR", () =>
    withFolder((first) =>
      withFolder(async (second) => {
        await writeFile(join(first, "a.pem"), ca);
        await writeFile(join(second, "b.0"), other);
        const SSL_CERT_DIR = `${first}:${second}`;
        await withEnvironment({ SSL_CERT_FILE: undefined, SSL_CERT_DIR }, () => {
          assertEquals(environmentAuthorities(), [ca, other]);
        });
        const SSL_CERT_FILE = certificatePath("ca");
        await withEnvironment({ SSL_CERT_FILE, SSL_CERT_DIR }, () => {
          assertEquals(environmentAuthorities(), [ca]);
        });
      })
    ));

  it("throws a TypeError that names the variable, the file and the way out", async () => {
    for (const name of ["SSL_CERT_FILE", "SSL_CERT_DIR"]) {
      const nothing = { SSL_CERT_FILE: undefined, SSL_CERT_DIR: undefined };
      await withEnvironment({ ...nothing, [name]: "/no/such" }, () => {
        const { message } = assertThrows(environmentAuthorities, TypeError) as TypeError;
        assertEquals(
          message,
          `Cannot use ${name}: file "/no/such" is not there; ` +
            `or unset ${name}, or give trustEnv: false`,
        );
      });
    }
  });
});

describe("environmentKeyLog()", () => {
  it("is none where the variable is not set, and on Deno, which writes the file itself", async () => {
    await withEnvironment({ SSLKEYLOGFILE: undefined }, () => {
      assertEquals(environmentKeyLog(), null);
    });
    await withEnvironment({ SSLKEYLOGFILE: "/no/such/file" }, () => {
      if (runtime === "deno") assertEquals(environmentKeyLog(), null);
      else {
        assertThrows(
          environmentKeyLog,
          TypeError,
          'Cannot use SSLKEYLOGFILE: file "/no/such/file" can\'t be written to; unset SSLKEYLOGFILE',
        );
      }
    });
  });

  (runtime === "deno" ? it.skip : it)(
    "adds lines to a file that nobody else may read",
    () =>
      withFolder(async (folder) => {
        const path = join(folder, "keys.log");
        await withEnvironment({ SSLKEYLOGFILE: path }, async () => {
          const write = environmentKeyLog();
          for (const line of ["one\n", "two\n"]) write?.(new TextEncoder().encode(line));
          assertEquals(await readFile(path, "utf8"), "one\ntwo\n");
          assertEquals((await stat(path)).mode & 0o777, 0o600);
        });
      }),
  );
});

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "httpx-certificates-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
