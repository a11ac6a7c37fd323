import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { targetOf } from "../../../src/semantics/target.ts";
import { directRoute } from "../../../src/wire/dial/route.ts";
import { makeSettings } from "../../../src/wire/dial/tls_settings.ts";

const target = targetOf(new URL("https://a.test/"));

describe("directRoute()", () => {
  it("has the origin as its key", () => {
    assertEquals(directRoute(target).key, "https://a.test:443");
  });

  it("has another key for each name and each set of settings", () => {
    const settings = makeSettings({});
    const keys = [
      directRoute(target),
      directRoute(target, { serverName: "b.test", settings: null }),
      directRoute(target, { serverName: null, settings }),
      directRoute(target, { serverName: "b.test", settings }),
      directRoute(target, { serverName: null, settings: makeSettings({}) }),
    ].map(({ key }) => key);
    assertEquals(new Set(keys).size, keys.length);
    const again = directRoute(target, { serverName: "b.test", settings });
    assertEquals(again.key, keys[3]);
  });
});
