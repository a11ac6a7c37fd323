/** What `console.log` shows of everything public: something to read, and no secret. */
import * as httpx from "@httpx/httpx";
import { SyncClient } from "@httpx/httpx/sync";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { inspect } from "node:util";

const SECRET = "pa55word";
const host = globalThis as {
  Deno?: { inspect(value: unknown): string };
  Bun?: { inspect(value: unknown): string };
};

/** As `console.log` writes it. */
function shown(value: unknown): string {
  return host.Deno?.inspect(value) ?? host.Bun?.inspect(value) ?? inspect(value);
}

const url = `https://ada:${SECRET}@a.test/v1/?token=${SECRET}`;
const secretHeaders = { authorization: SECRET, cookie: `sid=${SECRET}`, "x-api-key": SECRET };
const transport = new httpx.MockTransport(() => new httpx.Response(200));
const request = new httpx.Request("GET", url, { headers: secretHeaders });
const response = new httpx.Response(404, {
  request,
  headers: { "set-cookie": `sid=${SECRET}` },
});

/** Each object, and what shall be read of it. */
const SHOWN: readonly (readonly [value: unknown, text: string])[] = [
  [new httpx.Client({ transport }), "<Client()>"],
  [
    new httpx.Client({ auth: ["ada", SECRET], headers: secretHeaders, params: { token: SECRET } }),
    "<Client()>",
  ],
  [
    new httpx.Client({ baseURL: `https://ada:${SECRET}@a.test/v1` }),
    '<Client("https://ada:[secure]@a.test/v1/")>',
  ],
  [new httpx.Client({ proxy: `http://ada:${SECRET}@proxy.test` }), "<Client()>"],
  [
    new SyncClient({ baseURL: `https://ada:${SECRET}@a.test/v1` }),
    '<SyncClient("https://ada:[secure]@a.test/v1/")>',
  ],
  [response, "<Response [404 Not Found]>"],
  [request, '<Request("GET", "https://ada:[secure]@a.test/v1/?token=[secure]")>'],
  [request.headers, 'host: "a.test", authorization: "[secure]", cookie: "[secure]"'],
  [response.headers, '"set-cookie": "[secure]"'],
  [new httpx.Cookies({ sid: SECRET }), "sid=[secure]"],
  [new httpx.QueryParams({ q: "deno", token: SECRET }), "q=deno&token=[secure]"],
  [
    new httpx.Proxy(`http://ada:${SECRET}@proxy.test`),
    '<Proxy("http://ada:[secure]@proxy.test:80")>',
  ],
  [new httpx.Timeout(5000), "Timeout(5000)"],
  [new httpx.BasicAuth("ada", SECRET), "BasicAuth"],
  [new httpx.DigestAuth("ada", SECRET), "DigestAuth"],
  [new httpx.BearerAuth(SECRET), "BearerAuth"],
  [
    new httpx.OAuth2ClientCredentials({
      tokenURL: "https://a.test/token",
      clientId: "ada",
      clientSecret: SECRET,
    }),
    "OAuth2ClientCredentials",
  ],
  [new httpx.HTTPTransport({ proxy: `http://ada:${SECRET}@proxy.test` }), "HTTPTransport"],
  [new httpx.FetchTransport(), "FetchTransport"],
  [transport, "MockTransport"],
  [new httpx.AppTransport(() => new Response()), "AppTransport"],
  [httpx.createTLSContext(), "TLSContext"],
  [new httpx.HTTPStatusError("not found", { request, response }), "HTTPStatusError: not found"],
  [new httpx.ConnectError("refused", { request, peer: "a.test:443" }), "ConnectError: refused"],
];

describe("console.log()", () => {
  for (const [value, text] of SHOWN) {
    it(`shows ${text}`, () => {
      const line = shown(value);
      assert(line.includes(text), line);
      assertEquals(line.includes(SECRET), false, line);
      assertEquals(`${value}`.includes(SECRET) && !(value instanceof httpx.QueryParams), false);
    });
  }

  it("shows whether a client is closed", async () => {
    const client = new httpx.Client({ transport });
    await client.close();
    assertEquals(shown(client), "<Client() closed>");
  });
});
