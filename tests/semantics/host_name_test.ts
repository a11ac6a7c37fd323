import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { comparableHost, withoutRootDot } from "../../src/semantics/host_name.ts";

describe("comparableHost()", () => {
  const cases: readonly (readonly [written: string, form: string | null])[] = [
    ["example.org", "example.org"],
    ["EXAMPLE.org.", "example.org"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["internal。test", "internal.test"],
    ["%69nternal.test", "internal.test"],
    ["127.1", "127.0.0.1"],
    ["::1", "::1"],
    ["[0:0::1]", "::1"],
    ["", null],
    ["a b", null],
    ["a/b", null],
    ["a@b", null],
    ["a\\b", null],
    ["1.2.3.256", null],
    ["[::1", null],
  ];
  for (const [written, form] of cases) {
    it(`${JSON.stringify(written)} is ${form}`, () => assertEquals(comparableHost(written), form));
  }
});

describe("withoutRootDot()", () => {
  it("takes one dot off the end, and no other", () => {
    const hosts = ["a.test.", "a.test", "a.test..", "::1"];
    assertEquals(hosts.map(withoutRootDot), ["a.test", "a.test", "a.test.", "::1"]);
  });
});
