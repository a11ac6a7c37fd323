import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { carryCookies, mergeCookies } from "../../../src/client/send/cookie_header.ts";
import { recordProvenance } from "../../../src/client/send/provenance.ts";
import { redirectRequest } from "../../../src/client/send/redirects.ts";
import { Cookies } from "../../../src/message/cookies/jar.ts";
import { Request } from "../../../src/message/request.ts";
import { Response } from "../../../src/message/response/response.ts";

describe("mergeCookies()", () => {
  const table: [own: string | null, fromJar: string | null, expected: string | null][] = [
    [null, null, null],
    ["a=1", null, "a=1"],
    [null, "a=1; b=2", "a=1; b=2"],
    ["a=1", "b=2; c=3", "a=1; b=2; c=3"],
    ["a=1", "a=2; b=3", "a=1; b=3"],
    ["a=1;b=2", "b=3", "a=1;b=2"],
    ["a=1", "A=2", "a=1; A=2"],
    ["a=x=y", "a=2", "a=x=y"],
  ];
  for (const [own, fromJar, expected] of table) {
    it(`${own} before ${fromJar}: ${expected}`, () => {
      assertEquals(mergeCookies(own, fromJar), expected);
    });
  }
});

/** The `Cookie` of the request after a redirect. */
function carried(
  { cookie, own, jar = {}, to = "/y", setCookie = [] }: {
    cookie?: string;
    /** What of it the caller gave; left out, the request was made by hand. */
    own?: string | null;
    jar?: Record<string, string>;
    to?: string;
    setCookie?: string[];
  },
): string | null {
  const cookies = new Cookies(jar);
  const headers = cookie === undefined ? {} : { cookie };
  const request = new Request("GET", "https://a.test/x", { headers });
  if (own !== undefined) recordProvenance(request, { cookies: { header: cookie ?? "", own } });
  const response = new Response(302, {
    headers: { location: to, "set-cookie": setCookie },
    request,
  });
  cookies.extractFrom(request.parsedURL, setCookie);
  const next = redirectRequest(response, "httpx");
  carryCookies(next, { response, jar: cookies });
  return next.headers.get("cookie");
}

describe("carryCookies()", () => {
  it("asks the jar again", () => {
    assertEquals(carried({ cookie: "s=1", own: null, jar: { s: "1" } }), "s=1");
    assertEquals(carried({ cookie: "s=1", own: null }), null);
    assertEquals(carried({ jar: { s: "1" }, to: "https://b.test/" }), "s=1");
  });

  it("takes along what the response set", () => {
    assertEquals(carried({ setCookie: ["s=2"] }), "s=2");
    assertEquals(carried({ setCookie: ["s=2"], to: "https://b.test/" }), null);
    assertEquals(carried({ setCookie: ["s=2; Path=/z"] }), null);
  });

  it("keeps the caller's own within the origin, and from http to https of a host", () => {
    assertEquals(carried({ cookie: "o=1; s=2", own: "o=1", jar: { s: "3" } }), "o=1; s=3");
    assertEquals(carried({ cookie: "byhand=1" }), "byhand=1");
    assertEquals(carried({ cookie: "byhand=1", to: "https://b.test/" }), null);
    assertEquals(carried({ cookie: "o=1", own: "o=1", to: "http://a.test/" }), null);
  });

  it("replaces the caller's own by what the response set under their name", () => {
    assertEquals(
      carried({ cookie: "o=1; p=2", own: "o=1; p=2", setCookie: ["o=9"] }),
      "p=2; o=9",
    );
    assertEquals(carried({ cookie: "o=1", own: "o=1", setCookie: ["o=; Max-Age=0"] }), null);
  });

  it("takes a header that a hook changed as given by hand", () => {
    const request = new Request("GET", "https://a.test/x", { headers: { cookie: "s=1" } });
    recordProvenance(request, { cookies: { header: "s=1", own: null } });
    request.headers.set("cookie", "s=1; hook=2");
    const response = new Response(302, { headers: { location: "/y" }, request });
    const next = redirectRequest(response, "httpx");
    carryCookies(next, { response, jar: new Cookies() });
    assertEquals(next.headers.get("cookie"), "s=1; hook=2");
  });

  it("keeps bytes that are no ASCII", () => {
    const jar = new Cookies({ s: "é" });
    const header = jar.headerFor(new URL("https://a.test/")) ?? "";
    const request = new Request("GET", "https://a.test/x", { headers: { Cookie: header } });
    const response = new Response(302, { headers: { location: "/y" }, request });
    const next = redirectRequest(response, "httpx");
    carryCookies(next, { response, jar: new Cookies() });
    assertEquals(next.headers.lines, request.headers.lines);
  });
});
