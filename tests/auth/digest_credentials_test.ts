/** The examples of RFC 7616 §3.9 and RFC 2617 §3.5, and what they leave out. */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { chooseDigestChallenge, parseChallenges } from "../../src/auth/digest_challenge.ts";
import {
  digestAuthorization,
  type DigestRequest,
  digestUser,
  hasDigestHashes,
  startHash,
} from "../../src/auth/digest_credentials.ts";

/** Answers a challenge as the first request that does. */
function answer(
  challengeLine: string,
  { user, cnonce = "0a4f113b", ...rest }:
    & Partial<Omit<DigestRequest, "challenge">>
    & { user: [string, string] },
): string {
  const challenge = chooseDigestChallenge([challengeLine]);
  if (challenge === null) throw new Error("no challenge");
  return digestAuthorization(digestUser(...user), {
    challenge,
    method: "GET",
    uri: "/dir/index.html",
    count: 1,
    cnonce,
    session: { nonce: challenge.nonce, cnonce },
    bodyHash: "",
    ...rest,
  });
}

/** Joins the lines of an RFC's example. */
function lines(...text: string[]): string {
  return text.join(" ");
}

const MUFASA: [string, string] = ["Mufasa", "Circle of Life"];
const NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
const OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS";
const CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

describe("digestAuthorization()", () => {
  it("answers RFC 7616 §3.9.1, MD5, byte for byte", () => {
    const challenge = lines(
      'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5,',
      `nonce="${NONCE}", opaque="${OPAQUE}"`,
    );
    assertEquals(
      answer(challenge, { user: MUFASA, cnonce: CNONCE }),
      lines(
        'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html",',
        `algorithm=MD5, nonce="${NONCE}", nc=00000001, cnonce="${CNONCE}", qop=auth,`,
        `response="8ca523f5e9506fed4657c9700eebdbec", opaque="${OPAQUE}"`,
      ),
    );
  });

  it("answers RFC 7616 §3.9.1, SHA-256, byte for byte", () => {
    const challenge = lines(
      'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256,',
      `nonce="${NONCE}", opaque="${OPAQUE}"`,
    );
    assertEquals(
      answer(challenge, { user: MUFASA, cnonce: CNONCE }),
      lines(
        'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html",',
        `algorithm=SHA-256, nonce="${NONCE}", nc=00000001, cnonce="${CNONCE}", qop=auth,`,
        'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",',
        `opaque="${OPAQUE}"`,
      ),
    );
  });

  it("answers RFC 7616 §3.9.2, SHA-512-256, userhash and UTF-8, as its erratum 4897 has it", () => {
    const opaque = "HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS";
    const nonce = "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK";
    const cnonce = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v";
    const challenge = lines(
      'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256,',
      `nonce="${nonce}", opaque="${opaque}", charset=UTF-8, userhash=true`,
    );
    assertEquals(
      answer(challenge, { user: ["Jäsøn Doe", "Secret, or not?"], uri: "/doe.json", cnonce }),
      lines(
        'Digest username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b",',
        'realm="api@example.org", uri="/doe.json", algorithm=SHA-512-256,',
        `nonce="${nonce}", nc=00000001, cnonce="${cnonce}", qop=auth,`,
        'response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",',
        `opaque="${opaque}", userhash=true`,
      ),
    );
  });

  it("answers RFC 2617 §3.5, parameter for parameter", () => {
    const challenge = lines(
      'Digest realm="testrealm@host.com", qop="auth,auth-int",',
      'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    );
    const given = answer(challenge, { user: ["Mufasa", "Circle Of Life"] });
    const expected = lines(
      'Digest username="Mufasa", realm="testrealm@host.com",',
      'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", qop=auth,',
      'nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1",',
      'opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    );
    const sorted = (line: string) => line.slice("Digest ".length).split(", ").sort();
    assertEquals(sorted(given), sorted(expected));
  });

  it("answers a server from before RFC 2617 without nc, cnonce and qop (RFC 2069)", () => {
    const challenge = 'Digest realm="testrealm@host.com", nonce="dcd98b71"';
    const given = answer(challenge, { user: ["Mufasa", "CircleOfLife"] });
    const md5 = (text: string) => startHash("md5").update(text, "latin1").digest("hex");
    const a1 = md5("Mufasa:testrealm@host.com:CircleOfLife");
    const response = md5(`${a1}:dcd98b71:${md5("GET:/dir/index.html")}`);
    assertEquals(
      given,
      'Digest username="Mufasa", realm="testrealm@host.com", uri="/dir/index.html", ' +
        `nonce="dcd98b71", response="${response}"`,
    );
  });

  it("hashes the body for auth-int, and the session's first nonces for -sess", () => {
    const sha = (text: string) => startHash("sha256").update(text, "latin1").digest("hex");
    const challenge = 'Digest realm="r", nonce="n", qop="auth-int", algorithm=SHA-256-sess';
    const given = answer(challenge, {
      user: ["u", "p"],
      method: "POST",
      uri: "/x",
      count: 31,
      cnonce: "second",
      session: { nonce: "n0", cnonce: "first" },
      bodyHash: sha("body"),
    });
    const a1 = sha(`${sha("u:r:p")}:n0:first`);
    const response = sha(`${a1}:n:0000001f:second:auth-int:${sha(`POST:/x:${sha("body")}`)}`);
    assertMatch(given, new RegExp(`nc=0000001f, .* qop=auth-int, response="${response}"`));
  });

  it("escapes in the header what it hashes unescaped", () => {
    const challenge = String.raw`Digest realm="a \"b\" \\c", nonce="n"`;
    const given = answer(challenge, { user: ['q"uo\\te', "p"] });
    const md5 = (text: string) => startHash("md5").update(text, "latin1").digest("hex");
    const response = md5(
      `${md5(String.raw`q"uo\te:a "b" \c:p`)}:n:${md5("GET:/dir/index.html")}`,
    );
    assertEquals(
      given,
      String.raw`Digest username="q\"uo\\te", realm="a \"b\" \\c", uri="/dir/index.html", ` +
        `nonce="n", response="${response}"`,
    );
  });

  it("names a user beyond ASCII as UTF-8: extended where the server reads it, bare where not", () => {
    const plain = 'Digest realm="r", nonce="n"';
    const user: [string, string] = ["Jäsøn Doe", "p"];
    assertMatch(answer(plain, { user }), /username="J\u00c3\u00a4s\u00c3\u00b8n Doe"/);
    assertMatch(
      answer(`${plain}, charset=UTF-8`, { user }),
      /^Digest username\*=UTF-8''J%C3%A4s%C3%B8n%20Doe, /,
    );
    assertMatch(
      answer(`${plain}, charset=UTF-8`, { user: ["ada", "p"] }),
      /^Digest username="ada"/,
    );
  });

  it("gives a realm that is no UTF-8 back as it came", () => {
    const [challenge] = parseChallenges('Digest realm="caf\u00e9", nonce="n"');
    assertEquals(challenge?.parameters.get("realm"), "caf\u00e9");
    assertMatch(
      answer('Digest realm="caf\u00e9", nonce="n"', { user: ["u", "p"] }),
      /realm="caf\u00e9"/,
    );
  });
});

describe("startHash()", () => {
  it("has every hash that a challenge may name (FIPS 180-4, RFC 1321)", () => {
    assertEquals(hasDigestHashes(), true);
    const of = (name: Parameters<typeof startHash>[0]) =>
      startHash(name).update(new TextEncoder().encode("abc")).digest("hex").slice(0, 16);
    assertEquals(
      (["md5", "sha1", "sha256", "sha512", "sha512-256"] as const).map(of),
      [
        "900150983cd24fb0",
        "a9993e364706816a",
        "ba7816bf8f01cfea",
        "ddaf35a193617aba",
        "53048e2681941ef9",
      ],
    );
  });
});
