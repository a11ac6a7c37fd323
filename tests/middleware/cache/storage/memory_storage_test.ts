import { assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MemoryStorage } from "@httpx/httpx/cache";
import { headWith } from "../policy/stored_heads.ts";
import { testStorage } from "./storage_contract.ts";
import { checkInvariants } from "../../../../src/middleware/cache/storage/memory_storage.ts";

describe("MemoryStorage", () => {
  testStorage((maxBytes) => {
    const storage = new MemoryStorage({ maxBytes });
    return { storage, check: () => checkInvariants(storage), [Symbol.dispose]: () => {} };
  });

  it("counts right through a random walk", () => {
    const storage = new MemoryStorage({ maxBytes: 30_000 });
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    for (let i = 0; i < 2000; i++) {
      const key = `https://example.org/${random(9)}`;
      const heads = storage.find(key, String(random(2)));
      const head = heads[random(3)];
      const what = random(10);
      if (what < 6 || head === undefined) {
        const sizeBytes = random(4000);
        const made = headWith("A: 1", { id: `${i}`, key, partition: String(random(2)), sizeBytes });
        storage.put(made, new Uint8Array(sizeBytes), heads.slice(0, random(2)));
      } else if (what < 8) storage.update({ ...head, fields: ["B", "x".repeat(random(50))] });
      else storage.delete(key, what === 8 ? head.id : undefined);
      checkInvariants(storage);
    }
  });

  it("refuses a limit that is none", () => {
    for (const maxBytes of [0, -1, NaN, "1" as unknown as number]) {
      assertThrows(() => new MemoryStorage({ maxBytes }), TypeError, "maxBytes");
    }
  });
});
