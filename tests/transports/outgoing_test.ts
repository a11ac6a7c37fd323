import { Request } from "@httpx/httpx";
import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { toOutgoing } from "../../src/transports/outgoing.ts";

describe("toOutgoing()", () => {
  const fieldsOf = (request: Request) => toOutgoing(request, { kind: "direct" }).fields;

  it("sends Host before all others, also where the caller or a hook gave it", () => {
    const headers = { "X-A": "1", "host": "other.test", "X-B": "2" };
    const request = new Request("GET", "https://example.org/", { headers });
    assertEquals(fieldsOf(request), ["host", "other.test", "X-A", "1", "X-B", "2"]);
    const hooked = new Request("GET", "https://example.org/", { headers: { "X-A": "1" } });
    hooked.headers.delete("host");
    hooked.headers.set("Host", "other.test");
    assertEquals(fieldsOf(hooked), ["Host", "other.test", "X-A", "1"]);
  });

  it("copies nothing where it stands there already, or nowhere", () => {
    const request = new Request("GET", "https://example.org/", { headers: { "X-A": "1" } });
    assertStrictEquals(fieldsOf(request), request.headers.lines);
    request.headers.delete("host");
    assertEquals(fieldsOf(request), ["X-A", "1"]);
  });
});
