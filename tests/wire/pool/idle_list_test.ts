import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type IdleEntry, IdleList } from "../../../src/wire/pool/idle_list.ts";
import { seeded } from "../../support/random.ts";

function entry(key: string): IdleEntry {
  return {
    route: { key },
    idleSince: 0,
    olderOfAll: null,
    newerOfAll: null,
    olderHere: null,
    newerHere: null,
  };
}

/** All entries from the oldest on, by walking the links. */
function walk(list: IdleList<IdleEntry>): IdleEntry[] {
  const entries: IdleEntry[] = [];
  for (let e = list.oldest; e !== null; e = e.newerOfAll) entries.push(e);
  return entries;
}

describe("IdleList", () => {
  it("finds the oldest of all and the newest of an origin", () => {
    const list = new IdleList<IdleEntry>();
    const [a1, b1, a2] = [entry("a"), entry("b"), entry("a")];
    for (const e of [a1, b1, a2]) list.add(e);
    assertEquals([list.oldest === a1, list.newestOf("a") === a2, list.newestOf("b") === b1], [
      true,
      true,
      true,
    ]);
    assertEquals(list.newestOf("c"), null);
  });

  it("agrees with a plain list through a random walk over 400 origins", () => {
    const random = seeded(3);
    const list = new IdleList<IdleEntry>();
    let model: IdleEntry[] = [];
    for (let step = 0; step < 5000; step++) {
      const key = String(random(400));
      if (random(2) === 0 && model.length > 0) {
        const gone = random(3) === 0 ? list.newestOf(key) : model[random(model.length)] ?? null;
        if (gone === null) continue;
        list.remove(gone);
        model = model.filter((e) => e !== gone);
      } else {
        const added = entry(key);
        list.add(added);
        model.push(added);
      }
      assertEquals(list.size, model.length);
      const newest = model.findLast((e) => e.route.key === key) ?? null;
      assertEquals(list.newestOf(key) === newest, true);
      if (step % 100 === 0) assertEquals(walk(list).every((e, i) => e === model[i]), true);
    }
    assertEquals(walk(list).length, model.length);
  });
});
