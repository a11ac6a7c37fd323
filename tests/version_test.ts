import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { VERSION } from "../src/version.ts";

describe("VERSION", () => {
  it("is that of deno.json", () => {
    const text = readFileSync(new URL("../deno.json", import.meta.url), "utf8");
    assertEquals(VERSION, JSON.parse(text).version);
  });
});
