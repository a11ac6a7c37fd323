import { describe, it } from "@std/testing/bdd";
import { assertEquals, assertThrows } from "@std/assert";
import { basicCredentials, userinfoOf } from "../../src/semantics/basic_credentials.ts";

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

describe("userinfoOf()", () => {
  const of = (url: string) => userinfoOf(new URL(url));

  it("gives user name and password as they were meant", () => {
    assertEquals(of("http://ada:lovelace@example.org/"), ["ada", "lovelace"]);
    assertEquals(of("http://a%40b:%C3%BC%3A%2F@example.org/"), ["a@b", "ü:/"]);
  });

  it("gives one of them alone with the other empty, and null without both", () => {
    assertEquals(of("http://token@example.org/"), ["token", ""]);
    assertEquals(of("http://:secret@example.org/"), ["", "secret"]);
    assertEquals(of("http://example.org/"), null);
  });

  it("leaves alone what is not UTF-8", () => {
    assertEquals(of("http://%ff:x@example.org/"), ["%ff", "x"]);
  });
});
