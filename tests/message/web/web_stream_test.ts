import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { streamOf } from "../../../src/message/web/web_stream.ts";

describe("streamOf()", () => {
  it("asks for nothing before it is read, and ends its source when it is cancelled", async () => {
    const log: string[] = [];
    const stream = streamOf((async function* () {
      try {
        for (let i = 0;; i++) {
          log.push(`made ${i}`);
          yield await Promise.resolve(i);
        }
      } finally {
        log.push("ended");
      }
    })());
    await Promise.resolve();
    assertEquals(log, []);
    const reader = stream.getReader();
    assertEquals(await reader.read(), { done: false, value: 0 });
    await reader.cancel();
    assertEquals(log, ["made 0", "ended"]);
  });

  it("fails with what its source throws", async () => {
    const stream = streamOf((async function* (): AsyncGenerator<number, void> {
      yield await Promise.resolve(1);
      throw new Error("mine");
    })());
    const reader = stream.getReader();
    await reader.read();
    await assertRejects(() => reader.read(), Error, "mine");
  });
});
