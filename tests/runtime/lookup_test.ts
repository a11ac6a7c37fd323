import { assert, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { lookup } from "../../src/runtime/lookup.ts";

describe("lookup()", () => {
  it("knows what the hosts file knows", async () => {
    const addresses = await lookup("localhost");
    assert(addresses.includes("127.0.0.1"), addresses.join());
  });

  it("rejects with the runtime's error where a name is unknown", async () => {
    await assertRejects(() => lookup("does-not-exist.invalid"), Error);
  });
});
