import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type AuthFunction, FunctionAuth } from "../../src/auth/function.ts";
import { Request } from "../../src/message/request.ts";

async function flow(sign: AuthFunction, request: Request): Promise<Request[]> {
  const requests: Request[] = [];
  for await (const next of new FunctionAuth(sign).asyncAuthFlow(request)) requests.push(next);
  return requests;
}

describe("FunctionAuth", () => {
  const request = new Request("GET", "https://a.test/");

  it("sends what the function returns, once", async () => {
    const other = new Request("GET", "https://b.test/");
    assertEquals(await flow((request) => request, request), [request]);
    const [sent] = await flow(() => Promise.resolve(other), request);
    assertStrictEquals(sent, other);
  });

  it("says what to do where the function returns nothing", async () => {
    await assertRejects(
      () => flow((() => {}) as unknown as AuthFunction, request),
      TypeError,
      "Cannot send what the auth function returned, of type undefined: return the request",
    );
  });
});
