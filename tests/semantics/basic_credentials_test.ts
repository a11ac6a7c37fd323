import { it } from "@std/testing/bdd";
import { assertEquals, assertThrows } from "@std/assert";
import { basicCredentials } from "../../src/semantics/basic_credentials.ts";

it("basicCredentials() gives the examples of RFC 7617", () => {
  assertEquals(basicCredentials("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  assertEquals(basicCredentials("test", "123\u00a3"), "Basic dGVzdDoxMjPCow==");
});

it("basicCredentials() takes empty parts, colons in passwords and any character", () => {
  assertEquals(basicCredentials("", ""), "Basic Og==");
  assertEquals(basicCredentials("u", "a:b"), `Basic ${btoa("u:a:b")}`);
  assertEquals(basicCredentials("\u{1f600}", ""), "Basic 8J+YgDo=");
});

it("basicCredentials() refuses a colon in the user name without showing it", () => {
  const error = assertThrows(() => basicCredentials("us:er", "secret"), TypeError) as Error;
  assertEquals(/us:er|secret/.test(error.message), false);
});
