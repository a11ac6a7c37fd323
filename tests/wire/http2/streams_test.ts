import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { FloodGuard } from "../../../src/wire/http2/flood_guard.ts";
import { DEFAULT_LIMITS } from "../../../src/wire/http2/limits.ts";
import { ViolationError } from "../../../src/wire/http2/reasons.ts";
import { Http2Stream } from "../../../src/wire/http2/stream.ts";
import { Streams } from "../../../src/wire/http2/streams.ts";
import { seeded } from "../../support/random.ts";

function begin(): { streams: Streams; open: () => Http2Stream } {
  const streams = new Streams(new FloodGuard(DEFAULT_LIMITS));
  const nothing = () => {};
  const handler = {
    onInformational: nothing,
    onHead: nothing,
    onData: nothing,
    onEnd: nothing,
    onReset: nothing,
  };
  const open = () => {
    const stream = new Http2Stream({
      id: streams.nextId,
      handler,
      method: "GET",
      promised: null,
      sendWindowBytes: 10,
      limits: { streamWindowBytes: 10, maxStreamWindowBytes: 10 },
    });
    streams.add(stream);
    return stream;
  };
  return { streams, open };
}

describe("Streams", () => {
  for (const seed of [1, 2, 3]) {
    it(`finds what is there and nothing else, whatever came and went (seed ${seed})`, () => {
      const random = seeded(seed);
      const { streams, open } = begin();
      const there = new Map<number, Http2Stream>();
      for (let step = 0; step < 2000; step++) {
        const ids = [...there.keys()];
        const some = there.get(ids[random(ids.length + 1)] ?? 0);
        if (some === undefined || random(2) === 0) {
          const stream = open();
          there.set(stream.id, stream);
        } else {
          const isReset = random(2) === 0;
          if (isReset) streams.removeReset(some);
          else streams.remove(some);
          there.delete(some.id);
        }
        assertEquals(streams.size, there.size);
        const probe = 1 + 2 * random(step + 1);
        assertEquals(streams.get(probe) === (there.get(probe) ?? null), true, `stream ${probe}`);
      }
      const all = streams.all().map(({ id }) => id).sort((a, b) => a - b);
      assertEquals(all, [...there.keys()]);
    });
  }

  it("may be emptied while it is walked", () => {
    const { streams, open } = begin();
    for (let i = 0; i < 5; i++) open();
    for (const stream of streams.all()) streams.remove(stream);
    assertEquals([streams.size, streams.all()], [0, []]);
  });

  it("removes a stream once", () => {
    const { streams, open } = begin();
    const [one, other] = [open(), open()];
    streams.remove(one);
    streams.remove(one);
    const third = open();
    const fourth = open();
    assertEquals([streams.size, streams.get(one.id)], [3, null]);
    for (const stream of [other, third, fourth]) {
      assertEquals(streams.get(stream.id) === stream, true);
    }
  });

  it("knows idle streams from closed ones, and closed ones from those it has reset", () => {
    const { streams, open } = begin();
    const [one, other] = [open(), open()];
    streams.remove(one);
    streams.removeReset(other);
    const late = (id: number, isContent: boolean) => () => streams.checkLate(id, { isContent });
    late(one.id, false)();
    late(other.id, true)();
    assertThrows(late(one.id, true), ViolationError, "content on stream 1, which is closed");
    for (const id of [2, 5]) assertThrows(late(id, false), ViolationError, "which is idle");
  });
});
