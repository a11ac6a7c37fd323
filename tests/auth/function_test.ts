import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type AuthFunction, FunctionAuth } from "../../src/auth/function.ts";
import { Request } from "../../src/message/request.ts";
import { Response } from "../../src/message/response/response.ts";

async function signed(sign: AuthFunction, request: Request): Promise<Request | void> {
  const flow = new FunctionAuth(sign).asyncAuthFlow(request);
  const { value } = await flow.next();
  assertEquals((await flow.next(new Response(401))).done, true);
  return value;
}

describe("FunctionAuth", () => {
  const request = new Request("GET", "https://a.test/");

  it("sends what the function returns, once", async () => {
    const other = new Request("GET", "https://b.test/");
    assertStrictEquals(await signed((request) => request, request), request);
    assertStrictEquals(await signed(() => Promise.resolve(other), request), other);
  });

  it("says what to do where the function returns nothing", async () => {
    await assertRejects(
      () => signed((() => {}) as unknown as AuthFunction, request),
      TypeError,
      "Cannot send what the auth function returned, of type undefined: return the request",
    );
  });
});
