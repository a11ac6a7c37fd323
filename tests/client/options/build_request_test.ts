import { assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  buildRequest,
  type Defaults,
  withTimeout,
} from "../../../src/client/options/build_request.ts";
import { checkBaseURL } from "../../../src/client/options/checks.ts";
import type { BodiedOptions } from "../../../src/client/options/options.ts";
import { UnsupportedProtocol } from "../../../src/errors.ts";
import { Cookies, type CookiesInit } from "../../../src/message/cookies/jar.ts";
import { Headers, type HeadersInit } from "../../../src/message/headers.ts";
import { QueryParams, type QueryParamsInit } from "../../../src/message/query_params.ts";
import type { Request } from "../../../src/message/request.ts";
import { Timeout, type TimeoutInit } from "../../../src/message/timeout.ts";

const DEFAULT_TIMEOUT = new Timeout(5000);

function defaultsOf(
  { baseURL = "", headers, params, cookies }: {
    baseURL?: string;
    headers?: HeadersInit;
    params?: QueryParamsInit;
    cookies?: CookiesInit;
  } = {},
): Defaults {
  return {
    baseURL: checkBaseURL(baseURL),
    headers: new Headers(headers),
    params: new QueryParams(params),
    cookies: new Cookies(cookies),
    timeout: DEFAULT_TIMEOUT,
    readProxy: (proxy) => proxy,
  };
}

function build(
  url: string | URL,
  options: BodiedOptions = {},
  defaults: Defaults = defaultsOf(),
): Request {
  return buildRequest("GET", { url, options, defaults });
}

describe("buildRequest() joins URLs", () => {
  const table: [base: string, url: string, expected: string][] = [
    ["", "https://b.test/x", "https://b.test/x"],
    ["https://a.test", "x", "https://a.test/x"],
    ["https://a.test", "/x", "https://a.test/x"],
    ["https://a.test/", "x", "https://a.test/x"],
    ["https://a.test/v1", "x", "https://a.test/v1/x"],
    ["https://a.test/v1", "/x", "https://a.test/v1/x"],
    ["https://a.test/v1/", "/x", "https://a.test/v1/x"],
    ["https://a.test/v1", "//x/y", "https://a.test/v1/x/y"],
    ["https://a.test/v1", "", "https://a.test/v1/"],
    ["https://a.test/v1", "?q=1", "https://a.test/v1/?q=1"],
    ["https://a.test/v1", "x?q=1#f", "https://a.test/v1/x?q=1#f"],
    ["https://a.test/v1", "../x", "https://a.test/x"],
    ["https://a.test/v1", "users:batch", "https://a.test/v1/users:batch"],
    ["https://a.test/a%2Fb", "c%2Fd", "https://a.test/a%2Fb/c%2Fd"],
    ["https://a.test/v1", "https://b.test/x", "https://b.test/x"],
    ["https://a.test/v1", "HTTP://b.test/x", "http://b.test/x"],
    ["https://a.test:8443/v1", "x", "https://a.test:8443/v1/x"],
  ];
  for (const [base, url, expected] of table) {
    it(`${JSON.stringify(url)} behind ${JSON.stringify(base)} is ${expected}`, () => {
      assertEquals(build(url, {}, defaultsOf({ baseURL: base })).url, expected);
    });
  }

  it("takes URL objects as absolute", () => {
    const defaults = defaultsOf({ baseURL: "https://a.test/v1" });
    assertEquals(build(new URL("https://b.test/x"), {}, defaults).url, "https://b.test/x");
  });

  it("refuses a URL without scheme, and what is none", () => {
    assertThrows(
      () => build("example.org/x"),
      UnsupportedProtocol,
      'did you mean "https://example.org/x"',
    );
    assertThrows(() => build(7 as unknown as string), TypeError, "the URL is of type number");
    const cookies = { a: "1" };
    assertThrows(() => build("example.org", { cookies }), UnsupportedProtocol);
  });
});

describe("buildRequest() merges params", () => {
  const table: [
    client: QueryParamsInit | undefined,
    own: QueryParamsInit | null | undefined,
    expected: string,
  ][] = [
    [undefined, undefined, "?a=1&b=2"],
    [{ c: 3 }, undefined, "?a=1&b=2&c=3"],
    [{ c: 3 }, null, "?a=1&b=2&c=3"],
    [undefined, { a: 9 }, "?a=9&b=2"],
    [{ a: 8, c: 3 }, { a: 9 }, "?a=9&b=2&c=3"],
    [{ c: [3, 4] }, { c: 5 }, "?a=1&b=2&c=5"],
    [{ c: 3 }, {}, "?a=1&b=2&c=3"],
    ["x=1", [["y", "2 3"]], "?a=1&b=2&x=1&y=2%203"],
    [undefined, new URLSearchParams("b=7&b=8"), "?a=1&b=7&b=8"],
  ];
  for (const [params, own, expected] of table) {
    it(`${JSON.stringify(params)} with ${JSON.stringify(own)}: ${expected}`, () => {
      const defaults = defaultsOf(params === undefined ? {} : { params });
      const url = new URL(build("https://a.test/?a=1&b=2", { params: own }, defaults).url);
      assertEquals(url.search, expected);
    });
  }
});

describe("buildRequest() merges headers", () => {
  const client = { Accept: "*/*", "X-List": ["1", "2"] };
  const table: [own: HeadersInit | null | undefined, expected: string[]][] = [
    [undefined, ["Accept", "*/*", "X-List", "1", "X-List", "2"]],
    [null, ["Accept", "*/*", "X-List", "1", "X-List", "2"]],
    [{ "x-own": "3" }, ["Accept", "*/*", "X-List", "1", "X-List", "2", "x-own", "3"]],
    [{ "x-list": "3" }, ["Accept", "*/*", "x-list", "3"]],
    [{ ACCEPT: ["a", "b"] }, ["X-List", "1", "X-List", "2", "ACCEPT", "a", "ACCEPT", "b"]],
    [[["x-list", "3"], ["X-LIST", "4"]], ["Accept", "*/*", "x-list", "3", "X-LIST", "4"]],
    [new globalThis.Headers({ accept: "x" }), ["X-List", "1", "X-List", "2", "accept", "x"]],
  ];
  for (const [own, expected] of table) {
    it(`${JSON.stringify(own)}: ${expected}`, () => {
      const request = build("https://a.test/", { headers: own }, defaultsOf({ headers: client }));
      assertEquals(request.headers.lines, ["Host", "a.test", ...expected]);
    });
  }

  it("leaves the client's alone", () => {
    const defaults = defaultsOf({ headers: client });
    build("https://a.test/", {}, defaults).headers.set("accept", "x");
    build("https://a.test/", { headers: { accept: "y" }, cookies: { a: "1" } }, defaults);
    assertEquals(defaults.headers.get("accept"), "*/*");
    assertEquals(defaults.headers.has("host") || defaults.headers.has("cookie"), false);
  });

  it("lets a Host given by hand stand", () => {
    assertEquals(build("https://a.test/", { headers: { host: "v.test" } }).headers.lines, [
      "host",
      "v.test",
    ]);
  });
});

describe("buildRequest() merges cookies", () => {
  function cookie(own: CookiesInit | null, jar: CookiesInit, headers: HeadersInit = {}) {
    const options = { cookies: own, headers };
    return build("https://a.test/", options, defaultsOf({ cookies: jar })).headers.get("cookie");
  }

  it("sends the jar's, with the caller's own before them and instead of those of their names", () => {
    assertEquals(cookie(null, {}), null);
    assertEquals(cookie(null, { s: "1" }), "s=1");
    assertEquals(cookie({ o: "2" }, {}), "o=2");
    assertEquals(cookie({ o: "2" }, { s: "1" }), "o=2; s=1");
    assertEquals(cookie({ s: "2" }, { s: "1", t: "3" }), "s=2; t=3");
    assertEquals(cookie([["o", "2"]], {}), "o=2");
  });

  it("adds nothing to a Cookie header given by hand", () => {
    assertEquals(cookie(null, { s: "1" }, { Cookie: "h=1" }), "h=1");
    const defaults = defaultsOf({ cookies: { s: "1" }, headers: { Cookie: "client=1" } });
    assertEquals(build("https://a.test/", {}, defaults).headers.get("cookie"), "client=1");
  });

  it("replaces the client's Cookie header by the caller's own cookies", () => {
    const defaults = defaultsOf({ headers: { Cookie: "client=1" } });
    const request = build("https://a.test/", { cookies: { o: "2" } }, defaults);
    assertEquals(request.headers.getList("cookie"), ["o=2"]);
  });

  it("refuses cookies and a Cookie header at once", () => {
    assertThrows(
      () => cookie({ o: "1" }, {}, { cookie: "h=1" }),
      TypeError,
      "Cannot send cookies and a Cookie header at once",
    );
  });

  it("leaves the jar alone", () => {
    const defaults = defaultsOf({ cookies: { s: "1" } });
    build("https://a.test/", { cookies: { o: "2" } }, defaults);
    assertEquals([...defaults.cookies ?? []], [["s", "1"]]);
  });

  it("asks for cookies of the URL's host and path alone", () => {
    const defaults = defaultsOf();
    defaults.cookies?.set("s", "1", { domain: "a.test", path: "/in" });
    const urls = ["https://a.test/in/x", "https://a.test/out", "https://b.test/in/x"];
    const sent = urls.map((url) => build(url, {}, defaults).headers.get("cookie"));
    assertEquals(sent, ["s=1", null, null]);
  });

  it("stands before the fields of the body", () => {
    const options = { cookies: { o: "1" }, content: "hi" };
    const names = build("https://a.test/", options).headers.lines.filter((_, i) => i % 2 === 0);
    assertEquals(names, ["Host", "Cookie", "Content-Length"]);
  });
});

describe("buildRequest() sets the timeout", () => {
  const trace = () => {};

  function timeout(options: BodiedOptions): unknown {
    return build("https://a.test/", options).extensions.timeout;
  }

  it("from the option, the extension, or the client", () => {
    assertStrictEquals(timeout({}), DEFAULT_TIMEOUT);
    assertEquals(timeout({ timeout: 7 }), new Timeout(7));
    assertEquals(timeout({ timeout: null }), new Timeout(null));
    assertEquals(timeout({ extensions: { timeout: 8 } }), new Timeout(8));
    assertEquals(timeout({ extensions: { timeout: null } }), new Timeout(null));
    assertStrictEquals(timeout({ extensions: { trace } }), DEFAULT_TIMEOUT);
    assertEquals(timeout({ extensions: {}, timeout: 9 }), new Timeout(9));
  });

  it("from an extension by phase, where what is left out has no limit", () => {
    const limits = { connect: 1000, total: 9000 };
    const expected = new Timeout(null, limits);
    assertEquals(timeout({ extensions: { timeout: limits } }), expected);
    assertThrows(
      () => timeout({ extensions: { timeout: { conect: 1 } as TimeoutInit } }),
      TypeError,
      '"conect"',
    );
  });

  it("not from two at once, nor from text", () => {
    assertThrows(() => timeout({ timeout: 1, extensions: { timeout: 2 } }), TypeError, "at once");
    assertThrows(() => timeout({ timeout: "5s" as unknown as number }), TypeError, '"timeout"');
    assertThrows(
      () => timeout({ extensions: { timeout: "5s" as unknown as number } }),
      TypeError,
      '"timeout"',
    );
    assertThrows(() => timeout({ timeout: -1 }), RangeError);
  });

  it("beside `verify`, which is for the transport too", () => {
    const { extensions } = build("https://a.test/", { verify: false, extensions: { trace } });
    assertEquals(extensions, { trace, timeout: DEFAULT_TIMEOUT, verify: false });
  });

  it("beside the other extensions, in a record of its own", () => {
    const extensions = { trace };
    const request = build("https://a.test/", { extensions });
    assertEquals(Object.keys(request.extensions), ["trace", "timeout"]);
    assertEquals(extensions, { trace });
    assertInstanceOf(withTimeout({}, DEFAULT_TIMEOUT).timeout, Timeout);
  });
});

describe("buildRequest() takes one body", () => {
  const bodies: [name: string, options: BodiedOptions][] = [
    ["content", { content: "a" }],
    ["data", { data: { a: "1" } }],
    ["files", { files: { a: new Blob(["x"]) } }],
    ["json", { json: null }],
  ];
  for (const [a, first] of bodies) {
    for (const [b, second] of bodies) {
      if (a === b) continue;
      const isForm = [a, b].every((name) => name === "data" || name === "files");
      it(`${isForm ? "accepts" : "refuses"} ${a} with ${b}`, () => {
        const options = { ...first, ...second } as BodiedOptions;
        if (isForm) return void build("https://a.test/", options);
        const error = assertThrows(() => build("https://a.test/", options), TypeError);
        assertEquals([error.message.includes(a), error.message.includes(b)], [true, true]);
      });
    }
  }

  it("excludes by type what it refuses", () => {
    // @ts-expect-error -- content and json exclude each other
    const contentAndJSON: BodiedOptions = { content: "a", json: 1 };
    // @ts-expect-error -- data and json exclude each other
    const dataAndJSON: BodiedOptions = { data: { a: 1 }, json: 1 };
    // @ts-expect-error -- files and content exclude each other
    const filesAndContent: BodiedOptions = { files: {}, content: "a" };
    const form: BodiedOptions = { data: { a: 1 }, files: {} };
    assertEquals([contentAndJSON, dataAndJSON, filesAndContent, form].length, 4);
  });

  it("refuses a signal that is a controller", () => {
    const signal = new AbortController() as unknown as AbortSignal;
    assertThrows(() => build("https://a.test/", { signal }), TypeError, "not its controller");
  });
});
