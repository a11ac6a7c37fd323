import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { withEnvironment } from "./environment.ts";

const NAME = "HTTPX_TEST_VARIABLE";

describe("withEnvironment()", () => {
  it("sets and unsets variables while it runs, and puts them back", async () => {
    await withEnvironment({ [NAME]: "outer" }, async () => {
      assertEquals(await withEnvironment({ [NAME]: "x" }, () => process.env[NAME]), "x");
      assertEquals(await withEnvironment({ [NAME]: undefined }, () => NAME in process.env), false);
      assertEquals(process.env[NAME], "outer");
    });
    assertEquals(process.env[NAME], undefined);
  });

  it("puts them back where the test fails too", async () => {
    const failing = withEnvironment({ [NAME]: "x" }, () => Promise.reject(new RangeError("no")));
    await assertRejects(() => failing, RangeError, "no");
    assertEquals(process.env[NAME], undefined);
  });
});
