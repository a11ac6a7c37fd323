import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { HTTPStatusError, Request, Response, Timeout } from "@httpx/httpx";
import { readToken, type TokenClient, tokenRequest } from "../../src/auth/token_request.ts";

const CLIENT: TokenClient = {
  url: "https://auth.test/token?tenant=1",
  clientId: "ro bot:1",
  clientSecret: "s3cret/+ &é",
  authMethod: "basic",
  parameters: [["scope", "a b"], ["audience", "https://api.test/"]],
  timeout: new Timeout(1),
};

function asked(client: TokenClient): Request {
  return tokenRequest(client, new Request("GET", "https://a.test/"));
}

async function answered(status: number, content: string, headers = {}): Promise<unknown> {
  const request = asked(CLIENT);
  return await readToken(new Response(status, { content, headers, request }), CLIENT);
}

describe("tokenRequest()", () => {
  it("is RFC 6749's, with form-encoded credentials in Authorization (§2.3.1, §4.4.2)", async () => {
    const request = asked(CLIENT);
    assertEquals([request.method, request.url], ["POST", CLIENT.url]);
    assertEquals(request.headers.get("content-type"), "application/x-www-form-urlencoded");
    assertEquals(
      await request.text(),
      "grant_type=client_credentials&scope=a+b&audience=https%3A%2F%2Fapi.test%2F",
    );
    assertEquals(
      request.headers.get("authorization"),
      `Basic ${btoa("ro+bot%3A1:s3cret%2F%2B+%26%C3%A9")}`,
    );
  });

  it("has the credentials in the form where the server wants them there", async () => {
    const request = asked({ ...CLIENT, authMethod: "post", parameters: [] });
    assertEquals(request.headers.has("authorization"), false);
    assertEquals(
      await request.text(),
      "grant_type=client_credentials&client_id=ro+bot%3A1&client_secret=s3cret%2F%2B+%26%C3%A9",
    );
  });

  it("shares the signal and the User-Agent of the request it is for, and nothing else", () => {
    const { signal } = new AbortController();
    const headers = { "user-agent": "me", cookie: "a=b", "x-own": "c" };
    const request = tokenRequest(
      CLIENT,
      new Request("PUT", "https://a.test/", { headers, signal }),
    );
    assertEquals(Array.from(request.headers.keys()), [
      ...["host", "accept", "content-type", "user-agent", "authorization", "content-length"],
    ]);
    assertEquals([request.headers.get("user-agent"), request.signal], ["me", signal]);
    assertEquals(request.extensions.follow_redirects, false);
  });
});

describe("readToken()", () => {
  const tokens: readonly [answer: Record<string, unknown>, lifetimeMs: number | null][] = [
    [{ access_token: "t", token_type: "Bearer", expires_in: 3600 }, 3_600_000],
    [{ access_token: "t", token_type: "bearer", expires_in: "60", scope: "x" }, 60_000],
    [{ access_token: "t" }, null],
    [{ access_token: "t", expires_in: "soon" }, null],
    [{ access_token: "t", expires_in: -1 }, 0],
    [{ access_token: "t", expires_in: 0 }, 0],
  ];
  for (const [answer, lifetimeMs] of tokens) {
    it(`reads ${JSON.stringify(answer)}`, async () => {
      assertEquals(await answered(200, JSON.stringify(answer)), { value: "t", lifetimeMs });
    });
  }

  const faults: readonly [content: string, fault: string][] = [
    ["", "the answer is no JSON with an access_token"],
    ["<html>", "the answer is no JSON with an access_token"],
    ["null", "the answer is no JSON with an access_token"],
    ['{"access_token":7}', "the answer is no JSON with an access_token"],
    ['{"access_token":"a b"}', "the answer is no JSON with an access_token"],
    ['{"access_token":"t","token_type":"DPoP"}', "the answer's token_type is not Bearer"],
  ];
  for (const [content, fault] of faults) {
    it(`refuses ${JSON.stringify(content)}`, async () => {
      const error = await assertRejects(() => answered(200, content), Error);
      assertEquals(
        error.message,
        `Cannot get a token from https://auth.test/token?tenant=1: ${fault}`,
      );
    });
  }

  const refusals: readonly [status: number, content: string, facts: string][] = [
    [401, '{"error":"invalid_client"}', "401 Unauthorized: invalid_client"],
    [
      400,
      '{"error":"invalid_scope","error_description":"No such\\nscope: x."}',
      "400 Bad Request: invalid_scope: No such scope: x",
    ],
    [
      403,
      '{"error":"e","error_description":"got s3cret/+ &é and s3cret%2F%2B+%26%C3%A9"}',
      "403 Forbidden: e: got [secure] and [secure]",
    ],
    [500, "oops", "500 Internal Server Error"],
    [302, "", "302 Found: redirects are not followed with a client's secret"],
  ];
  for (const [status, content, facts] of refusals) {
    it(`says why it was refused: ${facts}`, async () => {
      const headers = status === 302 ? { location: "https://b.test/" } : {};
      const error = await assertRejects(() => answered(status, content, headers), HTTPStatusError);
      const start = "Cannot get a token from https://auth.test/token?tenant=1: ";
      assertEquals([error.message, error.response.status], [start + facts, status]);
    });
  }

  it("shows nothing of what the server says back of the credentials", () => {
    const request = asked(CLIENT);
    const [, sent = ""] = (request.headers.get("authorization") ?? "").split(" ");
    const extensions = { reason_phrase: `no ${sent} and s3cret/+ &é` };
    const error = assertThrows(() => readToken(new Response(403, { request, extensions }), CLIENT));
    const start = "Cannot get a token from https://auth.test/token?tenant=1: ";
    assertEquals((error as Error).message, `${start}403 no [secure] and [secure]`);
  });

  it("cuts long descriptions", async () => {
    const content = JSON.stringify({ error: "e", error_description: "x".repeat(9999) });
    const error = await assertRejects(() => answered(400, content), HTTPStatusError);
    assertEquals(error.message.length < 300, true);
  });
});
