import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { DecodingError } from "../../../src/errors.ts";
import { EventStreamParser } from "../../../src/message/content/event_stream.ts";
import { EventReading } from "../../../src/message/response/text_stream.ts";
import { utf8 } from "../content/chunks.ts";

/** A body in chunks, which counts what was asked of it. */
class Chunks {
  asked = 0;
  isClosed = false;
  readonly #texts: readonly string[];

  constructor(...texts: readonly string[]) {
    this.#texts = texts;
  }

  async *read(): AsyncGenerator<Uint8Array, void> {
    try {
      for (const text of this.#texts) {
        this.asked++;
        yield await Promise.resolve(utf8(text));
      }
    } finally {
      this.isClosed = true;
    }
  }
}

describe("EventReading", () => {
  it("asks for a chunk only when the events of the last are taken", async () => {
    const chunks = new Chunks("data: 1\n\ndata: 2\n\n", "data: 3\n\n");
    const events = new EventReading(chunks.read());
    const asked: [string, number][] = [];
    for await (const { data } of events) asked.push([data, chunks.asked]);
    assertEquals(asked, [["1", 1], ["2", 1], ["3", 2]]);
  });

  it("answers in order who asks before the last answer", async () => {
    const chunks = new Chunks("data: 1\n\ndata:", " 2\n", "\ndata: 3\n\n");
    const events = new EventReading(chunks.read());
    const steps = await Promise.all(Array.from({ length: 5 }, () => events.next()));
    assertEquals(steps.map(({ value }) => value?.data), ["1", "2", "3", undefined, undefined]);
  });

  it("closes the body when the loop is left, and gives nothing after", async () => {
    const chunks = new Chunks("data: 1\n\ndata: 2\n\n");
    const events = new EventReading(chunks.read());
    for await (const _ of events) break;
    assertEquals([chunks.isClosed, await events.next()], [true, { done: true, value: undefined }]);
  });

  it("throws what is wrong after the events before it, and closes the body", async () => {
    const chunks = new Chunks("data: 1\n\n: much too long\n", "data: 2\n\n");
    const events = new EventReading(chunks.read(), new EventStreamParser({ maxLength: 10 }));
    assertEquals((await events.next()).value?.data, "1");
    await assertRejects(() => events.next(), DecodingError);
    assertEquals([chunks.isClosed, (await events.next()).done], [true, true]);
  });
});
