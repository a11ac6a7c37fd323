import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { deno, inTemporaryFolder, typedImports } from "./deno_command.ts";

describe("types", () => {
  it("mod.ts and src check with nothing but their own imports", async () => {
    const { ok, output } = await deno(["check", "--quiet", "mod.ts", "src"]);
    assert(ok, output);
  });

  it("tests, benchmarks and examples check", async () => {
    await inTemporaryFolder(async (folder) => {
      const map = join(folder, "import_map.json");
      await Deno.writeTextFile(map, JSON.stringify({ imports: await typedImports() }));
      const { ok, output } = await deno([
        "check",
        `--import-map=${map}`,
        "tests",
        "bench",
        "examples",
      ]);
      assert(ok, output);
    });
  });
});
