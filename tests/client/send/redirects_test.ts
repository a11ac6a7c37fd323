import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { provenanceOf, withoutProvenance } from "../../../src/client/send/provenance.ts";
import {
  checkReplayable,
  isUpgrade,
  redirectMethod,
  redirectRequest,
  redirectURL,
} from "../../../src/client/send/redirects.ts";
import { RemoteProtocolError, StreamConsumed, UnsupportedProtocol } from "../../../src/errors.ts";
import { bodySourceOf, Request, type RequestInit } from "../../../src/message/request.ts";
import { Response } from "../../../src/message/response/response.ts";

const STATUSES = [301, 302, 303, 307, 308];

function redirected(
  { method = "GET", from = "https://a.test/x", to = "/y", status = 302, init = {} }: {
    method?: string;
    from?: string;
    to?: string;
    status?: number;
    init?: RequestInit;
  },
): Request {
  const request = new Request(method, from, init);
  return redirectRequest(new Response(status, { headers: { location: to }, request }), "httpx");
}

function urlAfter(from: string, location: string): string {
  return redirectURL(location, new Request("GET", from)).href;
}

describe("redirectMethod()", () => {
  // One row for each method: what becomes of it on 301, 302, 303, 307, 308.
  const httpx: Record<string, string> = {
    GET: "GET GET GET GET GET",
    HEAD: "HEAD HEAD HEAD HEAD HEAD",
    POST: "GET GET GET POST POST",
    PUT: "PUT GET GET PUT PUT",
    PATCH: "PATCH GET GET PATCH PATCH",
    DELETE: "DELETE GET GET DELETE DELETE",
    OPTIONS: "OPTIONS GET GET OPTIONS OPTIONS",
    QUERY: "QUERY QUERY GET QUERY QUERY",
  };
  const fetch: Record<string, string> = {
    ...httpx,
    PUT: "PUT PUT GET PUT PUT",
    PATCH: "PATCH PATCH GET PATCH PATCH",
    DELETE: "DELETE DELETE GET DELETE DELETE",
    OPTIONS: "OPTIONS OPTIONS GET OPTIONS OPTIONS",
  };
  for (const [rules, table] of [["httpx", httpx], ["fetch", fetch]] as const) {
    for (const [method, expected] of Object.entries(table)) {
      it(`makes of ${method}, by the rules of ${rules}, ${expected}`, () => {
        const after = STATUSES.map((status) => redirectMethod(method, { status, rules }));
        assertEquals(after.join(" "), expected);
      });
    }
  }
});

describe("redirectURL()", () => {
  const table: [from: string, location: string, expected: string][] = [
    ["https://a.test/x/y?q", "/z", "https://a.test/z"],
    ["https://a.test/x/y?q", "z", "https://a.test/x/z"],
    ["https://a.test/x/y?q", "?r", "https://a.test/x/y?r"],
    ["https://a.test/x/y?q", "", "https://a.test/x/y?q"],
    ["https://a.test/x", "//b.test/z", "https://b.test/z"],
    ["https://a.test/x", "http://b.test:81", "http://b.test:81/"],
    ["https://a.test/x#f", "/z", "https://a.test/z#f"],
    ["https://a.test/x#f", "/z#g", "https://a.test/z#g"],
    ["https://a.test/x#f", "/z#", "https://a.test/z#"],
    ["https://a.test/x", "/käse?ä", "https://a.test/k%C3%A4se?%C3%A4"],
    ["https://a.test/x", "/a%2Fb", "https://a.test/a%2Fb"],
    // no host after the scheme: the request's
    ["https://a.test/x", "https:/z", "https://a.test/z"],
    ["https://a.test/x", "https:///z", "https://a.test/z"],
    ["http://a.test:81/x", "http:///z", "http://a.test:81/z"],
    ["http://a.test:81/x", "https:///z", "https://a.test/z"],
    ["http://a.test/x", "HTTPS:/z", "https://a.test/z"],
    ["https://a.test:81/x", "https://:443/", "https://a.test/"],
    ["https://a.test:81/x", "https://:444/", "https://a.test:444/"],
    ["https://a.test:81/x", "http://:80/x", "http://a.test/x"],
    ["https://a.test:81/x", "//:82?q", "https://a.test:82/?q"],
    ["https://a.test:81/x", "///x", "https://a.test:81/x"],
    ["https://a.test:81/x", "https://?q", "https://a.test:81/?q"],
    ["http://[::1]:81/x", "https:///z", "https://[::1]/z"],
    // what the URL standard takes for a host stays one
    ["https://a.test/x", "////b.test", "https://b.test/"],
    // credentials: those of Location, and for the same server alone
    ["https://u:p@a.test/x", "/y", "https://a.test/y"],
    ["https://u:p@a.test/x", "https://v:q@a.test/y", "https://v:q@a.test/y"],
    ["https://u:p@a.test/x", "//v:q@b.test/y", "https://b.test/y"],
  ];
  for (const [from, location, expected] of table) {
    it(`reads ${JSON.stringify(location)} at ${from} as ${expected}`, () => {
      assertEquals(urlAfter(from, location), expected);
    });
  }

  it("refuses what is no URL, without showing secrets", () => {
    const error = assertThrows(
      () => urlAfter("https://u:secret@a.test/x", "https://me:hidden@b.test:port/"),
      RemoteProtocolError,
      "Cannot follow the redirect of GET https://u:[secure]@a.test/x: its Location is not a URL",
    );
    assert(!error.message.includes("secret@") && !error.message.includes("hidden"));
    assertEquals([error.request?.url, error.cause], ["https://u:secret@a.test/x", undefined]);
  });

  it("refuses a user name with a colon, which no server could tell from the password", () => {
    assertThrows(
      () => urlAfter("https://a.test/x", "https://a%3Ab:c@a.test/"),
      RemoteProtocolError,
    );
  });

  it("refuses a location that is longer than a URL may be", () => {
    const rest = 65_536 - "https://a.test/".length;
    assertEquals(urlAfter("https://a.test/x", `/${"y".repeat(rest)}`).length, 65_536);
    const location = `/${"y".repeat(rest + 1)}`;
    assertThrows(() => urlAfter("https://a.test/x", location), RemoteProtocolError);
  });

  for (const location of ["ftp://a.test/x", "file:///etc/passwd", "javascript:1", "data:,x"]) {
    it(`refuses ${location}`, () => {
      assertThrows(
        () => urlAfter("https://a.test/x", location),
        UnsupportedProtocol,
        "only http and https are followed",
      );
    });
  }

  it("refuses a host that is longer than any name, not one with long credentials", () => {
    const request = new Request("GET", "https://a.test/x");
    const user = "u".repeat(4000);
    assertEquals(redirectURL(`https://${user}@b.test/`, request).hostname, "b.test");
    for (const start of ["https://", "//", "\\\\", "HTTP:///"]) {
      const location = `${start}${"é.".repeat(2100)}test/`;
      assertThrows(
        () => redirectURL(location, request),
        RemoteProtocolError,
        "its Location is not a URL",
      );
    }
  });
});

describe("isUpgrade()", () => {
  const table: [from: string, to: string, expected: boolean][] = [
    ["http://a.test", "https://a.test", true],
    ["http://a.test:80", "https://a.test:443/x", true],
    ["https://a.test", "http://a.test", false],
    ["http://a.test", "https://b.test", false],
    ["http://a.test", "https://www.a.test", false],
    ["http://a.test:8080", "https://a.test", false],
    ["http://a.test", "https://a.test:8443", false],
    ["http://a.test", "http://a.test", false],
  ];
  for (const [from, to, expected] of table) {
    it(`${from} to ${to}: ${expected}`, () => {
      assertEquals(isUpgrade(new URL(from), new URL(to)), expected);
    });
  }
});

describe("redirectRequest()", () => {
  const secrets = {
    Authorization: "Basic eDp5",
    "Proxy-Authorization": "Basic eDp5",
    Cookie: "a=1",
    "X-Other": "stays",
  };
  const names = ["authorization", "proxy-authorization", "cookie", "x-other"];
  const origins: [to: string, kept: boolean][] = [
    ["/y", true],
    ["http://a.test:80/y", true],
    ["https://a.test/y", true],
    ["https://a.test:8443/y", false],
    ["http://b.test/y", false],
    ["http://a.test:81/y", false],
    ["http://www.a.test/y", false],
  ];
  for (const [to, kept] of origins) {
    it(`${kept ? "keeps" : "strips"} credentials from http://a.test to ${to}`, () => {
      const { headers } = redirected({ from: "http://a.test/x", to, init: { headers: secrets } });
      const left = names.filter((name) => headers.has(name));
      assertEquals(left, kept ? names : ["x-other"]);
    });
  }

  const locations: [to: string, sent: string | null][] = [
    ["http://v:q@a.test/y", `Basic ${btoa("v:q")}`],
    ["http://%76:q%40@a.test/y", `Basic ${btoa("v:q@")}`],
    ["https://v:q@a.test/y", `Basic ${btoa("v:q")}`],
    ["http://v:q@b.test/y", null],
    ["/y", secrets.Authorization],
  ];
  for (const [to, sent] of locations) {
    it(`from http://u:p@a.test to ${to} sends ${sent}`, () => {
      const from = "http://u:p@a.test/x";
      const next = redirected({ from, to, init: { headers: secrets } });
      assertEquals(next.headers.get("authorization"), sent);
      assertEquals(provenanceOf(next).refusesClientAuth, to !== "/y");
    });
  }

  it("drops Digest credentials on every redirect: they are made for one URI", () => {
    const kept = (authorization: string) =>
      redirected({ init: { headers: { authorization } } }).headers.get("authorization");
    assertEquals(["Digest username=x", "digest uri=y", "Bearer Digest"].map(kept), [
      ...[null, null, "Bearer Digest"],
    ]);
  });

  it("rebuilds Host in its place, and keeps one given by hand within the origin", () => {
    const there = redirected({ to: "http://b.test:81/y", init: { headers: { "X-A": "1" } } });
    assertEquals(there.headers.lines, ["Host", "b.test:81", "X-A", "1"]);
    const here = redirected({ to: "/y", init: { headers: { Host: "virtual.test" } } });
    assertEquals(here.headers.get("host"), "virtual.test");
  });

  const bodies: [kind: string, init: () => RequestInit][] = [
    ["bytes", () => ({ content: new Uint8Array([104, 105]) })],
    ["text", () => ({ content: "hi" })],
    ["JSON", () => ({ json: 1 })],
    ["a form", () => ({ data: { a: "1" } })],
    ["multipart", () => ({ files: { a: new Blob(["hi"]) } })],
    ["a Blob", () => ({ content: new Blob(["hi"], { type: "text/plain" }) })],
    ["a stream", () => ({ content: new Blob(["hi"]).stream() })],
  ];
  for (const [kind, init] of bodies) {
    for (const status of STATUSES) {
      const keeps = status >= 307;
      it(`${keeps ? "keeps" : "drops"} ${kind} of POST on ${status}, its fields with it`, () => {
        const request = new Request("POST", "https://a.test/x", {
          ...init(),
          headers: { "Content-Language": "en" },
        });
        const response = new Response(status, { headers: { location: "/y" }, request });
        const next = redirectRequest(response, "httpx");
        assertStrictEquals(bodySourceOf(next), keeps ? bodySourceOf(request) : null);
        assertEquals(next.method, keeps ? "POST" : "GET");
        const fields = next.headers.lines.filter((_, i) => i % 2 === 0);
        assertEquals(
          fields,
          keeps ? request.headers.lines.filter((_, i) => i % 2 === 0) : ["Host"],
        );
      });
    }
  }

  it("keeps the body of a GET", () => {
    const next = redirected({ init: { content: "hi" } });
    assertEquals([next.headers.get("content-length"), next.content.length], ["2", 2]);
  });

  it("hands the signal and the extensions on, but for those of one URL or host", () => {
    const { signal } = new AbortController();
    const trace = () => {};
    const extensions = { trace, target: "*", sni_hostname: "s.test" };
    const here = redirected({ init: { signal, extensions } });
    assertStrictEquals(here.signal, signal);
    assertEquals(here.extensions, { trace, sni_hostname: "s.test" });
    const there = redirected({ to: "https://b.test", init: { extensions } });
    assertEquals(withoutProvenance(there), { trace });
    assertEquals([here, there].map((next) => provenanceOf(next).refusesClientAuth), [false, true]);
    assertEquals(Object.keys(extensions).length, 3);
  });

  it("takes the first of several Location lines", () => {
    const request = new Request("GET", "https://a.test/");
    const headers: [string, string][] = [["Location", "/one"], ["Location", "/two"]];
    const next = redirectRequest(new Response(302, { headers, request }), "httpx");
    assertEquals(next.url, "https://a.test/one");
  });
});

describe("checkReplayable()", () => {
  it("lets bodies in memory and none at all pass", () => {
    for (const content of [undefined, "hi", new Uint8Array(1), new Blob(["hi"])]) {
      const request = new Request("POST", "https://a.test/", { content });
      assertEquals(checkReplayable(request), undefined);
    }
  });

  it("refuses a stream, with the way out", () => {
    const content = new Blob(["hi"]).stream();
    assertThrows(
      () => checkReplayable(new Request("POST", "https://a.test/y", { content })),
      StreamConsumed,
      "Cannot follow the redirect to POST https://a.test/y: a stream or an iterator is read once; " +
        "give bytes, a Blob or a file",
    );
  });
});
