import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { certificatesIn, isPEM, pemBlocks, privateKeyIn } from "../../src/options/pem.ts";

const certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
const other = "-----BEGIN CERTIFICATE-----\r\nBBBB\r\n-----END CERTIFICATE-----";
const key = "-----BEGIN EC PRIVATE KEY-----\nCCCC\n-----END EC PRIVATE KEY-----";

describe("pemBlocks()", () => {
  it("finds blocks in order, between whatever text", () => {
    assertEquals(pemBlocks(`# issuer\n${certificate}\n${key}\n\n${other}`), [
      { label: "CERTIFICATE", text: certificate },
      { label: "EC PRIVATE KEY", text: key },
      { label: "CERTIFICATE", text: other },
    ]);
  });

  it("finds no block that does not end, or ends as another", () => {
    assertEquals(pemBlocks("-----BEGIN CERTIFICATE-----\nAAAA\n"), []);
    assertEquals(pemBlocks("-----BEGIN CERTIFICATE-----\nAAAA\n-----END X509 CRL-----"), []);
    assertEquals(pemBlocks(""), []);
  });
});

describe("isPEM()", () => {
  it("tells text from a path", () => {
    assertEquals([isPEM(certificate), isPEM("/etc/ssl/BEGIN.pem")], [true, false]);
  });
});

describe("certificatesIn()", () => {
  it("gives each certificate by itself", () => {
    assertEquals(certificatesIn(certificate + key + other), [certificate, other]);
  });
});

describe("privateKeyIn()", () => {
  it("gives the first private key of any kind, or null", () => {
    const encrypted = key.replaceAll("EC PRIVATE", "ENCRYPTED PRIVATE");
    assertEquals(privateKeyIn(certificate + encrypted + key), encrypted);
    assertEquals(privateKeyIn(certificate), null);
    assertEquals(privateKeyIn(key.replaceAll("PRIVATE", "PUBLIC")), null);
  });
});
