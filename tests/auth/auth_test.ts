import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Auth } from "../../src/auth/auth.ts";
import { Request } from "../../src/message/request.ts";
import { Response } from "../../src/message/response/response.ts";

describe("Auth", () => {
  it("sends the request as it is, and asks for no body, unless a class says more", () => {
    class Nothing extends Auth {}
    const auth = new Nothing();
    const request = new Request("GET", "https://a.test/");
    const { lines } = request.headers;
    const flow = auth.authFlow(request);
    assertEquals([flow.next().value, flow.next(new Response(200)).done], [request, true]);
    assertEquals(request.headers.lines, lines);
    assertEquals([auth.requiresRequestBody, auth.requiresResponseBody], [false, false]);
    assertEquals(auth.asyncAuthFlow, undefined);
  });
});
