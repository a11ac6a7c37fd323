import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { BasicAuth } from "../../src/auth/basic.ts";
import { Request } from "../../src/message/request.ts";
import { Response } from "../../src/message/response/response.ts";

function authorization(username: string, password: string): string | null {
  const request = new Request("GET", "https://a.test/");
  const flow = new BasicAuth(username, password).authFlow(request);
  assertEquals([flow.next().value, flow.next(new Response(401)).done], [request, true]);
  return request.headers.get("authorization");
}

describe("BasicAuth", () => {
  it("sends user name and password with the one request of its flow (RFC 7617 §2)", () => {
    assertEquals(authorization("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  });

  it("sends them as UTF-8 (RFC 7617 §2.1)", () => {
    assertEquals(authorization("test", "123£"), "Basic dGVzdDoxMjPCow==");
  });

  it("replaces an Authorization header", () => {
    const headers = { authorization: "Bearer x" };
    const request = new Request("GET", "https://a.test/", { headers });
    new BasicAuth("u", "").authFlow(request).next();
    assertEquals(request.headers.getList("authorization"), [`Basic ${btoa("u:")}`]);
  });

  it("refuses a colon in the user name when it is made", () => {
    assertThrows(() => new BasicAuth("a:b", "c"), TypeError, "contains a colon");
  });

  it("shows no secret when it is printed", () => {
    assertEquals(JSON.stringify(new BasicAuth("user", "secret")).includes("secret"), false);
  });
});
