import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Cookies, prepareJar } from "../../../src/message/cookies/jar.ts";
import { lazyPublicSuffixes } from "../../../src/message/cookies/public_suffix/lazy_public_suffix.ts";

describe("lazyPublicSuffixes()", () => {
  it("judges by rule of thumb until the list is loaded, and by the list from then on", async () => {
    const { isPublicSuffix, loadPublicSuffixes } = lazyPublicSuffixes();
    assertEquals([isPublicSuffix("co.uk"), isPublicSuffix("github.io")], [true, false]);
    const loading = loadPublicSuffixes();
    assertStrictEquals(loadPublicSuffixes(), loading);
    await loading;
    assertEquals([isPublicSuffix("co.uk"), isPublicSuffix("github.io")], [true, true]);
    assertEquals(loadPublicSuffixes(), null);
  });
});

describe("prepareJar()", () => {
  const setCookies = ["a=1; Path=/", "b=2; path=/;DOMAIN=x.org"];

  it("loads the list for a cookie with a Domain, and for no other", async () => {
    let loads = 0;
    const loadPublicSuffixes = () => {
      loads++;
      return Promise.resolve();
    };
    const jar = new Cookies(null, { isPublicSuffix: () => false, loadPublicSuffixes });
    assertEquals(prepareJar(jar, setCookies.slice(0, 1)), null);
    assertEquals(loads, 0);
    assert(prepareJar(jar, setCookies) instanceof Promise);
    await prepareJar(jar.copy(), setCookies);
    assertEquals(loads, 2);
  });

  it("has nothing to load for a judge of the caller's own", () => {
    assertEquals(prepareJar(new Cookies(), setCookies), null);
    const listed = new Cookies(null, lazyPublicSuffixes());
    const own = new Cookies(listed, { isPublicSuffix: () => false });
    assertEquals(prepareJar(own, setCookies), null);
  });
});
