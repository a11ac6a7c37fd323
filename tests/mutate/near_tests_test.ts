import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { filesBelow } from "../house/source.ts";
import { nearTests } from "./near_tests.ts";

describe("nearTests()", () => {
  it("takes the mirrored test and importers first, then the folder and importers of importers", () => {
    const [nearest, others] = nearTests("src/wire/http2/flow_window.ts", filesBelow("tests"));
    assertEquals(nearest, ["tests/wire/http2/flow_window_test.ts"]);
    assertEquals(others.includes("tests/wire/http2/streams_test.ts"), true);
    assertEquals(others.some((file) => file.startsWith("tests/interop/")), false);
  });
});
