/** What the runtimes say (as they were seen to say it), and what is made of it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  certificateFault,
  connectFailure,
  faultOfUntrusted,
  isBrokenHandshake,
  isPermissionMissing,
  readFailure,
} from "../../src/runtime/failures.ts";

/** Code and message of an error. */
type Seen = readonly [code: string, message: string];

const UNKNOWN = "the certificate is not signed by a trusted authority; " +
  "pass its CA certificate (a path or PEM) as `verify`";
const SELF_SIGNED = "the certificate is self-signed; to trust it, pass it as `verify`";
const EXPIRED = "the certificate has expired; the server needs a new one";
const EARLY = "the certificate is not valid yet; check this machine's clock";
const AUTHORITY = "the certificate is a CA's own, which Deno takes from a server only where it " +
  "alone is trusted; to trust it, pass it as `verify`";
const PURPOSE = "the certificate is not one for servers; the server needs another";
const REVOKED = "the certificate was revoked; the server needs a new one";
const VERSIONS = "the server speaks no version of TLS that is allowed here: " +
  "there are TLS 1.2 and 1.3, less what minVersion and maxVersion leave out";
const ALPN = "the server speaks nothing of what is offered by ALPN; look at http1, http2 and alpn";
const REFUSED = "the server refused the handshake: no cipher in common, " +
  "or it wants a client certificate (pass `cert`)";
const WANTED = "the server wants a client certificate; pass `cert`";
const NOT_TAKEN = "the server does not accept the client certificate; look at `cert`";
const wrongName = (names: string) =>
  `the certificate is for ${names}, not for this host; ` +
  "ask by a name that it is for, or give that as extensions.sni_hostname";

const invalid = (message: string): Seen => ["", `invalid peer certificate: ${message}`];
const boring = (code: string): Seen => [
  "EPROTO",
  `error:10000410:SSL routines:OPENSSL_internal:${code}`,
];
const open = (code: string, words: string): Seen => [
  code,
  `400D488C447F0000:error:0A000410:SSL routines:ssl3_read_bytes:${words}:../deps/openssl/x.c:918:\n`,
];

const CERTIFICATES: readonly (readonly [Seen, string])[] = [
  [invalid("UnknownIssuer"), UNKNOWN],
  [["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"], UNKNOWN],
  [["SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain"], UNKNOWN],
  [["DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"], SELF_SIGNED],
  [["", "self signed certificate"], SELF_SIGNED],
  [invalid("Other(OtherError(CaUsedAsEndEntity))"), AUTHORITY],
  [
    invalid(
      "certificate expired: verification time 1795257073 (UNIX), but certificate is not valid " +
        "after 1609459200 (185797873 seconds ago)",
    ),
    EXPIRED,
  ],
  [["CERT_HAS_EXPIRED", "certificate has expired"], EXPIRED],
  [
    invalid(
      "certificate not valid yet: verification time 1795257073 (UNIX), but certificate is not " +
        "valid before 4417977600 (2622720527 seconds in future)",
    ),
    EARLY,
  ],
  [["CERT_NOT_YET_VALID", "certificate is not yet valid"], EARLY],
  [invalid("InvalidPurpose"), PURPOSE],
  [
    invalid("certificate does not allow extended key usage for server authentication; allows"),
    PURPOSE,
  ],
  [["INVALID_PURPOSE", "unsupported certificate purpose"], PURPOSE],
  [invalid("Revoked"), REVOKED],
  [["CERT_REVOKED", "certificate revoked"], REVOKED],
  [
    invalid(
      'certificate not valid for name "foo.example"; certificate is only valid for ' +
        'DnsName("localhost"), IpAddress(127.0.0.1) or IpAddress(0::1)',
    ),
    wrongName("localhost, 127.0.0.1, ::1"),
  ],
  [
    [
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "Hostname/IP does not match certificate's altnames: Host: a. is not in the cert's " +
      "altnames: DNS:*.wild.example, IP Address:0:0:0:0:0:0:0:1",
    ],
    wrongName("*.wild.example, ::1"),
  ],
  [
    ["ERR_TLS_CERT_ALTNAME_INVALID", "IP: 127.0.0.1 is not in the cert's list: "],
    "the certificate is for another host",
  ],
  [
    [
      "ERR_TLS_CERT_ALTNAME_INVALID",
      `altnames: ${[1, 2, 3, 4, 5, 6, 7].map((n) => `DNS:${n}.test`).join(", ")}`,
    ],
    wrongName("1.test, 2.test, 3.test, 4.test, 5.test and 2 more"),
  ],
];

const REFUSALS: readonly (readonly [Seen, string])[] = [
  [["", "received fatal alert: ProtocolVersion"], VERSIONS],
  [["", "peer is incompatible: ServerDoesNotSupportTls12Or13"], VERSIONS],
  [boring("TLSV1_ALERT_PROTOCOL_VERSION"), VERSIONS],
  [boring("UNSUPPORTED_PROTOCOL"), VERSIONS],
  [open("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tlsv1 alert protocol version"), VERSIONS],
  [["", "received fatal alert: NoApplicationProtocol"], ALPN],
  [boring("TLSV1_ALERT_NO_APPLICATION_PROTOCOL"), ALPN],
  [["", "received fatal alert: HandshakeFailure"], REFUSED],
  [boring("SSLV3_ALERT_HANDSHAKE_FAILURE"), REFUSED],
  [open("ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", "ssl/tls alert handshake failure"), REFUSED],
  [["", "received fatal alert: CertificateRequired"], WANTED],
  [boring("TLSV1_ALERT_CERTIFICATE_REQUIRED"), WANTED],
  [open("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "tlsv13 alert certificate required"), WANTED],
  [["", "received fatal alert: UnknownCA"], NOT_TAKEN],
  [boring("TLSV1_ALERT_UNKNOWN_CA"), NOT_TAKEN],
  [["", "received fatal alert: BadCertificate"], NOT_TAKEN],
  [["", "received fatal alert: CertificateUnknown"], NOT_TAKEN],
  [["", "received fatal alert: CertificateExpired"], NOT_TAKEN],
  [boring("SSLV3_ALERT_BAD_CERTIFICATE"), NOT_TAKEN],
  [
    boring("TLSV1_UNRECOGNIZED_NAME"),
    "the server has no host of the name that it was asked for (SNI)",
  ],
];

function errorOf([code, message]: Seen): Error {
  return Object.assign(new Error(message), code === "" ? {} : { code });
}

describe("connectFailure()", () => {
  it("says that a certificate has no subjectAltName, in the words of each runtime", () => {
    const words = ["certificate has no subjectAltName", "certificate is not valid for any names"];
    for (const message of words) {
      const cause = errorOf(["ERR_TLS_CERT_ALTNAME_INVALID", message]);
      const error = connectFailure(cause, "a.test:443", { isSecuring: true });
      assertMatch(error.message, /the certificate names no host in subjectAltName/);
    }
  });

  it("says what is wrong with a certificate, and what the server refuses", () => {
    for (const [seen, reason] of [...CERTIFICATES, ...REFUSALS]) {
      const cause = errorOf(seen);
      const error = connectFailure(cause, "a.test:443", { isSecuring: true });
      assertEquals(
        [error.message, error.phase],
        [`Cannot connect to a.test:443: ${reason}`, "tls"],
      );
      assert(error.cause === cause && error.safeToRetry);
    }
  });

  it("takes the names from the certificate where the error has it", () => {
    const cause = Object.assign(errorOf(["ERR_TLS_CERT_ALTNAME_INVALID", "not in the list: "]), {
      cert: { subjectaltname: "DNS:b.test, DNS:\u001b[31m.test" },
    });
    const { message } = connectFailure(cause, "a.test:443", { isSecuring: true });
    assertEquals(message, `Cannot connect to a.test:443: ${wrongName("b.test")}`);
  });

  it("says what is known beside the error", () => {
    const cause = errorOf(invalid("UnknownIssuer"));
    const error = connectFailure(cause, "a.test:443", { isSecuring: true, fault: "expired" });
    assertEquals(error.message, `Cannot connect to a.test:443: ${EXPIRED}`);
  });
});

describe("readFailure()", () => {
  it("says what a server refuses after the handshake", () => {
    for (const [seen, reason] of REFUSALS) {
      if (seen[1].endsWith("HandshakeFailure")) continue; // rustls: see the next test
      assertEquals(readFailure(errorOf(seen)).message, reason);
    }
  });

  it("names renegotiation, which is what rustls refuses after the handshake", () => {
    const error = readFailure(errorOf(["", "received fatal alert: HandshakeFailure"]));
    assertMatch(error.message, /^the server wanted to renegotiate TLS 1\.2/);
  });
});

describe("certificateFault()", () => {
  it("is null for what is about something else", () => {
    for (const [seen] of REFUSALS) assertEquals(certificateFault(errorOf(seen)), null);
    assertEquals(certificateFault(errorOf(["constructor", ""])), null);
    assertEquals(certificateFault("no error"), null);
  });
});

describe("faultOfUntrusted()", () => {
  const now = Date.parse("2026-11-21T00:00:00Z");
  const valid = {
    valid_from: "Jan  1 00:00:00 2020 GMT",
    valid_to: "Jan  1 00:00:00 2120 GMT",
    subject: { CN: "localhost" },
    issuer: { CN: "ca" },
  };

  it("finds what the dates and names of a certificate say", () => {
    const cases: [Record<string, unknown>, string][] = [
      [valid, "unknownIssuer"],
      [{ ...valid, issuer: { CN: "localhost" } }, "selfSigned"],
      [{ ...valid, valid_to: "Jan  1 00:00:00 2021 GMT" }, "expired"],
      [{ ...valid, valid_from: "Jan  1 00:00:00 2110 GMT" }, "notYetValid"],
    ];
    for (const [certificate, fault] of cases) {
      assertEquals(faultOfUntrusted(certificate, now), fault);
    }
  });

  it("says no more than is known where it is not told", () => {
    assertEquals(faultOfUntrusted({}, now), "unknownIssuer");
  });
});

describe("isBrokenHandshake() and isPermissionMissing()", () => {
  it("go by codes, names and words of the runtimes", () => {
    const named = (name: string, message = "") => Object.assign(new Error(message), { name });
    const coded = (code: string) => Object.assign(new Error(code), { code });
    const broken = [coded("ECONNRESET"), new Error("tls handshake eof"), named("UnexpectedEof")];
    const missing = [
      named("NotCapable"),
      named("PermissionDenied"),
      new Error("getaddrinfo EPERM a.test"),
    ];
    const other = [coded("CERT_HAS_EXPIRED"), coded("ECONNREFUSED"), "text", null];
    const answers = [...broken, ...missing, ...other].map((
      error,
    ) => [isBrokenHandshake(error), isPermissionMissing(error)]);
    assertEquals(answers, [
      ...broken.map(() => [true, false]),
      ...missing.map(() => [false, true]),
      ...other.map(() => [false, false]),
    ]);
  });
});
