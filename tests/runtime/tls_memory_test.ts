import { assertEquals, assertNotEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { TLSMemory } from "../../src/runtime/tls_memory.ts";

const session = (byte: number) => new Uint8Array([byte]);

describe("TLSMemory", () => {
  it("has an id of its own", () => assertNotEquals(new TLSMemory().id, new TLSMemory().id));

  it("parsed() makes the settings once for a list of authorities", () => {
    const memory = new TLSMemory();
    let made = 0;
    const make = () => ({ number: ++made });
    const [one, other] = [["a"], ["a"]];
    const numbers = [one, one, other, other].map((ca) => memory.parsed(ca, make));
    assertEquals(numbers, [1, 1, 2, 2].map((number) => ({ number })));
  });

  it("authorities() stay one list while the environment's are the same list", () => {
    const memory = new TLSMemory();
    const [given, first, second] = [["a"], ["b"], ["c"]];
    assertEquals(memory.authorities([], first) === first, true);
    const all = memory.authorities(given, first);
    assertEquals([all, memory.authorities(given, first) === all], [["a", "b"], true]);
    assertEquals(memory.authorities(given, second), ["a", "c"]);
  });

  it("keeps the latest session of each peer, until it is to be forgotten", () => {
    const memory = new TLSMemory();
    assertEquals(memory.session("a"), null);
    memory.keep("a", session(1));
    memory.keep("b", session(2));
    memory.keep("a", session(3));
    assertEquals([memory.session("a"), memory.session("b")], [session(3), session(2)]);
    memory.forget("a");
    assertEquals([memory.session("a"), memory.session("b")], [null, session(2)]);
  });

  it("keeps those of 100 peers", () => {
    const memory = new TLSMemory();
    for (let peer = 0; peer < 100; peer++) memory.keep(`${peer}`, session(peer));
    memory.keep("0", session(0));
    memory.keep("100", session(100));
    const kept = ["0", "1", "2", "100"].map((peer) => memory.session(peer) !== null);
    assertEquals(kept, [true, false, true, true]);
  });
});
