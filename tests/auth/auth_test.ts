import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Auth } from "../../src/auth/auth.ts";
import { Request } from "../../src/message/request.ts";

describe("Auth", () => {
  it("sends the request as it is, and asks for no body, unless a class says more", () => {
    class Nothing extends Auth {}
    const auth = new Nothing();
    const request = new Request("GET", "https://a.test/");
    const { lines } = request.headers;
    assertEquals([...auth.authFlow(request)], [request]);
    assertEquals(request.headers.lines, lines);
    assertEquals([auth.requiresRequestBody, auth.requiresResponseBody], [false, false]);
    assertEquals(auth.asyncAuthFlow, undefined);
  });
});
