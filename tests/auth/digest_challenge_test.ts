import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  ChallengeError,
  chooseDigestChallenge,
  parseChallenges,
  parseParameterList,
} from "../../src/auth/digest_challenge.ts";

/** As one readable value: scheme, then name=value of each parameter. */
function read(line: string): string[] {
  return parseChallenges(line).map(({ scheme, parameters }) =>
    [scheme, ...Array.from(parameters, (pair) => pair.join("="))].join(" ")
  );
}

describe("parseChallenges()", () => {
  it("reads challenges, parameters and token68, whatever stands between commas", () => {
    const cases: readonly (readonly [line: string, ...challenges: string[]])[] = [
      ['Digest realm="a", nonce="b"', "digest realm=a nonce=b"],
      ["Basic", "basic"],
      ['Basic realm="x", Digest realm="a"', "basic realm=x", "digest realm=a"],
      ['Negotiate abc/+==, NTLM, Digest realm="a"', "negotiate", "ntlm", "digest realm=a"],
      ['Digest realm="a", Negotiate', "digest realm=a", "negotiate"],
      ['Digest realm="a, Basic b=\\"c\\"", nonce=d', 'digest realm=a, Basic b="c" nonce=d'],
      ["Digest , , realm = x ,,nonce\t=\ty ,", "digest realm=x nonce=y"],
      [' , Digest realm="a" , Basic', "digest realm=a", "basic"],
      ['DIGEST REALM="Aa",NONCE=""', "digest realm=Aa nonce="],
      ['Digest realm="first", realm="second"', "digest realm=first"],
      ["NTLM , Digest nonce=a", "ntlm", "digest nonce=a"],
      [""],
    ];
    for (const [line, ...challenges] of cases) assertEquals(read(line), challenges, line);
  });

  it("names what is wrong, never a value", () => {
    const cases: readonly (readonly [line: string, fault: string])[] = [
      ['Digest realm="a', 'its parameter "realm" has no closing quote'],
      ['Digest realm="a\\"', 'its parameter "realm" has no closing quote'],
      ['Digest realm="a" nonce="b"', 'what follows its parameter "realm" is no comma'],
      ['Digest realm="a"b, nonce="b"', 'what follows its parameter "realm" is no comma'],
      ['Digest realm=, nonce="s3cret"', 'its parameter "realm" has no value'],
      ['="a"', "no scheme stands at character 1"],
      ['Digest realm="a", ="b"', "no scheme stands at character 19"],
    ];
    for (const [line, fault] of cases) {
      assertThrows(() => parseChallenges(line), ChallengeError, fault, line);
    }
  });

  it("ends with every line of noise, read or refused", () => {
    const alphabet = ['"', "\\", ",", "=", " ", "a", "Digest ", "realm", "\t", "\u00ff", ";"];
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
    for (let i = 0; i < 5000; i++) {
      const line = Array.from({ length: random(20) }, () => alphabet[random(alphabet.length)])
        .join("");
      try {
        parseChallenges(line);
      } catch (error) {
        assertEquals(error instanceof ChallengeError, true, line);
      }
    }
    assertThrows(() => parseChallenges(`Digest a="${"\\a".repeat(100_000)}`), ChallengeError);
  });
});

describe("chooseDigestChallenge()", () => {
  const challenge = (algorithm: string) =>
    `Digest realm="${algorithm}", nonce="n", algorithm=${algorithm}`;

  it("finds none among others, whatever those look like", () => {
    assertEquals(chooseDigestChallenge([]), null);
    assertEquals(chooseDigestChallenge(['Basic realm="a', "Bearer =", "Negotiate"]), null);
    assertEquals(chooseDigestChallenge(['Basic realm="digest of news"']), null);
  });

  it("takes the strongest, from one field line and from many", () => {
    const all = ["MD5", "SHA-256", "SHA-512-256", "SHA", "SHA-512"].map(challenge);
    assertEquals(chooseDigestChallenge(all)?.realm, "SHA-512-256");
    assertEquals(chooseDigestChallenge([all.join(", ")])?.realm, "SHA-512-256");
    assertEquals(chooseDigestChallenge(all.slice(0, 2).reverse())?.realm, "SHA-256");
    assertEquals(chooseDigestChallenge([`Basic realm="x", ${all[0]}`])?.realm, "MD5");
  });

  it("takes the first of equals, and reads algorithms in either case", () => {
    const two = ["md5-SESS", "MD5"].map(challenge);
    const chosen = chooseDigestChallenge(two);
    assertEquals([chosen?.algorithm, chosen?.hash, chosen?.isSession], ["md5-SESS", "md5", true]);
  });

  it("reads every parameter", () => {
    const line = 'Digest realm="r", nonce="n", opaque="o", stale=TRUE, algorithm=SHA-256, ' +
      'qop="auth-int,x", userhash=true, charset=utf-8, domain="/a  http://b.test/c"';
    assertEquals(chooseDigestChallenge([line]), {
      realm: "r",
      nonce: "n",
      opaque: "o",
      algorithm: "SHA-256",
      hash: "sha256",
      isSession: false,
      qop: "auth-int",
      isStale: true,
      wantsUserHash: true,
      isUTF8: true,
      domain: ["/a", "http://b.test/c"],
    });
    const bare = chooseDigestChallenge(['digest realm="", nonce=""']);
    assertEquals([bare?.algorithm, bare?.hash, bare?.qop, bare?.opaque], [null, "md5", null, null]);
  });

  it("prefers auth to auth-int, and passes over what it does not know", () => {
    const qop = (value: string) =>
      chooseDigestChallenge([`Digest realm="r", nonce="n", qop=${value}`])?.qop;
    assertEquals(['"auth-int, AUTH"', "auth", '"new,auth-int"', '""'].map(qop), [
      "auth",
      "auth",
      "auth-int",
      null,
    ]);
  });

  it("says what is wrong where none can be answered, and only there", () => {
    const broken: readonly (readonly [line: string, fault: string])[] = [
      ['Digest nonce="n"', "it has no realm"],
      ['Digest realm="r"', "it has no nonce"],
      ['Digest realm="r", nonce="n', 'its parameter "nonce" has no closing quote'],
      [challenge("MD6"), "its algorithm is none of MD5, SHA, SHA-256, SHA-512, SHA-512-256, with"],
      ['Digest realm="r", nonce="n", qop="new"', "its qop is neither auth nor auth-int"],
      ["Digest", "it has no realm"],
    ];
    for (const [line, fault] of broken) {
      assertThrows(() => chooseDigestChallenge([line]), ChallengeError, fault);
      assertEquals(chooseDigestChallenge([line, challenge("MD5")])?.hash, "md5", line);
    }
  });
});

describe("parseParameterList()", () => {
  it("reads Authentication-Info (RFC 7616 §3.5)", () => {
    const info = parseParameterList('nextnonce="a b", qop=auth, nc=00000001');
    assertEquals(Array.from(info), [["nextnonce", "a b"], ["qop", "auth"], ["nc", "00000001"]]);
    assertEquals(parseParameterList("").size, 0);
    assertThrows(() => parseParameterList("a=b, c"), ChallengeError, "no parameter stands at");
  });
});
