import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { npmPackage, npmPackageIfAvailable, parseNpmSpecifier } from "./npm.ts";

describe("parseNpmSpecifier()", () => {
  it("tells package, version and path apart", () => {
    assertEquals(parseNpmSpecifier("zod"), { name: "zod", version: "latest", path: "" });
    assertEquals(parseNpmSpecifier("zod@^4.1/mini"), {
      name: "zod",
      version: "^4.1",
      path: "/mini",
    });
    assertEquals(parseNpmSpecifier("@octokit/core@7"), {
      name: "@octokit/core",
      version: "7",
      path: "",
    });
    assertEquals(parseNpmSpecifier("@octokit/core/types"), {
      name: "@octokit/core",
      version: "latest",
      path: "/types",
    });
  });

  it("throws on what is no specifier", () => {
    assertThrows(() => parseNpmSpecifier(""), TypeError, "npm specifier");
  });
});

describe("npmPackage()", () => {
  it("gives the folder of a package", async () => {
    const folder = await npmPackage("deno-std@1.0.0");
    assertEquals(existsSync(join(folder, "package.json")), true);
  });

  it("installs a package once for callers at the same time", () => {
    assertEquals(npmPackage("deno-std@1.0.0"), npmPackage("deno-std@1.0.0"));
  });

  it("rejects with npm's reason", async () => {
    await assertRejects(() => npmPackage("deno-std@999.0.0"), Error, "Cannot run npm install");
  });
});

describe("npmPackageIfAvailable()", () => {
  it("gives null for what can't be had", async () => {
    assertEquals(await npmPackageIfAvailable("deno-std@999.0.0"), null);
  });
});
