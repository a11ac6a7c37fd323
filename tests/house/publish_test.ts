import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { deno } from "./deno_command.ts";

describe("deno publish", () => {
  it("would publish the sources without slow types, and nothing else", async () => {
    const { ok, output } = await deno(["publish", "--dry-run", "--allow-dirty"]);
    assert(ok, output);
    const files = [...output.matchAll(/^ +file:\/\/\S*?\/([^\s/]\S*) \(/gm)].map(([, path]) =>
      path
    );
    assert(files.length > 0, output);
    assertEquals(
      files.filter((path) => /(^|\/)(tests|bench|examples|\.github|\.ci)\//.test(path ?? "")),
      [],
    );
  });
});
