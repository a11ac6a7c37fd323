import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { filesBelow } from "../house/source.ts";
import { nearTests } from "./near_tests.ts";

describe("nearTests()", () => {
  it("takes the mirrored test and importers first, then the room, then the wing", () => {
    const [nearest = [], room = [], wing = []] = nearTests(
      "src/wire/http2/flow_window.ts",
      filesBelow("tests"),
    );
    assertEquals(nearest, ["tests/wire/http2/flow_window_test.ts"]);
    assertEquals(room.includes("tests/wire/http2/streams_test.ts"), true);
    assertEquals(wing.includes("tests/wire/http1/engine_test.ts"), true);
    assertEquals([...room, ...wing].some((file) => file.startsWith("tests/interop/")), false);
    assertEquals(room.filter((file) => nearest.includes(file) || wing.includes(file)), []);
  });

  it("takes the folder around one without tests", () => {
    const [, room = []] = nearTests("src/auth/nowhere/a.ts", filesBelow("tests"));
    assertEquals(room.includes("tests/auth/digest_test.ts"), true);
  });
});
