import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { UTF8Checker } from "../../../../src/wire/websocket/messages/utf8.ts";
import { seeded } from "../../../support/random.ts";

const DECODER = new TextDecoder("utf-8", { fatal: true });

function isValid(bytes: Uint8Array): boolean {
  try {
    DECODER.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Whether the checker takes all of it, fed byte by byte. */
function accepts(bytes: Uint8Array): boolean {
  const checker = new UTF8Checker();
  for (let i = 0; i < bytes.length; i++) if (!checker.accepts(bytes, i, i + 1)) return false;
  return checker.isComplete;
}

describe("UTF8Checker", () => {
  it("agrees with the runtime's decoder on every sequence of one and two bytes, and every third one of three", () => {
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        const two = Uint8Array.of(first, second);
        assertEquals(accepts(two), isValid(two), `${first} ${second}`);
      }
    }
    for (const first of [0xc2, 0xe0, 0xe1, 0xed, 0xee, 0xef, 0xf0, 0xf4, 0x61]) {
      for (let second = 0; second < 256; second++) {
        for (const third of [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff]) {
          for (const fourth of [0x61, 0x80, 0xbf, 0xc2]) {
            const bytes = Uint8Array.of(first, second, third, fourth);
            assertEquals(accepts(bytes), isValid(bytes), [...bytes].join(" "));
          }
        }
      }
    }
  });

  it("refuses a text at its first invalid byte, however long it is and however it is cut", () => {
    const random = seeded(7);
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from(
        { length: random(60) },
        () => random(4) === 0 ? 0x80 + random(128) : random(128),
      );
      const checker = new UTF8Checker();
      let at = 0;
      let isGood = true;
      while (isGood && at < bytes.length) {
        const end = Math.min(bytes.length, at + 1 + random(20));
        isGood = checker.accepts(bytes, at, end);
        at = end;
      }
      assertEquals(isGood && checker.isComplete, isValid(bytes), [...bytes].join(" "));
    }
  });
});
