import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { isFast } from "./fast.ts";

describe("isFast()", () => {
  it(
    "leaves out what starts a server, itself or through a file it imports",
    async () => {
      assertEquals(await isFast("tests/semantics/fields_test.ts"), true);
      assertEquals(await isFast("tests/support/local_server.ts"), false);
      assertEquals(await isFast("tests/transports/http_transport_test.ts"), false);
    },
  );
});
