import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MessageBuffer } from "../../../../src/wire/websocket/messages/message_buffer.ts";

describe("MessageBuffer", () => {
  it("joins parts of any size, and is empty after take()", () => {
    const buffer = new MessageBuffer();
    const parts = [0, 1, 10, 1000, 3, 10_000, 5];
    const all = parts.flatMap((size, i) => Array.from({ length: size }, () => i));
    for (const [i, size] of parts.entries()) buffer.append(new Uint8Array(size).fill(i), 7);
    assertEquals(buffer.length, all.length);
    assertEquals(buffer.take(), Uint8Array.from(all));
    assertEquals([buffer.length, buffer.take().length], [0, 0]);
  });

  it("takes an announced frame into one array that fits", () => {
    const buffer = new MessageBuffer();
    buffer.append(new Uint8Array(100), 900);
    buffer.append(new Uint8Array(900), 0);
    assertEquals(buffer.take().buffer.byteLength, 1000);
  });

  for (const moreBytes of [0, 1, 60]) {
    it(`grows in large steps for many small parts, each with ${moreBytes} bytes announced`, () => {
      const buffer = new MessageBuffer();
      const sizes = new Set<number>();
      for (let i = 0; i < 20_000; i++) {
        buffer.append(new Uint8Array(4), moreBytes);
        sizes.add(buffer.capacity);
      }
      assertEquals(sizes.size < 30, true, `${sizes.size} sizes`);
      assertEquals(buffer.capacity < 4 * buffer.length, true);
    });
  }

  it("what was given away is not written to again", () => {
    const buffer = new MessageBuffer();
    buffer.append(Uint8Array.of(1, 2), 0);
    const first = buffer.take();
    buffer.append(Uint8Array.of(3, 4), 0);
    assertEquals([first, buffer.take()], [Uint8Array.of(1, 2), Uint8Array.of(3, 4)]);
  });
});
