import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { parseCookieDate } from "../../src/message/cookies/cookie_date.ts";
import { Cookies } from "../../src/message/cookies/jar.ts";
import { isPublicSuffix } from "../../src/message/cookies/public_suffix/public_suffix.ts";
import { parseSetCookie } from "../../src/message/cookies/set_cookie.ts";
import { assertLinear } from "./growth.ts";

/** Bytes of a response head (wire/http1 and wire/http2 take no more). */
const HEAD_BYTES = 102_400;

const PLAIN = new URL("http://evil.example/");
const SECURE = new URL("https://evil.example/");

/** As many lines as fit into `size` bytes of a head. */
function lines(size: number, line: (index: number) => string): string[] {
  const made: string[] = [];
  for (let left = size; left > 0; left -= "Set-Cookie: \r\n".length + (made.at(-1)?.length ?? 0)) {
    made.push(line(made.length));
  }
  return made;
}

/** A jar in which servers have set as many cookies as they may. */
function fullJar(attributes = "", nameOf = (index: number) => `c${index}`): Cookies {
  const jar = new Cookies(null, { isPublicSuffix });
  for (let host = 0; host < 17; host++) {
    const set = Array.from({ length: 180 }, (_, i) => `${nameOf(i)}=1${attributes}`);
    jar.extractFrom(new URL(`https://a${host}.evil.example/`), set);
  }
  return jar;
}

/** The values that a response sets, in a jar of its own each time. */
function setting(makeJar: () => Cookies, line: (index: number) => string, url = PLAIN) {
  const jar = makeJar();
  return {
    make: (size: number) => ({ set: lines(size, line) }),
    run({ set }: { set: string[] }) {
      jar.extractFrom(url, set);
      jar.headerFor(url);
    },
    limit: HEAD_BYTES,
  };
}

describe("the cost of Set-Cookie", () => {
  it("is linear in an empty jar", () =>
    assertLinear(setting(() => new Cookies(), (i) => `d${i}=1`)));

  it("is linear in a full jar", () => assertLinear(setting(fullJar, (i) => `d${i}=1`)));

  it("is linear in a full jar without a crowded domain", () => {
    const spread = () => {
      const jar = new Cookies();
      for (let host = 0; host < 100; host++) {
        jar.extractFrom(new URL(`https://a${host}.example/`), lines(700, (i) => `c${i}=1`));
      }
      return jar;
    };
    return assertLinear(setting(spread, (i) => `d${i}=1`));
  });

  it("is linear in a jar of 10,000 cookies of the program", () => {
    const own = () => {
      const jar = new Cookies();
      for (let i = 0; i < 10_000; i++) jar.set(`k${i}`, "v", { domain: `d${i % 100}.example` });
      return jar;
    };
    return assertLinear(setting(own, (i) => `d${i}=1`));
  });

  it("is linear without TLS beside thousands of secure cookies of the same name", () => {
    const secure = () => fullJar("; Secure; Path=/p", () => "s");
    return assertLinear(setting(secure, (i) => `s=1; Path=/${i}; Domain=evil.example`));
  });

  it("is linear without TLS beside secure cookies of the same name and many paths", () => {
    let path = 0;
    const secure = () => fullJar("", () => `s=1; Secure; Path=${"/".repeat(1 + path++ % 1000)}`);
    return assertLinear(setting(secure, () => `s=1; Path=${"/".repeat(1000)}`));
  });

  it("is linear for domains of unknown registries", () => {
    const url = new URL("https://a.b.unlisted/");
    const jar = () => new Cookies(null, { isPublicSuffix });
    return assertLinear(setting(jar, (i) => `d${i}=1; Domain=b.unlisted`, url));
  });

  it("is linear for domains of dots", () => {
    const domain = `a${".".repeat(1000)}x`;
    return assertLinear(setting(() => new Cookies(), () => `d=1; Domain=${domain}`, SECURE));
  });

  it("is linear for one cookie of many attributes", () =>
    assertLinear({
      make: (size) =>
        ["; expires=1", ";", "; a=b", "; domain=."].map((a) => "a=b" + a.repeat(size / 8)),
      run: (texts) => texts.forEach((text) => parseSetCookie(text)),
      limit: HEAD_BYTES,
    }));
});

describe("the cost of a cookie date", () => {
  it("is linear", () =>
    assertLinear({
      make: (size) => [" ", "1:", "1", "a ", "-"].map((part) => part.repeat(size / part.length)),
      run: (texts) => texts.forEach((text) => parseCookieDate(text)),
      limit: HEAD_BYTES,
    }));
});

describe("the cost of Cookie", () => {
  it("is linear in the labels of a host", () => {
    const jar = new Cookies({ a: "1" });
    return assertLinear({
      make: (size) => new URL(`http://${"a.".repeat(size / 2)}example/`),
      run: (url) => {
        assertEquals(jar.headerFor(url), "a=1");
        jar.extractFrom(url, ["b=1; Max-Age=0"]);
      },
      limit: 65_536,
    });
  });

  it("is linear in the cookies of the program", () => {
    const url = new URL("http://h.example/");
    return assertLinear({
      make(size) {
        const jar = new Cookies();
        for (let i = 0; i < size; i++) jar.set(`k${i}`, "v", { domain: "h.example" });
        return jar;
      },
      run: (jar) => jar.headerFor(url),
      limit: 20_000,
    });
  });
});
